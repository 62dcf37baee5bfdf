# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.actions import open_action
from ...tools.brazil import clean_document
from ...tools.sought import (
    found_by_any,
    phone_key,
    sought_digits,
    sought_document,
)


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

    mvno_sought = fields.Char(
        string="Name, Number, CPF/CNPJ, ICCID or Contract",
        store=False,
        search="_search_mvno_sought",
    )
    mvno_search_key = fields.Char(
        string="Phone and Document",
        compute="_compute_mvno_search_key",
        store=True,
        index="trigram",
        help="Phone and CPF or CNPJ without punctuation: what they are found by.",
    )

    @api.depends("phone", "vat")
    def _compute_mvno_search_key(self):
        for partner in self:
            keys = phone_key(partner.phone), clean_document(partner.vat)
            partner.mvno_search_key = " ".join(filter(None, keys)) or False

    # === SEARCH === #

    @api.model
    def _search_mvno_sought(self, operator, value):
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        return self._mvno_sought_domain(value)

    @api.model
    def _search_display_name(self, operator, value):
        """A number finds its customer wherever one is chosen, however it is written."""
        domain = super()._search_display_name(operator, value)
        if operator == "ilike" and isinstance(value, str) and sought_digits(value):
            return domain | self._mvno_sought_domain(value)
        return domain

    @api.model
    def _mvno_sought_domain(self, text):
        """What finds a customer: what it is known by itself, its lines, its contracts.

        :param str text: as typed or pasted
        :return: domain
        """
        lines = self.env["mvno.line"]
        return found_by_any(
            self,
            *self._mvno_sought_own_domains(text),
            Domain("contract_ids.code", "ilike", text.strip()),
            *(
                Domain("mvno_line_ids", "any", domain)
                for domain in lines._sought_own_domains(text)
            ),
        )

    @api.model
    def _mvno_sought_own_domains(self, text):
        """:return: list of domains: customers by name, by any part of phone, CPF or
        CNPJ"""
        domains = [Domain("complete_name", "ilike", text.strip())]
        if key := sought_digits(text) or sought_document(text):
            domains.append(Domain("mvno_search_key", "ilike", key))
        return domains

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
