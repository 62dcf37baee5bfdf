# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError


class MvnoBillingSourceLate(models.AbstractModel):
    """What was learnt after a month was billed, on the customer's next invoice."""

    _name = "mvno.billing.source.late"
    _description = "Learnt Late"
    _inherit = ["mvno.billing.source"]
    _kinds = ("adjustment",)
    _record_field = "fact_id"

    @api.model
    def _domain(self, run):
        """:return: domain of the facts that the run settles"""
        return [
            ("state", "=", "due"),
            ("billed_with", "<=", run.competence),
            ("company_id", "=", run.company_id.id),
            ("mvno_line_id.platform_id", "=", run.platform_id.id),
        ]

    @api.model
    def _line_domain(self, run):
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("contract_id.active", "=", True),
            ("mvno_fact_ids", "any", self._domain(run)),
        ]

    @api.model
    def _charges(self, run, customers):
        facts = self.env["mvno.billing.fact"].search(
            [
                *self._domain(run),
                ("contract_line_id.contract_id.active", "=", True),
                (
                    "contract_line_id.contract_id.commercial_partner_id",
                    "in",
                    customers.ids,
                ),
            ],
            order="id",
        )
        return [fact._charge() for fact in facts]

    # === CLAIM AND RELEASE OF ITEMS === #

    @api.model
    def _claim(self, moves, items):
        items.fact_id._note_settled()
        return items.browse()

    @api.model
    def _release(self, items, reason):
        items.fact_id._take_back(reason)

    @api.model
    def _check_claim_again(self, items):
        for item in items:
            if item.fact_id.state not in ("confirm", "void"):
                raise UserError(
                    self.env._(
                        "%(move)s cannot stand again: what it corrects (%(fact)s) was "
                        "settled otherwise meanwhile.",
                        move=item.move_id.display_name,
                        fact=item.fact_id.display_name,
                    )
                )

    @api.model
    def _claim_again(self, items, reason):
        items.fact_id._note_settled(reason, "claim")
