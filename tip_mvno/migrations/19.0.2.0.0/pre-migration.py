# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.tip_mvno.tools.views import dissolve_views

DISSOLVED = (
    "mvno_line_view_form_adoption",
    "mvno_line_view_form_attendance",
    "mvno_line_view_form_drift",
    "mvno_line_view_form_portability",
    "mvno_line_view_form_support",
    "mvno_line_view_kanban_attendance",
    "mvno_line_view_list_attendance",
    "mvno_line_view_list_portability",
    "mvno_line_view_search_attendance",
    "mvno_line_view_search_support",
    "mvno_platform_view_form_adoption",
    "mvno_platform_view_form_health",
    "mvno_platform_view_form_portability",
    "mvno_platform_view_form_stock",
    "mvno_platform_view_form_support",
    "mvno_platform_view_form_suspension",
    "mvno_platform_view_list_health",
    "mvno_platform_view_list_stock",
    "mvno_platform_view_search_stock",
    "mvno_simcard_view_form_support",
    "res_partner_subscriber_view_form",
)


def migrate(cr, version):
    """Each screen of the addon stands in one view."""
    dissolve_views(cr, "tip_mvno", DISSOLVED)
