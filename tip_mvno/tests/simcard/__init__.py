from . import test_simcard_esim
from . import test_simcard_mirror
from . import test_simcard_reserve
from . import test_simcard_silence
