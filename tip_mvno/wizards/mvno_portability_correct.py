# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import open_action
from ..tools.brazil import mobile_area_code, mobile_e164


class MvnoPortabilityCorrect(models.TransientModel):
    """The dialog that corrects a port-in and asks for it again."""

    _name = "mvno.portability.correct"
    _description = "Correct a Port-in and Send It Again"
    _inherit = ["mvno.walled"]

    portability_id = fields.Many2one(
        "mvno.portability",
        string="Port-in",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    line_id = fields.Many2one(related="portability_id.line_id", related_sudo=False)
    line_state = fields.Selection(related="line_id.state", related_sudo=False)
    partner_id = fields.Many2one(
        related="portability_id.partner_id", related_sudo=False
    )
    status_sentence = fields.Char(
        related="portability_id.status_sentence", related_sudo=False
    )
    next_step = fields.Text(related="portability_id.next_step", related_sudo=False)
    number = fields.Char(
        string="Number to Bring",
        compute="_compute_number",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    donor = fields.Char(
        string="Donor Operator",
        compute="_compute_donor",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    correction = fields.Text(
        string="What Was Corrected",
        help="For TIP's support: for example the holder's name, the CPF, the operator.",
    )

    @api.depends("portability_id")
    def _compute_number(self):
        for dialog in self:
            dialog.number = dialog.portability_id.display_name

    @api.depends("portability_id")
    def _compute_donor(self):
        for dialog in self:
            dialog.donor = dialog.portability_id.donor

    def action_send(self):
        """Ask for the port-in again with what the dialog says.

        :return: the action that shows the new port-in, with the text for TIP's support
        :raise UserError: when the number cannot be brought to this line
        """
        self.ensure_one()
        self.portability_id._refuse_repeat()
        repeated = self.portability_id._repeat(
            self._number_to_bring(), self.donor, self.correction
        )
        return open_action(
            self.env,
            "tip_mvno.mvno_portability_action",
            views=[(False, "form")],
            res_id=repeated.id,
        )

    def _number_to_bring(self):
        line = self.portability_id.line_id
        try:
            number = mobile_e164(self.number or "", line.area_code)
        except ValueError:
            raise UserError(
                self.env._(
                    "%(number)s is no mobile number. Fill the number to bring as DDD "
                    "and nine digits, for example (11) 91234-5678.",
                    number=self.number or "—",
                )
            ) from None
        if mobile_area_code(number) != line.area_code:
            raise UserError(
                self.env._(
                    "A number keeps its DDD: %(number)s cannot be brought to a line "
                    "of DDD %(code)s. Subscribe a new line with that DDD.",
                    number=line._format_number(number),
                    code=line.area_code,
                )
            )
        # whichever company's: a number is under way once
        others = (
            self.env["mvno.portability"]
            .sudo()
            .search_count(
                [
                    ("number", "=", number),
                    ("is_open", "=", True),
                    ("id", "!=", self.portability_id.id),
                ],
                limit=1,
            )
        )
        if others:
            raise UserError(
                self.env._(
                    "A port-in of %(number)s is under way already, for another line.",
                    number=line._format_number(number),
                )
            )
        if own := line._own_number_problem(number, line):
            raise UserError(own)
        return number
