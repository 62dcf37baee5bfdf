from . import test_contact_changed
