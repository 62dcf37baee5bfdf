from . import mvno_adoption
from . import mvno_adoption_driver
from . import mvno_adoption_line
from . import mvno_adoption_line_match
from . import mvno_adoption_line_apply
from . import mvno_platform
