# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


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
    value = fields.Char(readonly=True)
    reason = fields.Char(string="Why", readonly=True)

    _of_target = models.Index("(res_model, res_id)")
