# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.actions import open_action
from ...tools.cursor import database_now

# Every legal change of an import's state: {state: {event: next state}}.
TRANSITIONS = {
    "reading": {"read": "review", "fail": "error", "discard": "cancelled"},
    "review": {
        "read_again": "reading",
        "apply": "applying",
        "close": "done",
        "discard": "cancelled",
    },
    "applying": {"finish": "done", "remain": "review", "stop": "review"},
    "error": {"read_again": "reading", "discard": "cancelled"},
    "done": {},
    "cancelled": {},
}
VERDICTS = [
    ("create", "To take over"),
    ("incomplete", "To complete"),
    ("conflict", "In conflict"),
    ("matched", "Already here"),
    ("skipped", "Left out"),
    ("adopted", "Taken over"),
]


class MvnoAdoption(models.Model):
    """Taking over the lines that a platform served before it was connected to Odoo.

    What the platform has is read into this record's lines and reviewed by a person;
    nothing else is written before they press "Apply".
    """

    _name = "mvno.adoption"
    _description = "Import of an Existing Base"
    _inherit = ["mvno.stateful", "mvno.reading"]
    _order = "id desc"
    _check_company_auto = True
    _transitions = TRANSITIONS
    _open_states = ("reading", "review", "applying", "error")

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [
            ("reading", "Reading"),
            ("review", "To review"),
            ("applying", "Being applied"),
            ("done", "Done"),
            ("error", "Error"),
            ("cancelled", "Discarded"),
        ],
        string="Status",
        required=True,
        default="reading",
        readonly=True,
        index=True,
        copy=False,
    )
    bill_from = fields.Date(
        string="Bill from",
        help="The first day that is billed here, for every line without a date of its "
        "own. Earlier days are never billed: another system billed them.",
    )
    create_partners = fields.Boolean(
        string="Create unknown customers",
        help="Create a customer for each CPF or CNPJ of the platform that no customer "
        "has yet.",
    )
    line_ids = fields.One2many("mvno.adoption.line", "adoption_id", string="Lines")
    message = fields.Text(readonly=True, copy=False)
    problems = fields.Text(
        readonly=True, copy=False, help="What of the answer could not be used."
    )
    read_number = fields.Integer(
        readonly=True, copy=False, help="How often the platform was asked."
    )
    read_count = fields.Integer(string="Subscribers Read", readonly=True, copy=False)
    subscriber_count = fields.Integer(string="Subscribers", readonly=True, copy=False)
    read_at = fields.Datetime(string="Read on", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    next_attempt = fields.Datetime(readonly=True, copy=False)
    create_count = fields.Integer(string="To take over", compute="_compute_counts")
    incomplete_count = fields.Integer(string="To complete", compute="_compute_counts")
    conflict_count = fields.Integer(string="In conflict", compute="_compute_counts")
    matched_count = fields.Integer(string="Already here", compute="_compute_counts")
    skipped_count = fields.Integer(string="Left out", compute="_compute_counts")
    adopted_count = fields.Integer(string="Taken over", compute="_compute_counts")
    new_customer_count = fields.Integer(
        string="New customers",
        compute="_compute_counts",
        help="Customers that will be created for the lines to take over.",
    )
    undated_count = fields.Integer(
        string="Without a billing date", compute="_compute_counts"
    )
    progress = fields.Float(compute="_compute_progress")
    warning = fields.Char(compute="_compute_warning")

    _one_open = models.UniqueIndex(
        "(platform_id) WHERE state IN ('reading', 'review', 'applying', 'error')",
        "An import of this platform's base is under way already.",
    )

    # === COMPUTES === #

    @api.depends("platform_id.name", "create_date")
    def _compute_display_name(self):
        for adoption in self:
            day = adoption.create_date and format_date(
                self.env, fields.Datetime.context_timestamp(self, adoption.create_date)
            )
            name = adoption.platform_id.name or ""
            adoption.display_name = f"{name} – {day}" if day else name

    @api.depends(
        "line_ids.verdict",
        "line_ids.partner_id",
        "line_ids.document",
        "line_ids.bill_from",
    )
    def _compute_counts(self):
        lines = self.env["mvno.adoption.line"]
        domain = [("adoption_id", "in", self.ids)]
        to_create = [*domain, ("verdict", "=", "create")]
        counts = {
            (adoption.id, verdict): count
            for adoption, verdict, count in lines._read_group(
                domain, ["adoption_id", "verdict"], ["__count"]
            )
        }
        new_customers = dict(
            lines._read_group(
                [*to_create, ("partner_id", "=", False)],
                ["adoption_id"],
                ["document:count_distinct"],
            )
        )
        undated = dict(
            lines._read_group(
                [*to_create, ("bill_from", "=", False)], ["adoption_id"], ["__count"]
            )
        )
        for adoption in self:
            for verdict, _label in VERDICTS:
                adoption[f"{verdict}_count"] = counts.get((adoption.id, verdict), 0)
            adoption.new_customer_count = new_customers.get(adoption, 0)
            adoption.undated_count = undated.get(adoption, 0)

    @api.depends(
        "state", "read_count", "subscriber_count", "create_count", "adopted_count"
    )
    def _compute_progress(self):
        for adoption in self:
            if adoption.state == "reading":
                done, total = adoption.read_count, adoption.subscriber_count
            else:
                done = adoption.adopted_count
                total = done + adoption.create_count
            adoption.progress = 100.0 * done / total if total else 0.0

    @api.depends("bill_from")
    def _compute_warning(self):
        for adoption in self:
            this_month = adoption.platform_id._today().replace(day=1)
            adoption.warning = (
                self.env._(
                    "Months before this one would be billed here, too. Choose this "
                    "date only if no other system billed them."
                )
                if adoption.bill_from and adoption.bill_from < this_month
                else False
            )

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        now = database_now(self.env.cr)
        return super().create([{"next_attempt": now, **vals} for vals in vals_list])

    def write(self, vals):
        if not self.env.su:
            self._check_reviewing()
        return super().write(vals)

    def _check_reviewing(self):
        """:raise UserError: where nothing may be changed by hand now"""
        for adoption in self:
            if adoption.state != "review":
                raise UserError(
                    self.env._(
                        "Import %(name)s is %(state)s: lines can be changed while it "
                        "is to be reviewed.",
                        name=adoption.display_name,
                        state=adoption._state_label(),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_finished(self):
        for adoption in self:
            if adoption.state in adoption._open_states:
                raise UserError(
                    self.env._(
                        "Import %(name)s is under way. Close it before you delete it.",
                        name=adoption.display_name,
                    )
                )

    # === ACTIONS === #

    def action_apply(self):
        """Set the reviewed lines to be taken over by the cron.

        :raise UserError: when there is none, or one has no date to bill from
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "applying":
            return True
        if self.state == "review" and not self.create_count:
            raise UserError(
                self.env._(
                    "There is no line to take over. Complete the lines to complete and "
                    "settle the conflicts first."
                )
            )
        if self.state == "review" and self.undated_count:
            raise UserError(
                self.env._(
                    "Lines without a date from which they are billed: %(count)s. Fill "
                    "in “Bill from” for all of them, or a date on each: what another "
                    "system billed would be billed again.",
                    count=self.undated_count,
                )
            )
        self.sudo()._transition(
            "apply", message=False, next_attempt=database_now(self.env.cr)
        )
        self._trigger()
        return True

    def action_stop(self):
        """Stop after the slice under way; what was taken over stays."""
        self.check_access("write")
        running = self.filtered(lambda adoption: adoption.state == "applying")
        running.sudo()._transition("stop")

    def action_read_again(self):
        """Ask the platform again; what was decided for the lines stays."""
        self.check_access("write")
        waiting = self.filtered(lambda adoption: adoption.state != "reading")
        waiting.sudo()._transition(
            "read_again",
            message=False,
            failures=0,
            begun_count=0,
            next_attempt=database_now(self.env.cr),
        )
        self._trigger()

    def action_close(self):
        """End the import: what was taken over stays, the rest is left as it is."""
        self.check_access("write")
        now = database_now(self.env.cr)
        fruitful = self.filtered(
            lambda adoption: adoption.state == "review" and adoption.adopted_count
        )
        fruitful.sudo()._transition("close", finished_at=now)
        (self - fruitful).sudo()._transition("discard", finished_at=now)

    def action_view_lines(self):
        """Open this import's lines: those of the context's ``verdict``, else all."""
        self.ensure_one()
        verdict = self.env.context.get("verdict")
        search = f"search_default_{verdict or 'group_by_verdict'}"
        return open_action(
            self.env,
            "tip_mvno.mvno_adoption_line_action",
            domain=[("adoption_id", "=", self.id)],
            context={search: 1, "create": False},
        )

    def action_load_file(self):
        """Open the dialog that fills the lines from a file."""
        self.ensure_one()
        self.check_access("write")
        self._check_reviewing()
        return open_action(
            self.env,
            "tip_mvno.mvno_adoption_file_action",
            context={"default_adoption_id": self.id},
        )

    def _trigger(self):
        self.env.ref("tip_mvno.ir_cron_sync").sudo()._trigger()
