# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoLine(models.Model):
    """What a line shows of the number that is brought to it."""

    _inherit = "mvno.line"

    portability_ids = fields.One2many("mvno.portability", "line_id", string="Port-ins")
    portability_id = fields.Many2one(
        "mvno.portability",
        string="Port-in",
        compute="_compute_portability_id",
        store=True,
        index="btree_not_null",
        help="The last one: an earlier one that failed may have been sent again.",
    )
    portability_state = fields.Selection(
        related="portability_id.state", string="Port-in Status"
    )
    port_in_window = fields.Char(
        string="Window (local time)", compute="_compute_port_in_window"
    )
    port_in_sentence = fields.Char(
        related="portability_id.status_sentence", string="About the Port-in"
    )
    port_in_next_step = fields.Text(related="portability_id.next_step")
    port_in_needs_answer = fields.Boolean(
        string="Port-in Failed", compute="_compute_port_in_needs_answer"
    )
    number_awaited = fields.Char(
        string="Number to Come",
        compute="_compute_number_awaited",
        help="The number that replaces the temporary one when its port-in is done.",
    )

    @api.depends("portability_ids")
    def _compute_portability_id(self):
        for line in self:
            line.portability_id = line.portability_ids.sorted("id")[-1:]

    @api.depends("portability_id.is_open", "portability_id.number", "number")
    def _compute_number_awaited(self):
        for line in self:
            port_in = line.portability_id
            awaited = line.number and port_in.is_open and port_in.number != line.number
            line.number_awaited = awaited and port_in.display_name

    @api.depends("portability_id.can_be_repeated", "portability_id.is_given_up")
    def _compute_port_in_needs_answer(self):
        for line in self:
            port_in = line.portability_id
            line.port_in_needs_answer = (
                port_in.can_be_repeated and not port_in.is_given_up
            )

    @api.depends("portability_id.is_open", "portability_id.window_text")
    @api.depends_context("lang")
    def _compute_port_in_window(self):
        for line in self:
            port_in = line.portability_id
            line.port_in_window = port_in.is_open and port_in.window_text

    @api.model
    def _own_number_problem(self, number, line=None):
        """A number of one's own is in service already: a port-in would be refused days
        later, and its new line be billed beside the old one.

        :param str number: E.164, to be brought
        :param line: ``mvno.line`` record it is for, if there is one
        :return: a sentence when it serves another line, of whichever company; else None
        """
        serving = self.sudo().search_count(
            [
                ("number", "=", number),
                ("state", "in", self._live_states),
                ("id", "!=", line.id if line else False),
            ],
            limit=1,
        )
        if not serving:
            return None
        return self.env._(
            "%(number)s serves a line of your own already: there is nothing to bring. "
            "Open that line, and choose “Change of Holder” or “Lost, Stolen or "
            "Broken”.",
            number=self._format_number(number),
        )

    def action_correct_port_in(self):
        """Open the dialog that corrects the line's port-in and asks for it again."""
        self.ensure_one()
        return self.portability_id.action_correct()

    def _end_port_ins(self, _date):
        self.portability_ids.filtered("is_open")._transition(
            "cancel", self.env._("The line was cancelled.")
        )
