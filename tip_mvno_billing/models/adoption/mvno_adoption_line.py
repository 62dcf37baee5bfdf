# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .mvno_adoption import due_days


class MvnoAdoptionLine(models.Model):
    """When a line taken over is billed, and on which day it falls due."""

    _inherit = "mvno.adoption.line"

    own_due_day = fields.Selection(due_days, readonly=True)
    due_day = fields.Selection(
        due_days,
        compute="_compute_due_day",
        inverse="_inverse_due_day",
        store=True,
        help="The due day of the contract the line comes on. Empty: the customer's, "
        "then the company's.",
    )

    @api.depends("adoption_id.due_day", "own_due_day")
    def _compute_due_day(self):
        for line in self:
            # what was taken over is a record of what was done
            if not line.is_adopted:
                line.due_day = line.own_due_day or line.adoption_id.due_day

    def _inverse_due_day(self):
        for line in self.sudo():
            own = line.due_day != line.adoption_id.due_day
            line.own_due_day = own and line.due_day

    def _suits(self, contract):
        same_day = self.due_day in (False, str(contract.mvno_due_day))
        return same_day and super()._suits(contract)

    def _contract_key(self):
        return (*super()._contract_key(), self.due_day)

    def _prepare_contract(self):
        values = super()._prepare_contract()
        if self.due_day:
            values["mvno_due_day"] = int(self.due_day)
        return values

    def _prepare_contract_line(self, contract, mobile):
        values = {
            **super()._prepare_contract_line(contract, mobile),
            "mvno_billing_from": self.bill_from,
        }
        if self.commitment_end:
            start = self._commitment_start()
            values["mvno_commitment_start"] = start
            if not start:
                # no fine can be told by a commitment of unknown length
                values["mvno_benefit"] = 0.0
        return values

    def _commitment_start(self):
        """:return: date on which the commitment of a line taken over began: by the
        plan's months, else with the activation; False where neither tells"""
        self.ensure_one()
        months = self.product_id.contract_months
        by_plan = months and self.commitment_end - relativedelta(months=months)
        return next(
            (
                day
                for day in (by_plan, self.activation_date)
                if day and day <= self.bill_from
            ),
            False,
        )
