from . import mvno_adoption_file
from . import mvno_adoption_file_columns
from . import mvno_adoption_file_problem
