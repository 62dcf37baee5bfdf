from . import test_days_arithmetic
from . import test_days_blocked
from . import test_days_platform_block
from . import test_days_in_service
from . import test_days_upgrade
