# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.brazil import AREA_CODES, is_valid_cnpj, is_valid_cpf
from .mvno_adoption import VERDICTS

STATUSES = [
    ("active", "Active"),
    ("partially_blocked", "Partially blocked"),
    ("blocked", "Blocked"),
    ("cancelled", "Cancelled"),
    ("available", "Not in use"),
    ("unknown", "Unknown"),
]
# What of the status means that nothing is to be taken over.
ENDED = ("cancelled", "available")


class MvnoAdoptionLine(models.Model):
    """A line the platform has, what it becomes here, and what was decided for it."""

    _name = "mvno.adoption.line"
    _description = "Line of an Existing Base"
    _inherit = ["mvno.guarded"]
    _order = "document, id"
    _check_company_auto = True
    _rec_names_search = ["number", "iccid", "platform_contract", "subscriber_name"]

    adoption_id = fields.Many2one(
        "mvno.adoption",
        string="Import",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    platform_id = fields.Many2one(related="adoption_id.platform_id", store=True)
    company_id = fields.Many2one(
        related="adoption_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="adoption_id.currency_id")
    adoption_state = fields.Selection(
        related="adoption_id.state", string="Status of the Import"
    )
    # === AS THE PLATFORM TELLS IT === #
    key = fields.Char(required=True, readonly=True)
    read_number = fields.Integer(readonly=True)
    document = fields.Char(string="CPF/CNPJ", readonly=True)
    subscriber_name = fields.Char(string="Subscriber at the Platform", readonly=True)
    is_company = fields.Boolean(readonly=True)
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    iccid = fields.Char(string="ICCID", readonly=True)
    number = fields.Char(readonly=True)
    plan_name = fields.Char(string="Plan at the Platform", readonly=True)
    platform_status = fields.Char(string="Status at the Platform", readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)
    # === WHAT IS HERE === #
    problem = fields.Char(
        readonly=True, help="What contradicts, as a code of its explanation."
    )
    error = fields.Text(readonly=True, help="Why taking this line over failed.")
    line_id = fields.Many2one(
        "mvno.line", string="Mobile Line", readonly=True, index="btree_not_null"
    )
    simcard_id = fields.Many2one("mvno.simcard", string="SIM Card", readonly=True)
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Customers with this CPF/CNPJ",
        readonly=True,
        context={"active_test": False},
    )
    product_count = fields.Integer(
        readonly=True, help="How many products sell the platform's plan."
    )
    is_adopted = fields.Boolean(readonly=True)
    verdict = fields.Selection(
        VERDICTS, compute="_compute_verdict", store=True, index=True
    )
    reason_codes = fields.Char(compute="_compute_verdict", store=True)
    reason = fields.Text(string="Why", compute="_compute_reason")
    # === WHAT IS DECIDED === #
    skip = fields.Boolean(string="Leave out")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", check_company=True, index="btree_not_null"
    )
    create_partner = fields.Boolean(
        string="Create customer",
        compute="_compute_create_partner",
        store=True,
        readonly=False,
    )
    customer_name = fields.Char(help="The name a new customer gets.")
    customer_email = fields.Char(string="E-mail")
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        check_company=True,
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id)]",
    )
    area_code = fields.Char(string="DDD", size=2)
    own_bill_from = fields.Date(readonly=True)
    bill_from = fields.Date(
        compute="_compute_bill_from",
        inverse="_inverse_bill_from",
        store=True,
        help="The first day that is billed here. Empty: the import's own date.",
    )
    has_price = fields.Boolean(readonly=True)
    own_price = fields.Monetary(readonly=True)
    price = fields.Monetary(
        string="Monthly Value",
        compute="_compute_price",
        inverse="_inverse_price",
        store=True,
        help="What the customer pays each month: the plan's price, or another one.",
    )
    commitment_end = fields.Date(
        help="Until when the customer committed; empty for no commitment any more."
    )
    activation_date = fields.Date(
        string="In service since", help="The platform's list does not tell it."
    )

    _key_uniq = models.Constraint(
        "UNIQUE(adoption_id, key)", "The platform's line is in this import already."
    )
    _price_positive = models.Constraint(
        "CHECK(price >= 0)", "The monthly value cannot be negative."
    )

    # === COMPUTES === #

    @api.depends("number", "iccid", "platform_contract")
    def _compute_display_name(self):
        mobile_lines = self.env["mvno.line"]
        for line in self:
            line.display_name = (
                mobile_lines._format_number(line.number)
                or line.iccid
                or line.platform_contract
            )

    @api.depends("adoption_id.bill_from", "own_bill_from")
    def _compute_bill_from(self):
        for line in self:
            # what was taken over is a record of what was done
            if not line.is_adopted:
                line.bill_from = line.own_bill_from or line.adoption_id.bill_from

    def _inverse_bill_from(self):
        for line in self.sudo():
            own = line.bill_from != line.adoption_id.bill_from
            line.own_bill_from = own and line.bill_from

    @api.depends("adoption_id.create_partners")
    def _compute_create_partner(self):
        for line in self:
            line.create_partner = line.adoption_id.create_partners

    @api.depends("product_id", "partner_id", "has_price", "own_price")
    def _compute_price(self):
        """The value at signing by the customer's price list, asked once for each."""
        prices = {}
        for line in self:
            product = line.product_id
            pricelist = line.partner_id.with_company(
                line.company_id
            ).property_product_pricelist
            key = (line.company_id, pricelist, product)
            if line.has_price:
                line.price = line.own_price
            elif product and key not in prices:
                prices[key] = line._plan_price(pricelist)
            if not line.has_price:
                line.price = prices.get(key, 0.0)

    def _plan_price(self, pricelist):
        """:return: float, what the plan costs in that price list today"""
        self.ensure_one()
        contract = self.env["contract.contract"].new(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "pricelist_id": pricelist.id,
                "manual_currency_id": self.currency_id.id,
            }
        )
        return self.env["contract.line"]._telephony_price(contract, self.product_id)

    def _inverse_price(self):
        for line in self.sudo():
            line.write({"has_price": True, "own_price": line.price})

    # === VERDICT === #

    @api.depends(
        "status",
        "problem",
        "error",
        "line_id",
        "is_adopted",
        "skip",
        "partner_id",
        "create_partner",
        "candidate_ids",
        "document",
        "product_id",
        "area_code",
    )
    def _compute_verdict(self):
        for line in self:
            verdict, codes = line._judge()
            line.verdict = verdict
            line.reason_codes = ",".join(codes) or False

    def _judge(self):
        """:return: (verdict, list of codes of :meth:`_reason_sentence`)"""
        self.ensure_one()
        if self.is_adopted:
            return "adopted", ["adopted"]
        if self.status in ENDED:
            return "skipped", [self.status]
        if self.line_id and not self.problem:
            return "matched", ["matched"]
        if self.skip:
            return "skipped", ["by_hand"]
        conflicts = [self.problem] if self.problem else []
        if self.error:
            conflicts.append("failed")
        incomplete = []
        if not self.partner_id:
            if self.candidate_ids:
                several = len(self.candidate_ids) > 1
                conflicts.append("several_partners" if several else "archived_partner")
            elif not (is_valid_cpf(self.document) or is_valid_cnpj(self.document)):
                conflicts.append("bad_document")
            elif not self.create_partner:
                incomplete.append("unknown_partner")
        if not self.product_id:
            incomplete.append("no_product")
        if self.area_code not in AREA_CODES:
            incomplete.append("no_area_code")
        if conflicts:
            return "conflict", conflicts
        if incomplete:
            return "incomplete", incomplete
        return "create", ["new_partner"] * (not self.partner_id) + ["stays_blocked"] * (
            self.status != "active"
        )

    @api.depends("reason_codes")
    @api.depends_context("lang")
    def _compute_reason(self):
        for line in self:
            codes = filter(None, (line.reason_codes or "").split(","))
            line.reason = " ".join(map(line._reason_sentence, codes)) or False

    # === WRITING === #

    @api.constrains("area_code")
    def _check_area_code(self):
        for line in self:
            if line.area_code and line.area_code not in AREA_CODES:
                raise ValidationError(
                    self.env._(
                        "%(line)s: %(code)s is no DDD in use. Choose the subscriber's "
                        "area code, for example 11.",
                        line=line.display_name,
                        code=line.area_code,
                    )
                )

    def write(self, vals):
        if not self.env.su:
            self.adoption_id._check_reviewing()
            # what failed may be tried again with other values
            self.sudo().filtered("error").write({"error": False})
        result = super().write(vals)
        if "skip" in vals:
            for adoption in self.adoption_id:
                self.sudo()._mark_twice(adoption)
        return result
