# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, plaintext2html

from ...tools.bulk import where
from ..hold.mvno_line import MET_ANOTHER

_logger = logging.getLogger(__name__)

# Every legal change of a planned change's state: {state: {event: next state}}.
TRANSITIONS = {
    "scheduled": {"ask": "asked", "cancel": "cancelled"},
    "asked": {},
    "cancelled": {},
}
REGISTERED = "tip_mvno.mail_template_plan_change_registered"


class MvnoPlanChange(models.Model):
    """A change of plan that waits for the first day of a billing month."""

    _name = "mvno.plan.change"
    _description = "Planned Change of Plan"
    _inherit = ["mvno.stateful", "mail.thread", "mvno.customer.request"]
    _order = "date desc, id desc"
    _rec_name = "product_id"
    _transitions = TRANSITIONS
    _open_states = ("scheduled",)
    _protocol_series = 8

    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, readonly=True, ondelete="cascade"
    )
    platform_id = fields.Many2one(related="line_id.platform_id")
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="line_id.partner_id", string="Subscriber")
    product_id = fields.Many2one(
        "product.product",
        string="New Plan",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    price = fields.Monetary(string="Monthly Value", readonly=True)
    currency_id = fields.Many2one(related="line_id.contract_line_id.currency_id")
    commitment_end = fields.Date(
        readonly=True, help="Of a commitment that begins again. Empty: it stays."
    )
    date = fields.Date(string="Starting On", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [("scheduled", "Planned"), ("asked", "Asked"), ("cancelled", "Cancelled")],
        string="Status",
        required=True,
        default="scheduled",
        readonly=True,
        index=True,
    )

    _one_planned = models.UniqueIndex(
        "(line_id) WHERE state = 'scheduled'",
        "A change of plan is planned for this line already.",
    )

    _protocol_uniq = models.UniqueIndex(
        "(protocol)", "Two requests cannot have the same protocol number."
    )

    @api.depends("product_id", "date")
    def _compute_display_name(self):
        for change in self:
            change.display_name = self.env._(
                "%(plan)s from %(date)s",
                plan=change.product_id.display_name,
                date=format_date(self.env, change.date),
            )

    @api.model
    def _schedule(self, lines, wishes):
        """Plan a change for the next billing month; it replaces one planned before.

        :param lines: ``mvno.line`` records
        :param list wishes: of dict, per line what to change to
        :return: the planned changes
        """
        lines.plan_change_ids._give_way()
        changes = self.create(
            [
                {
                    **wish,
                    "line_id": line.id,
                    "user_id": self.env.uid,
                    "date": line.platform_id._today() + relativedelta(months=1, day=1),
                }
                for line, wish in zip(lines, wishes, strict=True)
            ]
        )
        changes._mail_registered()
        return changes

    def _give_way(self):
        """Another wish takes the place of what was planned."""
        planned = self._still_open()
        planned._transition("cancel", self.env._("Another change was asked for."))
        # the database must know before the next one is planned
        planned.flush_recordset(["state"])

    def action_cancel(self):
        """Give up planned changes; the lines keep their plans."""
        self.line_id.check_access("write")
        self.sudo()._transition(
            "cancel", self.env._("Cancelled by %(user)s.", user=self.env.user.name)
        )

    @api.model
    def _request_due(self, after=0, limit=None):
        """Ask the platform for what is due today, where the platform is.

        A line with another request on its way is asked for a little later.

        :param int after: id of the last planned change that was looked at
        :param int limit: so many are looked at
        :return: the planned changes that were looked at
        """
        looked_at = self.search(
            [
                ("state", "=", "scheduled"),
                ("date", "<=", fields.Date.today()),
                ("id", ">", after),
            ],
            order="id",
            limit=limit,
        )
        due = looked_at.filtered(
            lambda change: change.date <= change.line_id.platform_id._today()
            and not change.line_id.open_command_id
        )
        for change in due:
            # what was written for the one before fails as its own, not in here
            self.env.flush_all()
            try:
                with self.env.cr.savepoint():
                    change._request()
            except MET_ANOTHER:
                # the line's next request was made just now: its turn comes later
                _logger.info("Planned change %s waits for another", change.id)
            except Exception as error:
                # one line must not keep the others from being followed
                told = where(error)
                _logger.error(
                    "Planned change %s could not be asked: %s", change.id, told
                )
                change._fail(error)
        return looked_at

    def _request(self):
        self.ensure_one()
        line = self.line_id.with_user(self.user_id).sudo()
        if line.state not in line._live_states or line.product_id == self.product_id:
            self._transition(
                "cancel", self.env._("The line has no use for it any more.")
            )
            return
        self._transition("ask")
        self.flush_recordset(["state"])
        line._check_new_plan(self.product_id)
        line._request_plan(
            [
                {
                    "product_id": self.product_id.id,
                    "price": self.price,
                    "commitment_end": self.commitment_end,
                    "plan_change_id": self.id,
                    # the customer has the protocol already
                    "mailed_steps": self.mailed_steps,
                }
            ]
        )

    def _fail(self, error):
        """Put a planned change that cannot be made before whoever planned it."""
        self.ensure_one()
        # a database error quotes the row it refused
        known = isinstance(error, UserError)
        reason = str(error) if known else type(error).__name__
        self._transition("cancel", reason)
        self.line_id.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("The planned change of plan was not made"),
            note=plaintext2html(reason),
            user_id=self.line_id.platform_id._who_is_told(self.user_id).id,
        )

    # === E-MAIL TO THE CUSTOMER === #

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol."""
        self._mail_customers(REGISTERED, dict.fromkeys(self.ids, "registered"))

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        self.ensure_one()
        return self.env._(
            "change of plan to %(plan)s from %(date)s on",
            plan=self.product_id.name,
            date=format_date(self.env, self.date),
        )
