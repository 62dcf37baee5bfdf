from . import test_settings_journal
