from . import res_company
from . import res_config_settings
from . import mvno_plan_rules
from . import product_template
from . import product_product
from . import res_partner
