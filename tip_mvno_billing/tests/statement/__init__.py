from . import test_statement_compare
from . import test_statement_detail
from . import test_statement_file
from . import test_statement_import
from . import test_statement_lines
from . import test_statement_month
from . import test_statement_odd
from . import test_statement_rollback
