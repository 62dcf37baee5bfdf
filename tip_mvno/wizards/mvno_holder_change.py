# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class MvnoHolderChange(models.TransientModel):
    """The dialog for a change of holder (troca de titularidade)."""

    _name = "mvno.holder.change"
    _description = "Change the Holder of a Line"
    _inherit = ["mvno.walled"]

    line_id = fields.Many2one(
        "mvno.line",
        required=True,
        readonly=True,
        default=lambda self: self._default_line_id(),
    )
    company_id = fields.Many2one(related="line_id.company_id", related_sudo=False)
    partner_id = fields.Many2one(
        related="line_id.partner_id", related_sudo=False, string="Present Holder"
    )
    product_id = fields.Many2one(
        related="line_id.product_id", related_sudo=False, string="Plan"
    )
    currency_id = fields.Many2one(
        related="line_id.contract_line_id.currency_id", related_sudo=False
    )
    new_partner_id = fields.Many2one("res.partner", string="New Holder", required=True)
    contract_id = fields.Many2one(
        "contract.contract",
        string="Contract",
        compute="_compute_contract_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('partner_id', '=', new_partner_id), ('contract_type', '=', 'sale'), "
        "('company_id', '=', company_id)]",
        help="The new holder's contract that the line joins. Empty: one is made.",
    )
    date = fields.Date(
        string="Starting On",
        required=True,
        default=fields.Date.context_today,
        help="The first day that the new holder pays for.",
    )
    price = fields.Monetary(
        string="Monthly Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    commitment_end = fields.Date(
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Until when the new holder commits.",
    )
    problems = fields.Text(compute="_compute_problems")

    @api.model
    def _default_line_id(self):
        if self.env.context.get("active_model") == "mvno.line":
            return self.env.context.get("active_id")
        return False

    @api.depends("new_partner_id")
    def _compute_contract_id(self):
        """The new holder's contract, where there is one and no choice."""
        for dialog in self:
            contracts = (
                self.env["contract.contract"].search(
                    [
                        ("partner_id", "=", dialog.new_partner_id.id),
                        ("contract_type", "=", "sale"),
                        ("company_id", "=", dialog.company_id.id),
                    ],
                    limit=2,
                )
                if dialog.new_partner_id
                else self.env["contract.contract"]
            )
            dialog.contract_id = contracts if len(contracts) == 1 else False

    @api.depends("line_id")
    def _compute_price(self):
        for dialog in self:
            paying = dialog.line_id.contract_line_id
            dialog.price = paying._mvno_holder_price() if paying else 0.0
            dialog.commitment_end = paying.commitment_end

    @api.depends("new_partner_id", "date", "line_id")
    def _compute_problems(self):
        for dialog in self:
            dialog.problems = "\n".join(dialog._list_problems()) or False

    def _list_problems(self):
        """:return: list of sentences: what must be corrected before TIP is asked"""
        partner, line = self.new_partner_id, self.line_id
        if not partner:
            return []
        if partner.commercial_partner_id == line.partner_id.commercial_partner_id:
            return [
                self.env._(
                    "%(name)s holds this line already.", name=partner.display_name
                )
            ]
        problems = [sentence for *_at, sentence in partner._mvno_identity_problems()]
        invoiced = line.sudo().contract_line_id.last_date_invoiced
        if self.date and invoiced and self.date <= invoiced:
            problems.append(
                self.env._(
                    "The present holder has invoices up to %(date)s: choose a later "
                    "day.",
                    date=format_date(self.env, invoiced),
                )
            )
        return problems

    def _check_price(self):
        """A new holder is sold to at the price list's value, or goes on at the present
        holder's; less is a manager's to agree on.

        :raise UserError: when it is less and not the user's to decide
        """
        line = self.line_id
        paying = line.sudo().contract_line_id
        if not paying or self.env["contract.line"]._mvno_decides():
            return
        agreed = paying._mvno_holder_price()
        least = min(agreed, line._price_of_plan(line.product_id))
        if paying.currency_id.compare_amounts(self.price, least) < 0:
            raise UserError(
                self.env._(
                    "Line %(line)s: a new holder pays %(price)s a month at least. Ask "
                    "a manager to agree on less.",
                    line=line.display_name,
                    price=paying.currency_id.format(least),
                )
            )

    def action_ask(self):
        """Prepare the text for TIP; the line changes its holder when TIP has.

        :return: the action that opens the request
        :raise UserError: with everything that must be corrected first
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        waiting = line._open_request("holder_change")
        if waiting:
            return waiting.action_open()
        line._refuse_change_of_holder()
        problems = self._list_problems()
        if problems:
            raise UserError(
                self.env._("TIP would refuse this. Please correct:")
                + "\n"
                + "\n".join(f"• {sentence}" for sentence in problems)
            )
        self._check_price()
        request = (
            self.env["mvno.support.request"]
            .sudo()
            .create(
                {
                    "kind": "holder_change",
                    "line_id": line.id,
                    "new_partner_id": self.new_partner_id.id,
                    "date": self.date,
                    "contract_id": self.contract_id.id,
                    "price": self.price,
                    "commitment_end": self.commitment_end,
                }
            )
        )
        return request.action_open()
