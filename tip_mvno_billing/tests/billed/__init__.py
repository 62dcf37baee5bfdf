from . import test_billed_credit_notes
from . import test_billed_days_once
from . import test_billed_items
