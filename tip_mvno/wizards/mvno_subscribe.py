# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import open_action


class MvnoSubscribe(models.TransientModel):
    """The dialog that turns contracted telephony plans into mobile lines."""

    _name = "mvno.subscribe"
    _description = "Subscribe Mobile Lines"
    _inherit = ["mvno.walled"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain=[("is_mvno_subscriber", "=", True)],
    )
    contract_line_ids = fields.Many2many(
        "contract.line",
        string="Contracted Plans",
        compute="_compute_contract_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('id', 'in', available_contract_line_ids)]",
        help="The customer's telephony plans that have no mobile line yet.",
    )
    available_contract_line_ids = fields.Many2many(
        "contract.line", compute="_compute_available_contract_line_ids"
    )
    line_ids = fields.One2many(
        "mvno.subscribe.line",
        "subscribe_id",
        string="Lines",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )

    @api.depends("partner_id")
    def _compute_available_contract_line_ids(self):
        contract_lines = self.env["contract.line"]
        for wizard in self:
            wizard.available_contract_line_ids = (
                contract_lines.search(
                    [
                        *contract_lines._without_mobile_line_domain(),
                        ("contract_id.partner_id", "=", wizard.partner_id.id),
                    ]
                )
                if wizard.partner_id
                else False
            )

    @api.depends("partner_id")
    def _compute_contract_line_ids(self):
        for wizard in self:
            wizard.contract_line_ids = wizard.available_contract_line_ids

    @api.depends("contract_line_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wanted = wizard.contract_line_ids._origin
            kept = wizard.line_ids.contract_line_id._origin
            area_code = self.env["mvno.subscribe.line"]._area_code_of(wizard.partner_id)
            wizard.line_ids = [
                *(
                    Command.unlink(line.id)
                    for line in wizard.line_ids
                    if line.contract_line_id._origin not in wanted
                ),
                *(
                    Command.create(
                        {"contract_line_id": line.id, "area_code": area_code}
                    )
                    for line in wanted - kept
                ),
            ]

    def action_save(self):
        """Make the lines, to be activated later.

        :return: the action that shows them
        :raise UserError: when something needed is missing
        """
        self._check(self._line_problems())
        return self._show(self._create_lines())

    def action_subscribe(self):
        """Make the lines and ask the platform to activate them.

        Nothing is kept when something stands in the way that can be known without the
        platform. It is asked after the commit: what was entered is not lost when it
        does not answer, or does not agree.

        :return: the action that shows them
        :raise UserError: with every problem listed at once
        """
        identity = self.partner_id._mvno_identity_problems()
        self._check(
            self._line_problems() + [sentence for *_where, sentence in identity]
        )
        lines = self._create_lines()
        lines.action_activate()
        return self._show(lines)

    def _line_problems(self):
        """:return: list of sentences about the dialog's lines
        :raise UserError: when there is none
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(customer)s has no telephony plan without a mobile line. Add "
                    "one to the customer's contract first.",
                    customer=self.partner_id.name,
                )
            )
        return [sentence for line in self.line_ids for sentence in line._problems()]

    def _check(self, sentences):
        if sentences:
            raise UserError(
                self.env._("Nothing was saved. Please correct:")
                + "\n"
                + "\n".join(f"• {sentence}" for sentence in dict.fromkeys(sentences))
            )

    def _create_lines(self):
        lines = self.env["mvno.line"].create(
            [line._prepare_line() for line in self.line_ids]
        )
        for dialog_line, line in zip(self.line_ids, lines, strict=True):
            dialog_line.contract_line_id.sudo().mvno_line_id = line
        return lines

    def action_view_contracts(self):
        """Open the customer's contracts, where a further plan is added."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.contract_contract_action",
            domain=[
                ("contract_type", "=", "sale"),
                ("partner_id", "=", self.partner_id.id),
            ],
            context={
                "is_contract": 1,
                "default_contract_type": "sale",
                "default_line_recurrence": True,
                "default_partner_id": self.partner_id.id,
            },
        )

    def _show(self, lines):
        if len(lines) == 1:
            shown = {"views": [(False, "form")], "res_id": lines.id}
        else:
            shown = {"domain": [("id", "in", lines.ids)], "context": {}}
        return open_action(self.env, "tip_mvno.mvno_line_action", **shown)
