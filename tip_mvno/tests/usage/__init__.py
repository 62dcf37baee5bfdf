from . import test_usage_line
from . import test_usage_month
from . import test_usage_top_up
