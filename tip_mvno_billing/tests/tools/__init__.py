from . import test_tools_fine
from . import test_tools_month
from . import test_tools_sheet
