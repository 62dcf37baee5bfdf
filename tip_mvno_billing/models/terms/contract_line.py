# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tip_mvno.models.contract.contract_line import AT_SIGNING
from odoo.addons.tip_mvno.models.platform.mvno_plan import LARGEST
from odoo.addons.tip_mvno.tools.brazil import clean_document

from ...tools.fine import is_regretted, months_left
from ...tools.month import month_end

CPF_LENGTH = 11
DISCOUNT = frozenset({"discount", "mvno_discount_end", "mvno_discount_after"})
# A rule that is kept with its plan's signing.
SIGNED = {"compute": "_compute_mvno_rules", **AT_SIGNING}


class ContractLine(models.Model):
    """What was agreed on a telephony contract line: from when on it is billed here,
    discount, courtesy, commitment, the plan's rules, and usage beyond the allowance.

    A successor keeps it; another holder does not get what was given to the present one.
    Nothing is billed by what the plan, or the platform's catalogue, says later.
    """

    _name = "contract.line"
    _inherit = ["contract.line", "mvno.plan.rules"]

    mvno_bill_from = fields.Selection(string="Billing Begins with", **SIGNED)
    mvno_first_month = fields.Selection(**SIGNED)
    mvno_last_month = fields.Selection(**SIGNED)
    mvno_join_days = fields.Integer(**SIGNED)
    mvno_billing_timing = fields.Selection(**SIGNED)
    mvno_overage = fields.Boolean(**SIGNED)
    mvno_allowance_share = fields.Selection(**SIGNED)
    mvno_price_minute = fields.Float(**SIGNED)
    mvno_price_sms = fields.Float(**SIGNED)
    mvno_price_mb = fields.Float(**SIGNED)
    mvno_usage_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of Usage Prices",
        compute="_compute_mvno_usage_currency_id",
        help="Converted at the rate of the month's last day.",
        **AT_SIGNING,
    )
    mvno_billing_from = fields.Date(
        string="Billed from",
        copy=False,
        help="Earlier days were billed elsewhere: no billing run ever bills them.",
    )
    mvno_discount_end = fields.Date(
        string="Discount until",
        copy=False,
        help="The last month for which the discount counts. Empty: it has no end.",
    )
    mvno_discount_after = fields.Float(
        string="Discount Afterwards (%)",
        digits="Discount",
        copy=False,
        help="What counts again once the discount has ended.",
    )
    mvno_courtesy = fields.Boolean(
        string="Courtesy",
        copy=False,
        help="This line costs nothing on purpose. Without this mark a line without "
        "price is not billed, but listed.",
    )
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

    _mvno_discount_end_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM mvno_discount_end) = 1)",
        "The last month of a discount is kept as its first day.",
    )
    _mvno_discount_after_range = models.Constraint(
        "CHECK(mvno_discount_after >= 0 AND mvno_discount_after <= 100)",
        "A discount is between 0 and 100 percent.",
    )
    _mvno_courtesy_free = models.Constraint(
        "CHECK(mvno_courtesy IS NOT TRUE OR COALESCE(specific_price, 0) = 0)",
        "A courtesy costs nothing: set the price to 0, or take the mark away.",
    )

    # === SIGNING === #

    @api.model
    def _telephony_form_values(self, contract, product, price):
        return {
            **super()._telephony_form_values(contract, product, price),
            "mvno_benefit": self._mvno_benefit_of(contract, product),
        }

    # the plan's rules count as they were when the line was made
    @api.depends("product_id")
    def _compute_mvno_rules(self):
        names = self._mvno_rules()
        for line in self:
            product = line.product_id
            line.update(
                {name: product.is_telephony and product[name] for name in names}
            )

    @api.depends("product_id")
    def _compute_mvno_usage_currency_id(self):
        for line in self:
            product = line.product_id
            line.mvno_usage_currency_id = product.is_telephony and product.currency_id

    @api.model
    def _telephony_values(self, vals, product):
        values = super()._telephony_values(vals, product)
        if values.get("mvno_courtesy"):
            values["specific_price"] = 0.0
        if "mvno_benefit" not in values:
            contract = self.env["contract.contract"].browse(values.get("contract_id"))
            values["mvno_benefit"] = self._mvno_benefit_of(contract, product)
        return values

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

    @api.model
    def _mvno_terms(self):
        return super()._mvno_terms() | {
            "mvno_billing_from",
            "mvno_discount_end",
            "mvno_discount_after",
            "mvno_courtesy",
            "mvno_benefit",
            "mvno_commitment_start",
        }

    @api.model
    def _mvno_plan_terms(self):
        return [
            *super()._mvno_plan_terms(),
            *self._mvno_rules(),
            "mvno_usage_currency_id",
        ]

    @api.model
    def _mvno_succeeding(self):
        return super()._mvno_succeeding() | DISCOUNT | {"mvno_courtesy"}

    def _mvno_is_priced(self):
        """A courtesy was agreed, too."""
        return super()._mvno_is_priced() or self.mvno_courtesy

    def _mvno_changes(self, vals):
        """Who edits part of a discount leaves the rest of it as it is."""
        changes = super()._mvno_changes(vals)
        if DISCOUNT & set(changes):
            changes = {**{name: self[name] for name in DISCOUNT}, **changes}
        return changes

    # === SUCCESSION === #

    def _mvno_successor_values(self, date, vals):
        """The successor keeps what was agreed. Another discount replaces the present
        one and what counts after it; a new price is no courtesy; the commitment goes on
        with its benefit, and a new one has a new benefit."""
        if "discount" in vals:
            vals = {"mvno_discount_end": False, "mvno_discount_after": 0.0, **vals}
        values = super()._mvno_successor_values(date, vals)
        values.setdefault("mvno_discount_end", self.mvno_discount_end)
        values.setdefault("mvno_discount_after", self.mvno_discount_after)
        if self.mvno_billing_from and self.mvno_billing_from > date:
            values.setdefault("mvno_billing_from", self.mvno_billing_from)
        if "mvno_courtesy" not in vals:
            values["mvno_courtesy"] = self.mvno_courtesy and not vals.get(
                "specific_price"
            )
        if values.get("commitment_end", self.commitment_end) == self.commitment_end:
            values.setdefault("mvno_benefit", self.mvno_benefit)
        if values.get("commitment_end") == self.commitment_end:
            kept = self._mvno_commitment_kept()
            values.setdefault("mvno_commitment_start", kept["mvno_commitment_start"])
        return values

    def _mvno_holder_price(self):
        """What was given to the present holder, for a time or as a courtesy, is not
        the next one's."""
        if self.mvno_courtesy:
            return self._telephony_price(self.contract_id, self.product_id)
        return self.price_unit * (1 - self._mvno_standing_discount() / 100)

    def _mvno_holder_values(self, price):
        values = super()._mvno_holder_values(price)
        if price is None and self.mvno_courtesy:
            values["specific_price"] = self._mvno_holder_price()
        return {**values, "mvno_courtesy": False}

    # === DISCOUNT === #

    def _mvno_discount_of(self, competence):
        """:return: float, the discount in percent that counts for a month"""
        self.ensure_one()
        ended = self.mvno_discount_end and self.mvno_discount_end < competence
        return self.mvno_discount_after if ended else self.discount

    @api.model
    def _mvno_discount_sql(self, line, month):
        """:param str line: alias of the table of contract lines
        :param SQL month: first day of a month
        :return: SQL of what :meth:`_mvno_discount_of` tells of the month"""
        return SQL(
            "CASE WHEN %(end)s < %(month)s THEN COALESCE(%(after)s, 0) "
            "ELSE COALESCE(%(discount)s, 0) END",
            month=month,
            end=SQL.identifier(line, "mvno_discount_end"),
            after=SQL.identifier(line, "mvno_discount_after"),
            discount=SQL.identifier(line, "discount"),
        )

    @api.model
    def _mvno_value_sql(self, line, month):
        """:return: SQL of what a whole month costs after its discount, not rounded; the
        parameters are those of :meth:`_mvno_discount_sql`"""
        return SQL(
            "(COALESCE(%s, 0) * (1 - %s / 100))::numeric",
            SQL.identifier(line, "specific_price"),
            self._mvno_discount_sql(line, month),
        )

    def _mvno_standing_discount(self):
        """:return: float, the discount in percent that has no end"""
        self.ensure_one()
        return self.mvno_discount_after if self.mvno_discount_end else self.discount

    # === COMMITMENT === #

    def _mvno_commitment_kept(self):
        return {
            **super()._mvno_commitment_kept(),
            "mvno_commitment_start": self._mvno_commitment_start(),
        }

    def _mvno_commitment_start(self):
        """:return: date on which the commitment began, or False"""
        self.ensure_one()
        return self.mvno_commitment_start or self.date_start

    def _mvno_is_paid_by_person(self):
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
        left, months = months_left(start, end, last_day, self._mvno_is_paid_by_person())
        served_since = max(start, self.mvno_line_id.activation_date or start)
        if not left or is_regretted(served_since, last_day):
            return 0.0, left, months
        return self.currency_id.round(self.mvno_benefit * left / months), left, months

    # === USAGE BEYOND THE ALLOWANCE === #

    def _mvno_allowance(self, kind):
        """:return: what was agreed as included of a kind each month, in minutes,
        messages or MB; 0 where the platform told none, or one so large that it means
        unlimited"""
        self.ensure_one()
        names = {
            "voice": "mvno_allowance_minutes",
            "sms": "mvno_allowance_sms",
            "data": "mvno_allowance_mb",
        }
        whole = self[names[kind]]
        return 0 if whole >= LARGEST else whole

    def _mvno_usage_price(self, kind, competence):
        """:param competence: first day of the month of the usage: a price in another
            currency is converted at the rate of its last day
        :return: Decimal, the price of a minute, message or MB beyond the allowance, in
            the contract's currency"""
        self.ensure_one()
        names = {
            "voice": "mvno_price_minute",
            "sms": "mvno_price_sms",
            "data": "mvno_price_mb",
        }
        price = self[names[kind]]
        agreed_in = self.mvno_usage_currency_id or self.currency_id
        if agreed_in != self.currency_id:
            price = agreed_in._convert(
                price,
                self.currency_id,
                self.company_id,
                month_end(competence),
                round=False,
            )
        return Decimal(str(price))
