from . import test_contract_accounting
from . import test_contract_invoices
from . import test_contract_lines
