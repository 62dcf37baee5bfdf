from . import brazil
from . import cursor
from . import local_time
from . import written
