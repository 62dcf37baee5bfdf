from . import contract_contract
from . import contract_line
from . import mvno_billing_item
from . import mvno_billing_source_service
