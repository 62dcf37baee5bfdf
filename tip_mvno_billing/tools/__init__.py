from . import due
from . import month
from . import month_billing
from . import named_rows
from . import service_period
from . import sheet
from . import usage_file
from . import usage_words
