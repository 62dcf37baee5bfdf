from . import mvno_line_identity
from . import mvno_line
from . import mvno_line_read
