from . import test_line_end
from . import test_line_foreign
from . import test_line_identity
from . import test_line_read
from . import test_line_record
from . import test_line_search
from . import test_line_view
from . import test_line_since
