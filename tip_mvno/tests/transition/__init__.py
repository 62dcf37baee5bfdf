from . import test_transition_guard
from . import test_transition_machines
