from . import mvno_billing_item
from . import contract_line
from . import mvno_line
from . import mvno_billing_fact
from . import mvno_billing_fact_settle
from . import mvno_billing_fact_moves
from . import mvno_billing_source_late
