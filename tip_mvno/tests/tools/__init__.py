from . import test_tools_brazil
from . import test_tools_sheet_rows
from . import test_tools_simcard
