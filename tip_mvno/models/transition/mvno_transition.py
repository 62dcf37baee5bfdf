# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ...tools.labels import labels_of


class MvnoTransition(models.Model):
    """One change of a record's state: who made it, why and when.

    Written by ``mvno.stateful`` only, and never changed afterwards.
    """

    _name = "mvno.transition"
    _description = "Change of State"
    _order = "id desc"
    _rec_name = "event"
    _log_access = False

    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", index="btree_not_null", readonly=True)
    event = fields.Char(required=True, readonly=True)
    state_from = fields.Char(string="From", required=True, readonly=True)
    state_to = fields.Char(string="To", required=True, readonly=True)
    change = fields.Char(compute="_compute_change")
    reason = fields.Text(string="Why", readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True)
    date = fields.Datetime(
        string="When", required=True, readonly=True, default=fields.Datetime.now
    )

    _record = models.Index("(res_model, res_id, id DESC)")

    def _compute_change(self):
        """Word the change the way the record's status bar does."""
        for model_name, changes in self.grouped("res_model").items():
            labels = labels_of(self.env[model_name], "state")
            for change in changes:
                before = labels.get(change.state_from, change.state_from)
                after = labels.get(change.state_to, change.state_to)
                change.change = f"{before} → {after}"
