from . import test_hold_dialog
from . import test_hold_end
from . import test_hold_mails
from . import test_hold_reconcile
from . import test_hold_record
from . import test_hold_suspension
from . import test_hold_view
from . import test_hold_lowered
