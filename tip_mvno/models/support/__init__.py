from . import mvno_support_request
from . import mvno_support_request_text
from . import mvno_support_request_confirm
from . import mvno_simcard
from . import mvno_line
