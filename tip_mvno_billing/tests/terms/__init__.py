from . import test_terms_change
from . import test_terms_discount
from . import test_terms_edited
from . import test_terms_guarded
from . import test_terms_kept
from . import test_terms_price_adjustment
from . import test_terms_signing
from . import test_terms_upgrade
