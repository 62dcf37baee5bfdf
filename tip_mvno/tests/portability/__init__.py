from . import test_portability_alarm
from . import test_portability_end
from . import test_portability_mail
from . import test_portability_read
from . import test_portability_refusal
from . import test_portability_repeat
from . import test_portability_request
