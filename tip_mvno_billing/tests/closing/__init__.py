from . import test_closing_exceptions
from . import test_closing_months
