from . import mvno_heartbeat
from . import ir_cron
from . import mvno_platform
