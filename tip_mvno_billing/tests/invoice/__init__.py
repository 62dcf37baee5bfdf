from . import test_invoice_address
from . import test_invoice_by_hand
from . import test_invoice_copies
from . import test_invoice_state
from . import test_invoice_usage
from . import test_invoice_walls
