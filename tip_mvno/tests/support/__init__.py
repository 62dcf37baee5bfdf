from . import test_support_follow
from . import test_support_holder_change
from . import test_support_mails
from . import test_support_request
from . import test_support_simcard_swap
