# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..tools.month import month_text


class MvnoTermsChangeRow(models.TransientModel):
    """A line whose terms are to change, with what speaks against it."""

    _name = "mvno.terms.change.row"
    _description = "Line of a Change of Terms"
    _inherit = ["mvno.walled"]
    _order = "warning, id"
    _transient_max_hours = 48.0

    change_id = fields.Many2one(
        "mvno.terms.change",
        string="Change of Terms",
        required=True,
        index=True,
        ondelete="cascade",
    )
    contract_line_id = fields.Many2one(
        "contract.line", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="contract_line_id.partner_id", related_sudo=False, string="Customer"
    )
    mvno_line_id = fields.Many2one(
        related="contract_line_id.mvno_line_id",
        related_sudo=False,
        string="Mobile Line",
    )
    changes = fields.Text(string="What Changes", readonly=True)
    warning = fields.Char(string="Mind", readonly=True)
    selected = fields.Boolean(string="Change")
    successor_id = fields.Many2one(
        "contract.line",
        string="New Contract Line",
        readonly=True,
        ondelete="set null",
        help="Filled in once it is changed.",
    )

    _contract_line_once = models.Constraint(
        "UNIQUE(change_id, contract_line_id)", "A line is changed once."
    )

    def _apply(self):
        """Let successors go on with the new terms, all of them at once.

        :raise UserError: when days of the new terms are invoiced
        """
        change = self.change_id
        change.ensure_one()
        self.contract_line_id.check_access("write")
        # what somebody changed meanwhile is not what was looked at
        fresh = self.filtered(lambda row: row._is_as_listed())
        (self - fresh).write(
            {
                "selected": False,
                "warning": self.env._(
                    "Left as it is: its contract line changed since the list was made, "
                    "or other terms were chosen. Make the list again."
                ),
            }
        )
        lines = fresh.contract_line_id.sudo()
        successors = lines._mvno_succeed(change.competence, **change._terms())
        notes = {}
        for row, successor in zip(fresh, successors, strict=True):
            row.successor_id = successor
            notes[row.contract_line_id.mvno_line_id.id] = self.env._(
                "Other terms from %(month)s on:\n%(changes)s",
                month=month_text(change.competence),
                changes=row.changes,
            )
        self.env["mvno.line"].browse(notes)._message_log_batch(bodies=notes)

    def _is_as_listed(self):
        """:return: bool, whether the contract line is still what the list shows, and
        would become what it shows"""
        self.ensure_one()
        line, change = self.contract_line_id, self.change_id
        return (
            not line.is_canceled
            and line.date_start < change.competence
            and not (line.date_end and line.date_end < change.competence)
            and line.product_id == change.product_id
            and change._changes(line) == self.changes
        )
