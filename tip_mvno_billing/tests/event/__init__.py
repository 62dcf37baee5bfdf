from . import test_event_attach
from . import test_event_identity
from . import test_event_import
from . import test_event_match
