from . import mvno_plan_change
from . import mvno_line
