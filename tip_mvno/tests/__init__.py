# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# Odoo's own runner looks only at modules that this package has under their names: each
# subject brings its own in with a star.
from .lib import *
from .tools import *
from .transition import *
from .platform import *
from .simcard import *
from .contract import *
from .line import *
from .contact import *
from .stock import *
from .hold import *
from .activation import *
from .command import *
from .plan_change import *
from .adoption import *
from .support import *
from .usage import *
from .health import *
from .portability import *
from .drift import *
from .security import *
