from . import mvno_month_mixin
from . import mvno_monthly
from . import mvno_platform_month
