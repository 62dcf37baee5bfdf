from . import mvno_billing_exception
from . import mvno_billing_exception_query
from . import mvno_month_closing
from . import mvno_month_closing_query
from . import mvno_billing_run
