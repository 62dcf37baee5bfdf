# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.labels import label_of

from ...tools.actions import open_first
from ...tools.month import month_text

EXCEPTION_KINDS = [
    ("no_contract", "In service without contract"),
    ("no_line", "Contract without mobile line"),
    ("price_zero", "Price zero without being a courtesy"),
    ("address", "Customer's data incomplete"),
    ("parked", "Held up in the last run"),
    ("earlier_month", "Earlier month not billed"),
    ("due", "Month that has become due"),
    ("no_place", "Days in service that nothing bills"),
    ("old_draft", "Invoice of an earlier month still a draft"),
    ("late", "Learnt after billing, for a person to settle"),
]


class MvnoBillingException(models.Model):
    """What keeps a month from being billed as it should, as things stand right now.

    Nothing is stored: a row is gone when its matter is settled. Where the rows come
    from is in ``mvno_billing_exception_query.py``.
    """

    _name = "mvno.billing.exception"
    _description = "Billing Exception"
    _auto = False
    _order = "kind, since, id"
    _rec_name = "kind"

    kind = fields.Selection(EXCEPTION_KINDS, readonly=True)
    reason = fields.Char(
        compute="_compute_reason", help="What is wrong, and how it is put right."
    )
    company_id = fields.Many2one("res.company", readonly=True)
    platform_id = fields.Many2one("mvno.platform", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("contract.contract", readonly=True)
    contract_line_id = fields.Many2one("contract.line", readonly=True)
    mvno_line_id = fields.Many2one("mvno.line", string="Mobile Line", readonly=True)
    number = fields.Char(readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    issue_id = fields.Many2one("mvno.billing.issue", string="Issue", readonly=True)
    fact_id = fields.Many2one("mvno.billing.fact", string="Learnt Late", readonly=True)
    competence = fields.Date(
        string="Billing Month",
        readonly=True,
        help="The month that is not billed; empty where it concerns every month.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        string="At Stake",
        readonly=True,
        help="What a month, or the invoice, comes to.",
    )
    since = fields.Date(readonly=True)
    day_from = fields.Date(
        string="From", readonly=True, help="The first of the days it is about."
    )
    day_to = fields.Date(
        string="To", readonly=True, help="The last of the days it is about."
    )

    # === REASONS === #

    # nothing here changes; it has what it needs read along with the rows
    @api.depends(
        "kind",
        "competence",
        "day_from",
        "day_to",
        "partner_id",
        "contract_id",
        "mvno_line_id",
        "issue_id",
        "fact_id",
    )
    @api.depends_context("lang")
    def _compute_reason(self):
        # accountants have no right to lines, and it is theirs to know why
        for row in self.sudo():
            row.reason = getattr(row, f"_reason_{row.kind}")()

    def _reason_no_contract(self):
        if not self.contract_line_id:
            return self.env._(
                "No contract ever paid for the line: add it to one, or cancel the line."
            )
        return self.env._(
            "No contract line in force pays for the line: extend or restore contract "
            "%(contract)s, or cancel the line.",
            contract=self.contract_id.display_name,
        )

    def _reason_no_line(self):
        if self.mvno_line_id:
            return self.env._(
                "The mobile line was cancelled on %(date)s, the contract line goes on: "
                "end it, or subscribe the customer again.",
                date=format_date(self.env, self.mvno_line_id.cancellation_date),
            )
        return self.env._(
            "The plan has no mobile line: subscribe the customer, or end the contract "
            "line."
        )

    def _reason_price_zero(self):
        return self.env._(
            "The contract line costs nothing: give it its price, or mark it as a "
            "courtesy."
        )

    def _reason_address(self):
        customer = self.partner_id
        problems = customer.commercial_partner_id._mvno_document_problems()
        problems += customer._mvno_address_problems()
        return " ".join(
            sentence for _record, _field_name, sentence in problems
        ) or self.env._("Check the address, and choose the city from the list.")

    def _reason_parked(self):
        issue = self.issue_id
        return f"{label_of(issue, 'code')}: {issue.reason}"

    def _reason_earlier_month(self):
        return self.issue_id.reason

    def _reason_due(self):
        return self.env._(
            "%(start)s to %(end)s have become due since %(month)s was billed: start a "
            "billing run for %(month)s.",
            start=format_date(self.env, self.day_from),
            end=format_date(self.env, self.day_to),
            month=month_text(self.competence),
        )

    def _reason_no_place(self):
        return self.env._(
            "The line was in service on days between %(start)s and %(end)s that "
            "nothing bills: let a contract line pay for them (as a courtesy, if they "
            "are a gift), then start a billing run for %(month)s.",
            start=format_date(self.env, self.day_from),
            end=format_date(self.env, self.day_to),
            month=month_text(self.competence),
        )

    def _reason_old_draft(self):
        return self.env._(
            "The invoice of %(month)s is still a draft, so the customer does not have "
            "it: post it, or delete it and bill the month again.",
            month=month_text(self.competence),
        )

    def _reason_late(self):
        fact = self.fact_id
        told = [label_of(fact, "state"), fact._days_sentence(), fact.message or ""]
        return " ".join(filter(None, told))

    # === ACTIONS === #

    def action_open(self):
        """Open the record where the matter is settled, as far as the user may."""
        self.ensure_one()
        if self.kind == "parked":
            return self.issue_id.action_open()
        subscribe, runs = self.env["mvno.subscribe"], self.env["mvno.billing.run"]
        if self.kind == "no_line" and subscribe.has_access("create"):
            return self.partner_id.action_mvno_subscribe()
        if self.kind in ("due", "earlier_month") and runs.has_access("create"):
            return self._new_run()
        return open_first(self._places())

    def _places(self):
        """:return: the records where it can be settled, the best one first"""
        if self.kind == "late":
            return [self.fact_id, self.partner_id]
        if self.kind == "old_draft":
            return [self.move_id, self.partner_id]
        if self.kind in ("no_contract", "no_place"):
            return [self.mvno_line_id, self.contract_id, self.partner_id]
        if self.kind == "address":
            return [self.partner_id._mvno_address_holder()]
        return [self.contract_id, self.partner_id]

    def _new_run(self):
        """:return: action that opens a new billing run of the month"""
        return {
            "type": "ir.actions.act_window",
            "res_model": "mvno.billing.run",
            "view_mode": "form",
            "context": {
                "default_platform_id": self.platform_id.id,
                "default_competence": self.competence,
            },
        }
