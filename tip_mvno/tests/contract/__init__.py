from . import test_contract_agreed
from . import test_contract_edit
from . import test_contract_line
from . import test_contract_payer
from . import test_contract_product
from . import test_contract_subscriber
from . import test_contract_succession
from . import test_contract_terms
