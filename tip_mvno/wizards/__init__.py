from . import mvno_subscribe
from . import mvno_subscribe_line
from . import mvno_block
from . import mvno_usage_fetch
