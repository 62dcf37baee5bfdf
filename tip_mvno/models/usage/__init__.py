from . import mvno_usage
from . import mvno_line
from . import mvno_sync_usage
