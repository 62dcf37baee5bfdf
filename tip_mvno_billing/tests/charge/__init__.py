from . import test_charge_fine
from . import test_charge_one_off
from . import test_charge_top_up
