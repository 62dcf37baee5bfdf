from . import test_security_doors
from . import test_security_rights
from . import test_security_secrecy
from . import test_security_work
from . import test_security_walls
