# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoUsageEvent(models.Model):
    """A call, a message or a data session, as the platform's statement has it.

    The platform gives events no id. Their identity is the month that was asked for,
    the contract at the platform, a digest of the raw values and, for events equal in
    everything, their ordinal: two real calls in one second both stay, and a month read
    twice adds nothing. Events belong to the month, not to an import. There may be
    millions: they come and go in bulk only, see ``mvno_usage_event_load.py`` and
    ``mvno_usage_event_merge.py``.
    """

    _name = "mvno.usage.event"
    _description = "Call Record"
    _order = "started_at, id"
    _rec_name = "started_at"
    _log_access = False

    platform_id = fields.Many2one(
        "mvno.platform", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    competence = fields.Date(
        string="Billing Month",
        required=True,
        readonly=True,
        help="The first day of the month whose statement holds the event.",
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Line",
        readonly=True,
        ondelete="set null",
        help="Empty while no line here has this contract or number.",
    )
    platform_contract = fields.Char(
        string="Contract at the Platform", required=True, readonly=True
    )
    number = fields.Char(readonly=True, help="The subscriber's number.")
    kind = fields.Selection(
        [("voice", "Call"), ("sms", "SMS"), ("data", "Data")],
        required=True,
        readonly=True,
    )
    started_at = fields.Datetime(string="Start", readonly=True)
    seconds = fields.Integer(string="Duration (s)", readonly=True, default=0)
    upload_mb = fields.Float(string="Upload (MB)", digits=(16, 5), readonly=True)
    download_mb = fields.Float(string="Download (MB)", digits=(16, 5), readonly=True)
    called_number = fields.Char(
        readonly=True, help="Empty where the platform does not tell it."
    )
    amount = fields.Float(
        string="Value",
        digits=(16, 6),
        readonly=True,
        help="In BRL; empty where the platform does not tell it.",
    )
    digest = fields.Char(required=True, readonly=True)
    ordinal = fields.Integer(required=True, readonly=True)

    _identity = models.UniqueIndex(
        "(platform_id, competence, platform_contract, digest, ordinal)",
        "This event is already there.",
    )
    _of_line = models.Index("(mvno_line_id, started_at) WHERE mvno_line_id IS NOT NULL")
    _of_unknown_line = models.Index(
        "(platform_id, competence) WHERE mvno_line_id IS NULL"
    )
    _competence_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM competence) = 1)",
        "A billing month is kept as its first day.",
    )
