# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoPlatform(models.Model):
    """How the platform's support is reached."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.platform"

    support_email = fields.Char(
        string="TIP's Support (E-mail)",
        help="Where requests go that only TIP's people can do, such as another SIM "
        "card for a line.",
    )
