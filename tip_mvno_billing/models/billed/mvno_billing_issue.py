# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.actions import open_action, open_form

from ...tools.actions import open_first

# Where an issue is settled, by its code; everything else on its one-off charge.
SETTLED_ON = {
    "by_hand": "move_id",
    "failed": "contract_id",
    "no_contract": "mvno_line_id",
    "no_place": "mvno_line_id",
    "free_days": "mvno_line_id",
    "not_activated": "mvno_line_id",
    "not_posted": "move_id",
    "port_in": "mvno_line_id",
    "top_up_no_contract": "mvno_line_id",
    "top_up_open": "command_id",
}
# What a run lists where nothing was due in the month.
HARMLESS = (
    "courtesy",
    "free_days",
    "joined",
    "no_days",
    "not_activated",
    "not_subscribed",
    "port_in",
)


class MvnoBillingIssue(models.Model):
    """What a billing run did not bill, and why."""

    _name = "mvno.billing.issue"
    _description = "Not Billed"
    _inherit = ["mvno.monthly"]
    _order = "run_id desc, code, partner_id, id"
    _rec_name = "reason"

    run_id = fields.Many2one(
        "mvno.billing.run",
        string="Billing Run",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    competence = fields.Date(readonly=True, help="The month that is not billed.")
    code = fields.Selection(
        [
            ("failed", "Refused by accounting"),
            ("left_out", "Left out by an extension"),
            ("earlier_month", "Earlier month not billed"),
            ("archived", "Contract archived"),
            ("advance_credited", "Billed in advance, credited by hand"),
            ("price_zero", "No price, and no courtesy"),
            ("courtesy", "Courtesy"),
            ("no_days", "Suspended all month"),
            ("platform_block", "Blocked by TIP: say why"),
            ("joined", "Billed with the next month"),
            ("port_in", "Port-in under way"),
            ("not_activated", "Not activated yet"),
            ("not_subscribed", "No mobile line yet"),
            ("no_contract", "In service without contract"),
            ("no_place", "Days in service that nothing bills"),
            ("free_days", "Free days"),
            ("not_posted", "Invoice not posted"),
            ("no_email", "Customer without e-mail"),
            ("top_up_open", "Top-up not confirmed yet"),
            ("top_up_no_product", "Top-up without product"),
            ("top_up_no_contract", "Top-up without contract"),
            ("charge_proposed", "Charge to be decided"),
            ("charge_no_contract", "Charge without contract"),
            ("charge_no_product", "Charge without product"),
            ("usage_open", "Statement not closed"),
            ("usage_no_product", "Usage without product"),
            ("usage_less", "More usage billed than there is"),
            ("usage_undated", "Usage without time"),
            ("usage_free", "Usage beyond the allowance without price"),
            ("usage_late", "Usage after its month was settled"),
            ("by_hand", "Invoice changed by hand"),
        ],
        string="Kind",
        required=True,
        readonly=True,
    )
    reason = fields.Text(required=True, readonly=True)
    contract_line_id = fields.Many2one(
        "contract.line", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index="btree_not_null"
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    command_id = fields.Many2one(
        "mvno.command",
        string="Request",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    charge_id = fields.Many2one(
        "mvno.billing.charge",
        string="One-off Charge",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    fact_id = fields.Many2one(
        "mvno.billing.fact",
        string="Learnt Late",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    day_from = fields.Date(
        string="From",
        readonly=True,
        help="The first of the days that are not billed, where not the whole month is "
        "meant.",
    )
    day_to = fields.Date(
        string="To", readonly=True, help="The last of the days that are not billed."
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True
    )
    amount = fields.Monetary(
        readonly=True,
        help="What these days come to, where that can be told; below zero, it is owed "
        "to the customer.",
    )

    _days_in_order = models.Constraint(
        "CHECK((day_from IS NULL) = (day_to IS NULL) AND day_from <= day_to)",
        "Days that are not billed have a first and a last one, in this order.",
    )

    @api.depends("contract_line_id.currency_id", "run_id.company_id.currency_id")
    def _compute_currency_id(self):
        for issue in self:
            issue.currency_id = (
                issue.contract_line_id.currency_id
                or issue.run_id.company_id.currency_id
            )

    # === REASONS THAT STAND, OR DO NOT ANY MORE === #

    @api.model
    def _excused_sql(self, code, line, month):
        """Whether a month of a contract line that pays for it has nothing due, for the
        reason that a run listed: as long as that is true, and no longer. What waits has
        no first day, and pays for no month yet.

        :param SQL code: of the issue
        :param str line: alias of the contract line's table
        :param SQL month: first day of the month of the issue
        :return: SQL of a boolean
        """
        return SQL(
            """
            CASE %(code)s
            WHEN 'no_days' THEN TRUE
            WHEN 'courtesy' THEN round(%(value)s, 2) = 0
            WHEN 'joined' THEN %(joins)s AND NOT EXISTS (
                SELECT FROM mvno_billing_run following
                 WHERE following.company_id = %(company)s
                   AND following.competence = %(month)s + interval '1 month'
                   AND following.billed_at IS NOT NULL
            )
            ELSE FALSE END
            """,
            code=code,
            month=month,
            value=self.env["contract.line"]._mvno_value_sql(line, month),
            company=SQL.identifier(line, "company_id"),
            joins=self._joins_next_sql(line, month),
        )

    @api.model
    def _joins_next_sql(self, line, month):
        """:return: SQL of a boolean, whether a short first part of a month can still be
        billed with the next one; the parameters are those of :meth:`_excused_sql`"""
        return SQL(
            "(%s > 0 AND COALESCE(%s >= %s + interval '1 month', TRUE))",
            SQL.identifier(line, "mvno_join_days"),
            SQL.identifier(line, "mvno_paid_until"),
            month,
        )

    # === ACTIONS === #

    def _tells_of_draft(self):
        """:return: bool, whether this is about a draft that somebody changed by hand,
        and that may still be posted so: a further run does not settle that"""
        self.ensure_one()
        return self.code == "by_hand" and self.move_id.state == "draft"

    def action_open(self):
        """Open the record where the matter is settled, as far as the user may."""
        self.ensure_one()
        if self.code == "platform_block" and self._may("mvno.line.hold", "read"):
            return self._open_platform_block()
        if self.code == "not_subscribed" and self._may("mvno.subscribe", "create"):
            return self.partner_id.action_mvno_subscribe()
        if self.code == "usage_no_product" and self._may(
            "res.config.settings", "write"
        ):
            return open_action(self.env, "tip_mvno_billing.mvno_config_settings_action")
        places = self._places()
        if not any(places) and self._may("mvno.statement", "read"):
            return self._open_statement()
        return open_first([*places, self.run_id])

    def _open_platform_block(self):
        """:return: action that opens TIP's blocks of the line, to say why"""
        return open_action(
            self.env,
            "tip_mvno.mvno_line_hold_action",
            domain=[
                ("line_id", "=", self.mvno_line_id.id),
                ("reason", "=", "platform"),
            ],
            context={},
        )

    def _open_statement(self):
        """:return: action that opens the statements of the month"""
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_statement_action",
            domain=[
                ("platform_id", "=", self.run_id.platform_id.id),
                ("competence", "=", fields.Date.to_string(self.competence)),
            ],
            context={},
        )

    @api.model
    def _may(self, model_name, operation):
        return self.env[model_name].has_access(operation)

    def _places(self):
        """:return: the records where it can be settled, the best one first"""
        best = self[SETTLED_ON.get(self.code, "charge_id")]
        return [best, self.contract_id, self.partner_id]

    def action_open_partner(self):
        """Open the subscriber."""
        self.ensure_one()
        return open_form(self.partner_id)
