from . import mvno_usage
from . import mvno_line
