from . import test_tools_brazil
from . import test_tools_simcard
