from . import test_late_listed
from . import test_late_months
from . import test_late_settled
