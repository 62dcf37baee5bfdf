# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import plaintext2html

from ...tools.cursor import database_now
from ..platform.mvno_platform import STAFF

LOW_STOCK = "tip_mvno.mail_activity_type_low_stock"


class MvnoPlatform(models.Model):
    """How many SIM cards are left, and who is told when they run out."""

    _inherit = "mvno.platform"

    minimum_available = fields.Integer(
        string="Minimum of Available SIM Cards",
        required=True,
        default=0,
        help="With fewer available SIM cards the responsible is told to order more. "
        "0: no alarm.",
        groups=STAFF,
    )
    reservation_hours = fields.Integer(
        string="Reservation of a SIM Card (h)",
        required=True,
        default=48,
        help="Hours for which a SIM card is kept for a line that is not activated, or "
        "a dialog that is not saved. Then it returns to the stock. 0: for ever.",
        groups=STAFF,
    )
    available_count = fields.Integer(
        string="Available SIM Cards",
        compute="_compute_stock",
        groups=STAFF,
    )
    is_low_stock = fields.Boolean(
        string="Low Stock",
        compute="_compute_stock",
        search="_search_is_low_stock",
        groups=STAFF,
    )

    # In words by _check_stock_settings.
    _stock_range = models.Constraint(
        "CHECK(minimum_available >= 0 AND reservation_hours >= 0)"
    )

    @api.constrains("minimum_available", "reservation_hours")
    def _check_stock_settings(self):
        for platform in self.sudo():
            if min(platform.minimum_available, platform.reservation_hours) < 0:
                raise ValidationError(
                    self.env._(
                        "The minimum of SIM cards and the hours of a reservation "
                        "cannot be negative."
                    )
                )

    def _compute_stock(self):
        counts = self._available_counts()
        for platform in self:
            count = counts.get(platform.id, 0)
            platform.available_count = count
            platform.is_low_stock = count < platform.minimum_available

    def _search_is_low_stock(self, operator, value):
        if operator != "in":
            return NotImplemented
        watched = self.sudo().search([("minimum_available", ">", 0)])
        counts = watched._available_counts()
        low = watched.filtered(
            lambda platform: counts.get(platform.id, 0) < platform.minimum_available
        )
        return [("id", "in" if True in value else "not in", low.ids)]

    def _available_counts(self):
        """:return: dict of platform id to its number of available SIM cards"""
        simcards = self.env["mvno.simcard"].sudo()
        return {
            platform.id: count
            for platform, count in simcards._read_group(
                [*simcards._available_domain(), ("platform_id", "in", self.ids)],
                ["platform_id"],
                ["__count"],
            )
        }

    def _reservation_end(self):
        """:return: until when a SIM card picked now is kept, False for ever"""
        self.ensure_one()
        hours = self.sudo().reservation_hours
        return hours and database_now(self.env.cr) + timedelta(hours=hours)

    def write(self, vals):
        result = super().write(vals)
        if "minimum_available" in vals:
            self._check_stock()
        return result

    # === ALARM === #

    def _check_stock(self):
        """Tell who is responsible of low stock, once; and when it is over.

        To be called for all platforms at once, after SIM cards came or went.
        """
        platforms = self.sudo()
        watched = platforms.filtered("minimum_available")
        counts = watched._available_counts() if watched else {}
        low = watched.filtered(
            lambda platform: counts.get(platform.id, 0) < platform.minimum_available
        )
        if not platforms:
            return
        alarms = platforms.activity_search([LOW_STOCK])
        told = platforms.browse(alarms.mapped("res_id"))
        for platform in low - told:
            platform = platform._in_language_of_reader(platform)
            user = platform.user_id or self.env.ref("base.user_admin")
            platform.activity_schedule(
                LOW_STOCK,
                summary=platform.env._("SIM cards are running out"),
                note=plaintext2html(
                    platform.env._(
                        "Platform %(name)s has %(count)s SIM cards available, the "
                        "minimum is %(minimum)s. Order more from TIP and synchronize "
                        "the stock when they are there.",
                        name=platform.name,
                        count=counts.get(platform.id, 0),
                        minimum=platform.minimum_available,
                    )
                ),
                user_id=user.id,
            )
        over = told - low
        if over:
            over.activity_feedback(
                [LOW_STOCK], feedback=self.env._("There are enough SIM cards again.")
            )
