from . import test_stock_alarm
from . import test_stock_count
from . import test_stock_defect
from . import test_stock_transfer
