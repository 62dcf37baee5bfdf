# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ...tools.labels import labels_of

# How it is known since when a change counts.
SOURCES = [
    ("recorded", "When it was noted"),
    ("platform", "The platform's time"),
    ("sent", "When the request was sent"),
    ("asked", "The day it was asked for"),
    ("confirmed", "A person's word"),
    ("last_read", "The last read that said otherwise"),
    ("taken_over", "Since it is billed here"),
]


class MvnoTransition(models.Model):
    """One change of a record's state: who made it, why and when.

    When it was noted is one thing, since when it counts another: TIP may have blocked a
    line days before somebody here learnt of it.

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
    effective_at = fields.Datetime(
        string="Counts from",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="Since when the change counts, for what is billed by days say.",
    )
    effective_source = fields.Selection(
        SOURCES,
        string="Known by",
        required=True,
        readonly=True,
        default="recorded",
        help="How it is known since when the change counts.",
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
