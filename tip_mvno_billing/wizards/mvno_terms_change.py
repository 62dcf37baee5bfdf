# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from odoo.addons.tip_mvno.models.platform.mvno_plan import LARGEST

from ..tools.month import month_of, month_text
from ..tools.succession import Succession

# So many lines change with one click: a request must not last for ever.
CHANGED_AT_ONCE = 2000
# What the wizard proposes is what the plan says now.
AS_THE_PLAN = {
    "compute": "_compute_terms",
    "compute_sudo": False,
    "precompute": True,
    "store": True,
    "readonly": False,
}
# As prices of usage have them.
MOST_DECIMALS = 6


class MvnoTermsChange(models.TransientModel):
    """The wizard that moves the lines of a plan to other terms from a month on.

    A plan that is edited, or that the platform changes, changes no line that was signed
    before. Here its lines get what it says now, or something else, once somebody has
    seen what would change for whom. Prices of the month have a wizard of their own.
    """

    _name = "mvno.terms.change"
    _description = "Change of Terms"
    _inherit = ["mvno.succession.dialog", "mvno.plan.rules"]
    # somebody goes through the list with a cup of coffee
    _transient_max_hours = 48.0

    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        required=True,
        ondelete="cascade",
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id)]",
    )
    competence = fields.Date(string="Changed from")
    mvno_bill_from = fields.Selection(required=True, **AS_THE_PLAN)
    mvno_first_month = fields.Selection(required=True, **AS_THE_PLAN)
    mvno_last_month = fields.Selection(required=True, **AS_THE_PLAN)
    mvno_join_days = fields.Integer(**AS_THE_PLAN)
    mvno_billing_timing = fields.Selection(required=True, **AS_THE_PLAN)
    mvno_overage = fields.Boolean(**AS_THE_PLAN)
    mvno_allowance_share = fields.Selection(required=True, **AS_THE_PLAN)
    mvno_price_minute = fields.Float(**AS_THE_PLAN)
    mvno_price_sms = fields.Float(**AS_THE_PLAN)
    mvno_price_mb = fields.Float(**AS_THE_PLAN)
    mvno_allowance_minutes = fields.Integer(string="Minutes Included", **AS_THE_PLAN)
    mvno_allowance_sms = fields.Integer(string="SMS Included", **AS_THE_PLAN)
    mvno_allowance_mb = fields.Float(
        string="Data Included (MB)", digits=(16, 2), **AS_THE_PLAN
    )
    row_ids = fields.One2many("mvno.terms.change.row", "change_id", string="Lines")
    row_count = fields.Integer(string="Found", compute="_compute_counts")
    ticked_count = fields.Integer(string="To Be Changed", compute="_compute_counts")
    applied_count = fields.Integer(string="Changed", compute="_compute_counts")

    @api.depends("competence")
    def _compute_display_name(self):
        for change in self:
            change.display_name = self.env._(
                "Other terms from %(month)s on", month=month_text(change.competence)
            )

    @api.depends("product_id")
    def _compute_terms(self):
        for change in self:
            product = change.product_id
            plan = product.mvno_plan_id
            change.update({name: product[name] for name in self._mvno_rules()})
            change.mvno_allowance_minutes = plan.voice_minutes
            change.mvno_allowance_sms = plan.sms
            change.mvno_allowance_mb = plan.data_mb

    @api.depends("row_ids.selected", "row_ids.successor_id")
    def _compute_counts(self):
        for change in self:
            rows = change.row_ids
            applied = rows.filtered("successor_id")
            change.row_count = len(rows)
            change.applied_count = len(applied)
            change.ticked_count = len((rows - applied).filtered("selected"))

    # === PREVIEW === #

    def action_preview(self):
        """List what would change; nothing changes yet.

        :raise UserError: when the month is over, or some of the list is applied
        """
        self.ensure_one()
        self.competence = month_of(self.competence)
        self._check_month()
        if self.row_ids.successor_id:
            raise UserError(
                self.env._(
                    "Some of this list is changed already. Apply the rest, or start "
                    "another change."
                )
            )
        self.row_ids.unlink()
        lines = self.env["contract.line"].search(
            [*self._contract_line_domain(), ("product_id", "=", self.product_id.id)],
            order="partner_id, id",
        )
        succession = Succession(lines, self.competence)
        rows = []
        for line in lines:
            changes = self._changes(line)
            if changes:
                warning = " ".join(succession.obstacles(line))
                rows.append(
                    {
                        "change_id": self.id,
                        "contract_line_id": line.id,
                        "changes": changes,
                        "warning": warning or False,
                        "selected": not warning,
                    }
                )
        self.env["mvno.terms.change.row"].create(rows)
        return True

    def _terms(self):
        """:return: dict of values of the contract lines that go on"""
        self.ensure_one()
        names = set(self.env["contract.line"]._mvno_plan_terms()) & set(self._fields)
        return {
            **{name: self[name] for name in sorted(names)},
            "mvno_usage_currency_id": self.product_id.currency_id.id,
        }

    def _changes(self, line):
        """:param line: ``contract.line`` record
        :return: str, what would change on it and how, a term a line; "" for nothing"""
        terms = self._terms()
        present = line._convert_to_write({name: line[name] for name in terms})
        told = line.fields_get(list(terms), ["string", "type", "selection"])
        return "\n".join(
            self.env._(
                "%(term)s: %(old)s → %(new)s",
                term=told[name]["string"],
                old=self._in_words(told[name], present[name]),
                new=self._in_words(told[name], value),
            )
            for name, value in terms.items()
            if present[name] != value
        )

    def _in_words(self, told, value):
        """:param dict told: of ``fields_get``
        :return: str, a term's value as people read it"""
        if told["type"] == "selection":
            return dict(told["selection"]).get(value, "–")
        if told["type"] == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if told["type"] == "many2one":
            return self.env["res.currency"].browse(value).name or "–"
        if value >= LARGEST:
            return self.env._("unlimited")
        decimals = len(f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2])
        return formatLang(self.env, value, digits=decimals)

    # === APPLY === #

    def action_apply(self):
        """Let the ticked lines go on with the new terms, so many at a time.

        What changed since the list was made is left as it is, and says so. Pressed
        again it goes on with the rest; what is changed stays so.

        :raise UserError: when the month is over or invoiced, or nothing is ticked
        """
        self.ensure_one()
        self._check_month()
        rows = self.row_ids.filtered(lambda row: row.selected and not row.successor_id)
        if not rows:
            raise UserError(
                self.env._("No line is ticked that is still to be changed.")
            )
        rows[:CHANGED_AT_ONCE]._apply()
        return True
