from . import mvno_billing_issue
from . import mvno_billing_item
from . import mvno_billing_source
from . import mvno_line
