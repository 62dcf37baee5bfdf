from . import test_drift_compare
from . import test_drift_decide
from . import test_drift_foreign
from . import test_drift_silence
