from . import test_activation_city
from . import test_activation_customer
from . import test_activation_line
from . import test_activation_subscribe
