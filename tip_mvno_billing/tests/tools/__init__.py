from . import test_tools_fine
from . import test_tools_month
from . import test_tools_overage
from . import test_tools_sheet
