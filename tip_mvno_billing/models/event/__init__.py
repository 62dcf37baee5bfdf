from . import mvno_usage_event
from . import mvno_usage_event_load
from . import mvno_line_identity
