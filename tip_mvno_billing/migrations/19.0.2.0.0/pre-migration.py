# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.tip_mvno.tools.views import dissolve_views

DISSOLVED = (
    "mvno_billing_run_view_form_closing",
    "mvno_file_upload_view_form_statement",
    "mvno_line_view_form_charges",
    "product_template_telephony_view_form_charges",
    "product_template_view_form_charges",
    "res_config_settings_view_form_closing",
)


def migrate(cr, version):
    """Each screen of the addon stands in one view."""
    dissolve_views(cr, "tip_mvno_billing", DISSOLVED)
