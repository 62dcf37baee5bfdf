# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

CALL_RECORDS = "tip_mvno.group_call_records"


class MvnoFileProblem(models.Model):
    """A cell of a loaded file that cannot be read, and why."""

    _name = "mvno.file.problem"
    _description = "Row of a File That Cannot Be Read"
    _order = "row, id"
    _rec_name = "row"
    _log_access = False

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    row = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char(string="As Loaded", readonly=True, groups=CALL_RECORDS)
    shown_value = fields.Char(string="Value", compute="_compute_shown_value")
    reason = fields.Char(string="Why", readonly=True)

    _of_target = models.Index("(res_model, res_id)")

    @api.depends("value", "res_model")
    @api.depends_context("uid")
    def _compute_shown_value(self):
        """A column that was taken for another may hold called numbers, where the file
        is of calls."""
        may_see = self.env.su or self.env.user.has_group(CALL_RECORDS)
        for problem in self:
            is_shown = may_see or problem.res_model != "mvno.statement"
            problem.shown_value = is_shown and problem.sudo().value
