from . import contract_line
from . import mvno_line_hold
from . import mvno_line
