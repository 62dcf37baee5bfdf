from . import mvno_walled
from . import mvno_guarded
from . import mvno_transition
from . import mvno_stateful
from . import mvno_customer_mail
from . import mvno_customer_request
