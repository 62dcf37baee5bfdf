# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import (
    BULK,
    INTERACTIVE,
    Misconfigured,
    NotFound,
    OutcomeUnknown,
    Refused,
    SlotUnavailable,
    Throttled,
    TipClient,
    TipError,
    TokenRefused,
    Unavailable,
    Unreachable,
)


# Seconds a call may wait for a slot of the rate limit.
INTERACTIVE_PATIENCE = 5.0
BULK_PATIENCE = 20.0


def _tz_get(self):
    zones = sorted(pytz.common_timezones)
    return [(zone, zone) for zone in zones]


class MvnoPlatform(models.Model):
    """An account at the MVNO platform: where it is, its token, its limits.

    Everything else reaches the platform through :meth:`_client`.
    """

    _name = "mvno.platform"
    _description = "MVNO Platform"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(string="Identification", required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Who is told when something on this platform needs a person.",
    )
    base_url = fields.Char(
        string="Address",
        required=True,
        default="https://mvno.tipbrasil.com.br/api/public",
        groups="base.group_system",
        help="The address TIP Brasil (or its reseller) gave you with the token.",
    )
    user_token = fields.Char(
        string="Token",
        copy=False,
        groups="base.group_system",
        help="The access token TIP Brasil gave you. It is never shown in logs.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("connected", "Connected"), ("error", "Error")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    last_error = fields.Text(readonly=True, copy=False)
    connected_at = fields.Datetime(
        string="Last Answer", readonly=True, copy=False, help="Last successful test."
    )
    requests_per_minute = fields.Integer(
        string="Calls per Minute",
        required=True,
        default=50,
        help="TIP refuses calls above 60 a minute for one token. The limit holds for "
        "all workers and for every platform record with the same token.",
    )
    usage_unit = fields.Selection(
        [("mb", "MB"), ("gb", "GB")],
        string="Unit of Usage",
        required=True,
        default="mb",
        help="The unit in which the platform reports data usage.",
    )
    balance_unit = fields.Selection(
        [("mb", "MB"), ("gb", "GB")],
        string="Unit of Balance",
        required=True,
        default="gb",
        help="The unit in which the platform reports data balances.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default="America/Sao_Paulo",
        help="Days and months begin and end in this time zone.",
    )
    call_deadline = fields.Integer(
        string="Deadline of a Call (s)",
        required=True,
        default=30,
        help="Seconds after which a call to the platform is given up.",
    )
    settle_first_read = fields.Integer(
        string="First Check (s)",
        required=True,
        default=10,
        help="Seconds after an unclear outcome before the platform is asked what "
        "became of it. The following checks come at growing distances.",
    )
    settle_seconds = fields.Integer(
        string="Checks Last (s)",
        required=True,
        default=900,
        help="How long the platform is asked before an unclear request counts as "
        "not done and is sent again: an effect can come late.",
    )
    plan_ids = fields.One2many("mvno.plan", "platform_id", string="Plan Catalogue")
    sync_ids = fields.One2many(
        "mvno.sync", "platform_id", string="Synchronizations", readonly=True
    )
    plan_count = fields.Integer(compute="_compute_counts")
    simcard_count = fields.Integer(string="SIM Cards", compute="_compute_counts")
    line_count = fields.Integer(string="Lines", compute="_compute_counts")

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)",
        "There is already a platform with this identification in this company.",
    )
    _requests_per_minute_range = models.Constraint(
        "CHECK(requests_per_minute BETWEEN 1 AND 60)",
        "Calls per minute: choose a number from 1 to 60. TIP refuses more.",
    )
    _deadline_range = models.Constraint(
        "CHECK(call_deadline BETWEEN 1 AND 120)",
        "Deadline of a call: choose from 1 to 120 seconds.",
    )
    _settle_range = models.Constraint(
        "CHECK(settle_first_read >= 0 AND settle_seconds >= 0)",
        "The times of the checks cannot be negative.",
    )

    def _compute_counts(self):
        for field_name, model in (
            ("plan_count", "mvno.plan"),
            ("simcard_count", "mvno.simcard"),
            ("line_count", "mvno.line"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("platform_id", "in", self.ids)], ["platform_id"], ["__count"]
                )
            )
            for platform in self:
                platform[field_name] = counts.get(platform, 0)

    @api.constrains("base_url")
    def _check_base_url(self):
        for platform in self.sudo():
            parts = urlsplit(platform.base_url or "")
            local = parts.hostname in ("127.0.0.1", "localhost", "::1")
            if parts.scheme == "https" or (parts.scheme == "http" and local):
                if parts.hostname and not parts.query and not parts.username:
                    continue
            raise ValidationError(
                self.env._(
                    "Platform %(name)s: the address must start with https:// and hold "
                    "neither a token nor a password. Copy it from TIP's e-mail, for "
                    "example https://mvno.tipbrasil.com.br/api/public",
                    name=platform.name,
                )
            )

    def write(self, vals):
        if {"user_token", "base_url"} & set(vals) and "state" not in vals:
            # what was tested is not what will be called any more
            vals = {**vals, "state": "draft", "last_error": False}
        return super().write(vals)

    # === THE ONE DOOR TO THE PLATFORM === #

    def _client(self, priority=BULK, *, slot_taken=False):
        """Give the client that speaks this platform's dialect.

        :param priority: INTERACTIVE when a person waits, else BULK
        :param bool slot_taken: the caller has taken the first call's slot already
        :return: a ``TipClient``; it keeps no cursor open between its calls
        :raise UserError: when the platform has no token yet
        """
        self.ensure_one()
        platform = self.sudo()
        if not platform.user_token:
            raise UserError(
                self.env._(
                    "Platform %(name)s has no token. Ask an administrator to fill it "
                    "in Telefonia MVNO > Configuration > Platforms.",
                    name=platform.name,
                )
            )
        limits = self.env["mvno.rate.limit"]
        key = limits._key(platform.base_url, platform.user_token)
        acquire = self._slot_taker()
        return TipClient(
            platform.base_url,
            platform.user_token,
            acquire=_SlotTaken(acquire) if slot_taken else acquire,
            on_throttled=partial(limits._hold_back, key),
            usage_unit=platform.usage_unit,
            balance_unit=platform.balance_unit,
            tz=platform.tz,
            priority=priority,
            deadline=float(platform.call_deadline),
        )

    def _acquire_slot(self, key, requests_per_minute, priority):
        patience = INTERACTIVE_PATIENCE if priority == INTERACTIVE else BULK_PATIENCE
        self.env["mvno.rate.limit"]._acquire(
            key, requests_per_minute, priority, patience
        )

    def _slot_taker(self):
        """Prepare taking a slot of this platform's limit before claiming work for it.

        :return: a callable that takes a priority and needs no cursor; it raises
            ``SlotUnavailable`` when no slot comes free in time
        """
        self.ensure_one()
        platform = self.sudo()
        key = self.env["mvno.rate.limit"]._key(
            platform.base_url, platform.user_token or ""
        )
        return partial(
            self.browse()._acquire_slot, key, platform.requests_per_minute
        )

    def _today(self):
        """:return: today's date where the platform is"""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.tz)).date()

    def _explain(self, error):
        """Say in the user's words what a failed call means and what to do.

        :param TipError error: what the client raised
        :return: str, one or two sentences
        """
        self.ensure_one()
        said = error.user_message
        values = {
            "name": self.name,
            "said": said or self.env._("no reason given"),
            "seconds": round(
                getattr(error, "retry_after", None)
                or getattr(error, "retry_in", None)
                or 0
            ),
        }
        if isinstance(error, TokenRefused):
            return self.env._(
                "Platform %(name)s refused the token. Check the token and the address "
                "in Configuration > Platforms, then test the connection.",
                **values,
            )
        if isinstance(error, Unreachable):
            return self.env._(
                "Platform %(name)s could not be reached; nothing was sent. Check the "
                "address and this server's internet connection, then try again.",
                **values,
            )
        if isinstance(error, Throttled):
            return self.env._(
                "Platform %(name)s asks to wait %(seconds)s seconds: too many calls. "
                "Waiting work goes on by itself.",
                **values,
            )
        if isinstance(error, SlotUnavailable):
            return self.env._(
                "Platform %(name)s: the limit of calls per minute is used up by other "
                "work. Try again in %(seconds)s seconds.",
                **values,
            )
        if isinstance(error, Misconfigured):
            return self.env._(
                "What answers at platform %(name)s's address is not TIP's API. Check "
                "the address in Configuration > Platforms.",
                **values,
            )
        if isinstance(error, NotFound):
            return self.env._(
                "Platform %(name)s does not know this SIM card or line (%(said)s). "
                "Compare the ICCID with TIP's panel.",
                **values,
            )
        if isinstance(error, Refused):
            return self.env._("Platform %(name)s refused: %(said)s", **values)
        if isinstance(error, OutcomeUnknown):
            return self.env._(
                "Platform %(name)s did not confirm the request. It will be asked what "
                "became of it; do not repeat it by hand.",
                **values,
            )
        if isinstance(error, Unavailable):
            return self.env._(
                "Platform %(name)s does not answer properly right now (%(said)s). "
                "Nothing was changed; try again in a few minutes.",
                **values,
            )
        return self.env._("Platform %(name)s: %(said)s", **values)

    # === ACTIONS === #

    def action_test_connection(self):
        """Ask the platform for its plans, the smallest read, and note the answer.

        :return: a notification that says what happened; the record is reloaded
        """
        self.ensure_one()
        self.check_access("write")
        try:
            plans = self._client(INTERACTIVE).plans()
        except TipError as error:
            sentence = self._explain(error)
            self.sudo().write({"state": "error", "last_error": sentence})
            return self._notify(sentence, "danger")
        self.sudo().write(
            {
                "state": "connected",
                "last_error": False,
                "connected_at": fields.Datetime.now(),
            }
        )
        return self._notify(
            self.env._(
                "Connected to %(name)s: %(count)s plans in its catalogue.",
                name=self.name,
                count=len(plans),
            ),
            "success",
        )

    def action_sync_plans(self):
        """Set the plan catalogue to be read by the cron.

        :return: a notification
        """
        return self._request_sync("plans")

    def action_sync_simcards(self):
        """Set the SIM stock to be read by the cron.

        :return: a notification
        """
        return self._request_sync("simcards")

    def _request_sync(self, kind):
        self.check_access("write")
        for platform in self:
            if not platform.sudo().user_token:
                platform._client()
        self.env["mvno.sync"].sudo()._request(self, kind)
        self.env.ref("tip_mvno.ir_cron_sync")._trigger()
        return self._notify(
            self.env._("The synchronization starts in a moment; its progress shows on "
                       "the platform."),
            "info",
        )

    def action_view_simcards(self):
        """Open this platform's SIM cards."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.mvno_simcard_action"
        )
        return {**action, "domain": [("platform_id", "=", self.id)]}

    def action_view_lines(self):
        """Open this platform's lines."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.mvno_line_action"
        )
        return {**action, "domain": [("platform_id", "=", self.id)]}

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === CRON === #

    @api.model
    def cron_sync(self):
        """Driver of the synchronizations: one call, one committed slice at a time."""
        self.env["mvno.sync"]._drive()


class _SlotTaken:
    """An acquire() whose first call is paid for already."""

    def __init__(self, acquire):
        self._acquire = acquire
        self._prepaid = True

    def __call__(self, priority):
        if self._prepaid:
            self._prepaid = False
            return
        self._acquire(priority)
