from . import test_platform_account
from . import test_platform_clock
from . import test_platform_connection
from . import test_platform_plan
from . import test_platform_rate_limit
from . import test_platform_reading
from . import test_platform_sync
