from . import mvno_adoption
from . import mvno_adoption_line
