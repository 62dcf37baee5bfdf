from . import mvno_simcard
from . import mvno_simcard_read
from . import mvno_sync_simcards
