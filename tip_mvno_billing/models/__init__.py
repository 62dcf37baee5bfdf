# From the bottom floor up: a room imports and extends only rooms named before it.
from . import settings
from . import terms
from . import days
from . import price
from . import contract
from . import billed
from . import run
from . import service
from . import charge
from . import event
from . import overage
from . import invoice
from . import file
from . import statement
from . import closing
from . import platform_bill
from . import adoption
