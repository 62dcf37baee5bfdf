# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ...tools.actions import open_action

# So many lines are named in a sentence.
LINES_SHOWN = 5
# What of a contract changes what its lines cost, when, or whether they are billed.
TERMS = frozenset(
    {
        "active",
        "company_id",
        "contract_type",
        "currency_id",
        "date_end",
        "date_start",
        "fiscal_position_id",
        "invoice_partner_id",
        "line_recurrence",
        "payment_term_id",
        "pricelist_id",
    }
)
# What these follow from: a journal has a currency, say.
TERMS_FOLLOW = TERMS | {"journal_id", "manual_currency_id"}


class ContractContract(models.Model):
    _inherit = "contract.contract"

    code = fields.Char(index="trigram")
    # an attendant opens contracts without any right to invoices
    invoice_count = fields.Integer(compute_sudo=True)
    mvno_line_count = fields.Integer(string="Lines", compute="_compute_mvno_line_count")

    def _compute_mvno_line_count(self):
        counts = {
            contract.id: count
            for contract, count in self.env["contract.line"]._read_group(
                [("contract_id", "in", self.ids), ("mvno_line_id", "!=", False)],
                ["contract_id"],
                ["mvno_line_id:count_distinct"],
            )
        }
        for contract in self:
            contract.mvno_line_count = counts.get(contract._origin.id, 0)

    # === SIGNING === #

    def _convert_contract_lines(self, contract):
        """A template names a plan, and a price only if it is none of 0."""
        lines = self.env["contract.line"]
        for line in super()._convert_contract_lines(contract):
            product = line.product_id
            if product.is_telephony:
                vals = line._convert_to_write(dict(line._cache))
                # it is the template's id until the line is the contract's
                del vals["contract_id"], vals["price_unit"]
                price = line.specific_price or line._telephony_price(self, product)
                signed = line._telephony_form_values(self, product, price)
                line = line.new({**vals, **signed})
            lines += line
        return lines

    @api.onchange("partner_id", "company_id")
    def _onchange_partner_id(self):
        """Plans that were chosen before the customer have the customer's prices."""
        result = super()._onchange_partner_id()
        no_list = self.env["product.pricelist"]
        for line in self.contract_line_ids.filtered(
            lambda line: line.product_id.is_telephony and not line._origin
        ):
            product = line.product_id
            if line.specific_price == line._telephony_price(self, product, no_list):
                line.specific_price = line._telephony_price(self, product)
        return result

    # === WRITING === #

    def write(self, vals):
        if "partner_id" in vals:
            self._mvno_refuse_other_customer(vals["partner_id"])
        if self.env.su or TERMS_FOLLOW.isdisjoint(vals):
            return super().write(vals)
        before = {
            contract: {name: contract[name] for name in TERMS}
            for contract in self.sudo()
            if contract._mvno_served_lines()
        }
        result = super().write(vals)
        self._mvno_note_terms(before)
        return result

    def _mvno_served_lines(self):
        """:return: the mobile lines the platform knows that these contracts pay for"""
        return self.contract_line_ids.mvno_line_id.filtered(
            lambda line: line.state not in ("draft", "cancelled")
            and line.contract_line_id.contract_id in self
        )

    def _mvno_note_terms(self, before):
        """Keep what was changed on contracts that pay for lines in service.

        :param dict before: {contract: {name: value}}
        :raise AccessError: where something changed and the user may not decide it
        """
        terms = self.sudo().fields_get(TERMS)
        for contract, values in before.items():
            changed, tracking = contract._mail_track(terms, values)
            if changed and not self.env["contract.line"]._mvno_decides():
                lines = contract._mvno_served_lines() or contract.contract_line_ids
                raise AccessError(
                    self.env._(
                        "Contract %(contract)s pays for mobile lines in service "
                        "(%(lines)s), so only a manager changes this: %(fields)s.",
                        contract=contract.display_name,
                        lines=format_list(
                            self.env, lines[:LINES_SHOWN].mapped("display_name")
                        ),
                        fields=format_list(
                            self.env, sorted(terms[name]["string"] for name in changed)
                        ),
                    )
                )
            if changed:
                contract._message_log(
                    body=self.env._("The contract was changed by hand."),
                    author_id=self.env.user.partner_id.id,
                    tracking_value_ids=tracking,
                )

    def _mvno_refuse_other_customer(self, partner_id):
        """The platform knows who holds a line, which the contract alone cannot change.

        :param int partner_id: who would become the contracts' customer
        :raise UserError: when they pay for lines the platform knows; says what to do
        """
        partner = self.env["res.partner"].browse(partner_id).commercial_partner_id
        moving = self.sudo().filtered(
            lambda contract: contract.partner_id.commercial_partner_id != partner
        )
        lines = moving._mvno_served_lines()
        if lines:
            raise UserError(
                self.env._(
                    "Contract %(contract)s pays for mobile lines (%(lines)s), which "
                    "the platform keeps in the customer's name. Open each line and "
                    "choose Change of Holder; the contract follows by itself.",
                    contract=lines[0].contract_line_id.contract_id.display_name,
                    lines=format_list(
                        self.env, lines[:LINES_SHOWN].mapped("display_name")
                    ),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_none_in_service(self):
        """The database deletes a contract's lines with it."""
        self.contract_line_ids._unlink_none_in_service()

    def action_view_mvno_lines(self):
        """Open the mobile lines this contract pays for."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_line_action",
            domain=[("contract_line_ids.contract_id", "=", self.id)],
            context={},
        )
