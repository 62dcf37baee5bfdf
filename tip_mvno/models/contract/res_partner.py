# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.actions import open_action


class ResPartner(models.Model):
    _inherit = "res.partner"

    mvno_line_ids = fields.One2many("mvno.line", "partner_id", string="Mobile Lines")
    is_mvno_subscriber = fields.Boolean(
        string="Has Telephony Contract",
        compute="_compute_mvno_counts",
        search="_search_is_mvno_subscriber",
        help="Has an active contract for a telephony plan.",
    )
    mvno_line_count = fields.Integer(string="Lines", compute="_compute_mvno_counts")
    mvno_pending_count = fields.Integer(
        string="To Subscribe",
        compute="_compute_mvno_counts",
        help="Contracted telephony plans that have no mobile line yet.",
    )

    @api.model
    def _mvno_contract_line_domain(self):
        """:return: domain of contract lines that make their customer a subscriber"""
        today = fields.Date.context_today(self)
        return [
            ("is_telephony", "=", True),
            ("contract_id.active", "=", True),
            ("contract_id.contract_type", "=", "sale"),
            ("is_canceled", "=", False),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
        ]

    def _compute_mvno_counts(self):
        contract_lines = self.env["contract.line"]
        domain = [("contract_id.partner_id", "in", self.ids)]

        def count(extra):
            return {
                partner.id: number
                for partner, number in contract_lines._read_group(
                    domain + extra, ["partner_id"], ["__count"]
                )
            }

        contracted = count(self._mvno_contract_line_domain())
        pending = count(contract_lines._without_mobile_line_domain())
        lines = {
            partner.id: number
            for partner, number in self.env["mvno.line"]._read_group(
                [("partner_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["partner_id"],
                ["__count"],
            )
        }
        for partner in self:
            partner.is_mvno_subscriber = bool(contracted.get(partner.id))
            partner.mvno_pending_count = pending.get(partner.id, 0)
            partner.mvno_line_count = lines.get(partner.id, 0)

    def _mvno_overdue(self, company, today):
        """Which of these customers owe what was due. Known to the addon that bills.

        :param company: the ``res.company`` they owe it to
        :param today: today's local date
        :return: ``res.partner`` records
        """
        return self.browse()

    def _search_is_mvno_subscriber(self, operator, value):
        if operator != "in":
            return NotImplemented
        contract_lines = self.env["contract.line"]
        query = contract_lines._search(self._mvno_contract_line_domain())
        partner_id = contract_lines._field_to_sql(query.table, "partner_id", query)
        return [("id", "in", query.subselect(partner_id))]

    def action_mvno_subscribe(self):
        """Open the subscribe dialog for this customer."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_subscribe_action",
            context={"default_partner_id": self.id, "dialog_size": "extra-large"},
        )

    def action_view_mvno_lines(self):
        """Open this customer's mobile lines."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_line_action",
            domain=[("partner_id", "=", self.id)],
            context={"default_partner_id": self.id},
        )
