from . import brazil
from . import cursor
