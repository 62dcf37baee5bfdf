from . import test_plan_change_mails
from . import test_plan_change_now
from . import test_plan_change_planned
from . import test_plan_change_rights
