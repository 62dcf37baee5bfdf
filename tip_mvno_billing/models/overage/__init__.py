from . import contract_line
from . import mvno_usage_event
from . import mvno_billing_source_usage
