from . import mvno_plan
from . import mvno_plan_cost
from . import mvno_platform_bill
from . import mvno_platform_bill_line
from . import mvno_platform_bill_result
