from . import mvno_file_problem
from . import mvno_file_mapping
from . import mvno_file_target
