from . import test_contact_changed
from . import test_contact_holder
