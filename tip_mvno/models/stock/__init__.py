from . import mvno_simcard
from . import mvno_simcard_move
from . import mvno_platform
