from . import test_price_of_a_month
from . import test_price_split_months
from . import test_price_to_the_cent
