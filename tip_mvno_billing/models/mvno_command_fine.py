# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

FINE_DECISIONS = [
    ("charge", "Charge it"),
    ("fault", "None: the provider is at fault"),
    ("waive", "Waived by a manager"),
]


class MvnoCommand(models.Model):
    """What was decided on the fidelity fine travels with the request to cancel.

    So it takes effect once, when the platform has cancelled the line, whoever settles
    the request; a refused one leaves no fine.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.command"

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

    _no_fine_for_a_reason = models.Constraint(
        "CHECK(fine_decision NOT IN ('fault', 'waive') OR fine_reason IS NOT NULL)",
        "A fidelity fine is waived for a reason.",
    )
