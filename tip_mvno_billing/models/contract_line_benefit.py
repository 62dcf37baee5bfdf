# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.tip_mvno.tools.brazil import clean_document

from ..tools.fine import is_regretted, months_left

CPF_LENGTH = 11


class ContractLine(models.Model):
    """What a customer was given for the commitment, and what leaving early costs."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "contract.line"

    mvno_benefit = fields.Monetary(
        string="Benefit for the Commitment",
        copy=False,
        help="What the customer was given at signing for the commitment. Who leaves "
        "early pays back the part of the months that are left.",
    )
    mvno_commitment_start = fields.Date(
        string="Commitment since",
        copy=False,
        help="Where the commitment began with a contract line before this one.",
    )

    @api.model
    def _telephony_values(self, vals, product):
        vals = super()._telephony_values(vals, product)
        if "mvno_benefit" not in vals:
            contract = self.env["contract.contract"].browse(vals.get("contract_id"))
            vals["mvno_benefit"] = self._mvno_benefit_of(contract, product)
        return vals

    @api.onchange("product_id")
    def _onchange_telephony_product(self):
        result = super()._onchange_telephony_product()
        if self.product_id.is_telephony:
            self.mvno_benefit = self._mvno_benefit_of(self.contract_id, self.product_id)
        return result

    @api.model
    def _mvno_benefit_of(self, contract, product):
        """:return: float, the benefit that goes with a plan, in the contract's
        currency"""
        if not product.mvno_benefit:
            return 0.0
        currency, platform = product.currency_id, product.mvno_platform_id
        today = platform._today() if platform else fields.Date.context_today(self)
        return currency._convert(
            product.mvno_benefit,
            contract.currency_id or currency,
            contract.company_id or self.env.company,
            today,
        )

    def _mvno_successor_values(self, date, vals):
        """The commitment goes on with its benefit; a new one has a new benefit."""
        values = super()._mvno_successor_values(date, vals)
        if values["commitment_end"] == self.commitment_end:
            values.setdefault("mvno_benefit", self.mvno_benefit)
            values.setdefault("mvno_commitment_start", self._mvno_commitment_start())
        return values

    def _mvno_commitment_start(self):
        """:return: date on which the commitment began, or False"""
        self.ensure_one()
        return self.mvno_commitment_start or self.date_start

    def _mvno_is_persons(self):
        """:return: bool, whether a person pays, not a company"""
        self.ensure_one()
        customer = self.contract_id.partner_id.commercial_partner_id
        document = clean_document(customer.vat)
        return len(document) == CPF_LENGTH if document else not customer.is_company

    def _mvno_fine(self, last_day):
        """What it costs to leave after a day.

        :param last_day: date, the last day of service
        :return: (fine, whole months left, months of the commitment); the fine is 0.0
            when nothing was given or nothing is left, and in the days of regret
        """
        self.ensure_one()
        start, end = self._mvno_commitment_start(), self.commitment_end
        if not (start and end):
            return 0.0, 0, 0
        left, months = months_left(start, end, last_day, self._mvno_is_persons())
        served_since = max(start, self.mvno_line_id.activation_date or start)
        if not left or is_regretted(served_since, last_day):
            return 0.0, left, months
        return self.currency_id.round(self.mvno_benefit * left / months), left, months
