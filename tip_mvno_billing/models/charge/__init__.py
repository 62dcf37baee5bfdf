from . import mvno_billing_charge
from . import contract_line
from . import mvno_command
from . import mvno_line
from . import mvno_billing_source_one_off
from . import mvno_billing_source_top_up
