from . import test_settings_journal
from . import test_settings_taxes
