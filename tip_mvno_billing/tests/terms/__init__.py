from . import test_terms_agreed
from . import test_terms_discount
from . import test_terms_guarded
from . import test_terms_price_adjustment
from . import test_terms_signing
