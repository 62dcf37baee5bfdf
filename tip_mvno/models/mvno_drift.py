# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

# Every legal change of a drift's state: {state: {event: next state}}.
TRANSITIONS = {
    "open": {"ask": "waiting", "ignore": "ignored", "resolve": "resolved"},
    "waiting": {"reopen": "open", "ignore": "ignored", "resolve": "resolved"},
    "ignored": {"reopen": "open", "resolve": "resolved"},
    "resolved": {},
}
KINDS = [
    ("cancelled_there", "Cancelled at TIP, in service here"),
    ("active_there", "Cancelled here, in service at TIP"),
    ("unknown_here", "In service at TIP, unknown here"),
    ("missing_there", "In service here, not listed by TIP"),
    ("other_plan", "Another plan at TIP"),
    ("other_holder", "Another holder at TIP"),
    ("other_simcard", "Another SIM card at TIP"),
    ("other_contract", "Another contract at TIP"),
    ("blocked_there", "Blocked at TIP, not by us"),
    ("unblocked_there", "Not blocked at TIP, though we hold it"),
    ("simcard_gone", "SIM card not in TIP's stock any more"),
]
# What may follow from each kind besides asking TIP and ignoring it.
WAYS_OUT = {
    "cancelled_there": ("cancel_here", "port_out"),
    "missing_there": ("cancel_here", "port_out", "read"),
    "active_there": ("cancel_there",),
    "unknown_here": ("take_over",),
    "other_plan": ("follow_plan", "change_plan"),
    "other_simcard": ("follow_simcard",),
    "other_contract": ("follow_contract",),
    "blocked_there": ("unblock",),
    "unblocked_there": ("block_again",),
}
# What makes out one contradiction among those of a platform.
KEY = ("subject", "kind")
# What is known of it, taken over again whenever it is seen.
TOLD = (
    "line_id",
    "simcard_id",
    "iccid",
    "number",
    "platform_contract",
    "platform_status",
    "here",
    "there",
    "holder",
    "document",
)


class MvnoDrift(models.Model):
    """Something the platform and we contradict each other about.

    The daily comparison lists it, a person decides; it is resolved by itself when a
    later comparison no longer sees it.
    """

    _name = "mvno.drift"
    _description = "Drift from the Platform"
    _inherit = ["mvno.stateful"]
    _order = "first_seen, id"
    _rec_names_search = ["number", "iccid", "line_id"]
    _transitions = TRANSITIONS

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    kind = fields.Selection(KINDS, string="What", required=True, readonly=True)
    subject = fields.Char(
        required=True,
        readonly=True,
        help="What it is about: a line here, else an ICCID or contract there.",
    )
    line_id = fields.Many2one(
        "mvno.line", index=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="line_id.partner_id", string="Subscriber")
    simcard_id = fields.Many2one(
        "mvno.simcard", string="SIM Card", index=True, readonly=True, ondelete="cascade"
    )
    iccid = fields.Char(string="ICCID at TIP", readonly=True)
    number = fields.Char(string="Number at TIP", readonly=True)
    platform_contract = fields.Char(string="Contract at TIP", readonly=True)
    platform_status = fields.Char(string="Status at the Platform", readonly=True)
    here = fields.Char(string="We Say", readonly=True)
    there = fields.Char(string="TIP Says", readonly=True)
    holder = fields.Char(string="Holder at TIP", readonly=True)
    document = fields.Char(string="Holder's CPF or CNPJ at TIP", readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("waiting", "Waiting for TIP"),
            ("ignored", "Ignored"),
            ("resolved", "Resolved"),
        ],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    first_seen = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    last_seen = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    seen_in = fields.Integer(
        readonly=True, help="The number of the comparison that saw it last."
    )
    days = fields.Integer(compute="_compute_days", help="How long it has been so.")
    note = fields.Text(help="For whoever looks after it.")
    explanation = fields.Text(compute="_compute_explanation")
    support_text = fields.Text(
        string="Text for TIP",
        compute="_compute_support_text",
        help="Copy it to TIP's support.",
    )

    _open_once = models.UniqueIndex(
        "(platform_id, subject, kind) WHERE state != 'resolved'",
        "This contradiction is listed already.",
    )

    @api.depends("kind", "line_id.display_name", "iccid", "platform_contract")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for drift in self:
            subject = (
                drift.line_id.display_name
                or drift.iccid
                or drift.simcard_id.iccid
                or drift.platform_contract
                or ""
            )
            drift.display_name = f"{labels.get(drift.kind, '')}: {subject}"

    @api.depends("first_seen", "last_seen", "state")
    def _compute_days(self):
        now = fields.Datetime.now()
        for drift in self:
            end = drift.last_seen if drift.state == "resolved" else now
            drift.days = (end - drift.first_seen).days if drift.first_seen else 0

    # === LISTING === #

    @api.model
    def _list(self, platform, found, answer):
        """List what a comparison found; what is listed already was seen once more.

        :param platform: ``mvno.platform`` record
        :param list found: dicts with ``kind``, ``subject`` and values of ``TOLD``
        :param Answer answer: the platform's, that the comparison is with
        :return: the drifts, new and known
        """
        by_key = {tuple(values[name] for name in KEY): values for values in found}
        if not by_key:
            return self.browse()
        known = self.search(
            [
                ("platform_id", "=", platform.id),
                ("state", "!=", "resolved"),
                ("subject", "in", [values["subject"] for values in by_key.values()]),
            ]
        ).filtered(lambda drift: (drift.subject, drift.kind) in by_key)
        seen = {"last_seen": fields.Datetime.now(), "seen_in": answer.number}
        known.write(seen)
        for drift in known:
            told = by_key.pop((drift.subject, drift.kind))
            written = drift._convert_to_write({name: drift[name] for name in TOLD})
            changed = {
                name: told.get(name) or False
                for name in TOLD
                if (written[name] or False) != (told.get(name) or False)
            }
            if changed:
                drift.write(changed)
        return known | self.create(
            [
                {
                    **values,
                    "platform_id": platform.id,
                    "first_seen": seen["last_seen"],
                    **seen,
                }
                for values in by_key.values()
            ]
        )

    def _settle_gone(self):
        """Resolve what the platform and we no longer contradict each other about."""
        self._transition(
            "resolve", self.env._("The comparison does not see it any more.")
        )
