from . import mvno_statement_source
from . import mvno_statement_source_platform
from . import mvno_statement_source_file
from . import mvno_statement
from . import mvno_statement_import
from . import mvno_statement_compare
from . import mvno_statement_difference
from . import mvno_statement_line
