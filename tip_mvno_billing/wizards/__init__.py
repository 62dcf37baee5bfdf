from . import account_move_reversal
from . import mvno_adoption_file
from . import mvno_cancel
from . import mvno_charge_service
from . import mvno_charge_waive
from . import mvno_invoice_copy
from . import mvno_invoice_copy_row
