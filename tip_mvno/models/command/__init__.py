from . import operation
from . import mvno_command
from . import mvno_command_driver
from . import mvno_command_settle
from . import mvno_command_effect
from . import mvno_line
from . import mvno_platform
