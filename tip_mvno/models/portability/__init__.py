from . import mvno_portability
from . import mvno_portability_read
from . import mvno_portability_repeat
from . import mvno_portability_refusal
from . import mvno_support_request
from . import mvno_line
from . import mvno_platform
