from . import mvno_rate_limit
from . import mvno_platform
from . import mvno_platform_client
from . import mvno_plan
from . import mvno_reading
from . import mvno_sync
from . import mvno_sync_kind
from . import mvno_sync_plans
