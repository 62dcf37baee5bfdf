from . import test_adoption_file
from . import test_adoption_import
from . import test_adoption_match
from . import test_adoption_silence
from . import test_adoption_blocked
