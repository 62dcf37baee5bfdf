from . import ledger
from . import mvno_billing_run
from . import mvno_billing_run_driver
from . import mvno_billing_run_survey
from . import mvno_billing_run_invoice
from . import mvno_billing_run_preview
from . import mvno_billing_run_automatic
from . import mvno_billing_preview
