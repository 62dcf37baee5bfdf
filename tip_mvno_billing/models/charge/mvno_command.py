# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.local_time import local_day

FINE_DECISIONS = [
    ("charge", "Charge it"),
    ("fault", "None: the provider is at fault"),
    ("waive", "Waived by a manager"),
]


class MvnoCommand(models.Model):
    """A top-up with a price is charged once, when it is done.

    What was decided on a fidelity fine travels with the request to cancel: so it takes
    effect once, when the platform has cancelled the line, whoever settles the request.
    A refused request leaves no fine.
    """

    _inherit = "mvno.command"

    mvno_item_ids = fields.One2many(
        "mvno.billing.item",
        "command_id",
        string="Billed",
        groups="tip_mvno.group_manager",
    )
    fine_decision = fields.Selection(
        FINE_DECISIONS, string="Fidelity Fine", readonly=True
    )
    fine_reason = fields.Text(string="Why No Fine", readonly=True)
    fine_price = fields.Monetary(
        string="Fine Told",
        readonly=True,
        help="What the customer was told when the line was to be cancelled; nobody "
        "pays more.",
    )

    _charged = models.Index(
        "(platform_id, settled_at) WHERE operation = 'top_up' AND price > 0"
    )
    _no_fine_for_a_reason = models.Constraint(
        "CHECK(fine_decision NOT IN ('fault', 'waive') OR fine_reason IS NOT NULL)",
        "A fidelity fine is waived for a reason.",
    )

    def _charge_text(self):
        """:return: str, what was bought, for which number and on which day"""
        self.ensure_one()
        mobile = self.line_id
        return self.env._(
            "Top-up %(quantity)s GB – %(number)s – %(day)s",
            quantity=self.quantity,
            number=mobile.display_name,
            day=format_date(self.env, self._day()),
        )

    def _day(self):
        """:return: date, the local day on which it was sent, which the customer knows,
        or on which it took effect as a person says; that of its request when it was not
        sent yet"""
        self.ensure_one()
        confirmed = self.effective_source == "confirmed" and self.effective_at
        moment = confirmed or self.sent_at or self.create_date
        return local_day(moment, self.platform_id.tz)

    def _paying_line(self):
        """:return: the contract line that paid for the mobile line on the day of this
        request; else the nearest one; none when the line has no contract line"""
        self.ensure_one()
        day = self._day()

        def suitability(line):
            started = bool(line.date_start) and line.date_start <= day
            ended = bool(line.date_end) and line.date_end < day
            since = line.date_start.toordinal() if line.date_start else 0
            return (
                not line.is_canceled,
                started and not ended,
                started,
                since if started else -since,
                line.id,
            )

        lines = self.line_id.contract_line_ids
        return lines.sorted(suitability, reverse=True)[:1]
