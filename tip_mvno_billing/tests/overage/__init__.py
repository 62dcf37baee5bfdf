from . import test_overage_billing
from . import test_overage_plans
from . import test_overage_random
from . import test_overage_upgrade
