# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import urlsplit

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import TipError, is_plain_address
from ...tools.actions import open_action

# Who sees how a platform works; who only invoices reads its name and time zone.
STAFF = "tip_mvno.group_attendant,base.group_system"
# Where an address without encryption leaves this host for nobody to read.
LOCAL = ("127.0.0.1", "localhost", "::1")
# Seconds in which an effect may still show at TIP; a simulated platform is quicker.
SHORTEST_CHECKS = 60


def _is_local(address):
    """:return: bool, whether an address is one on this host"""
    address = (address or "").strip()
    return is_plain_address(address) and urlsplit(address).hostname in LOCAL


def _tz_get(self):
    zones = sorted(pytz.common_timezones)
    return [(zone, zone) for zone in zones]


class MvnoPlatform(models.Model):
    """An account at the MVNO platform: where it is, its token, its limits.

    Everything else reaches the platform through :meth:`_client`.
    """

    _name = "mvno.platform"
    _description = "MVNO Platform"
    _inherit = ["mail.thread", "mail.activity.mixin", "mvno.guarded"]
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
        compute="_compute_user_token",
        inverse="_inverse_user_token",
        copy=False,
        groups="base.group_system",
        help="The access token TIP Brasil gave you. It is never shown in logs.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("connected", "Connected"), ("error", "Error")],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    last_error = fields.Text(readonly=True, copy=False, groups=STAFF)
    connected_at = fields.Datetime(
        string="Last Answer",
        readonly=True,
        copy=False,
        help="Last successful test, or first answer after an error.",
        groups=STAFF,
    )
    requests_per_minute = fields.Integer(
        string="Calls per Minute",
        required=True,
        default=50,
        help="TIP refuses calls above 60 a minute for one token. The limit holds for "
        "all workers and for every platform record with the same token.",
        groups=STAFF,
    )
    usage_unit = fields.Selection(
        [("mb", "MB"), ("gb", "GB")],
        string="Unit of Usage",
        required=True,
        default="mb",
        help="The unit in which the platform reports data usage.",
        groups=STAFF,
    )
    balance_unit = fields.Selection(
        [("mb", "MB"), ("gb", "GB")],
        string="Unit of Balance",
        required=True,
        default="gb",
        help="The unit in which the platform reports data balances.",
        groups=STAFF,
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
        groups=STAFF,
    )
    settle_first_read = fields.Integer(
        string="First Check (s)",
        required=True,
        default=10,
        help="Seconds after an unclear outcome before the platform is asked what "
        "became of it. The following checks come at growing distances.",
        groups=STAFF,
    )
    settle_seconds = fields.Integer(
        string="Checks Last (s)",
        required=True,
        default=900,
        help="How long the platform is asked before an unclear request counts as "
        "not done and is sent again: an effect can come late.",
        groups=STAFF,
    )
    plan_ids = fields.One2many(
        "mvno.plan", "platform_id", string="Plan Catalogue", groups=STAFF
    )
    sync_ids = fields.One2many(
        "mvno.sync",
        "platform_id",
        string="Synchronizations",
        readonly=True,
        groups=STAFF,
    )
    is_syncing = fields.Boolean(compute="_compute_is_syncing", groups=STAFF)
    plan_count = fields.Integer(compute="_compute_counts", groups=STAFF)
    simcard_count = fields.Integer(
        string="SIM Cards", compute="_compute_counts", groups=STAFF
    )
    line_count = fields.Integer(string="Lines", compute="_compute_counts", groups=STAFF)
    support_email = fields.Char(
        string="TIP's Support (E-mail)",
        help="Where requests go that only TIP's people can do, such as another SIM "
        "card for a line.",
        groups=STAFF,
    )
    customer_mails = fields.Boolean(
        string="E-mails to Customers",
        default=True,
        help="Customers are told by e-mail how their requests and port-ins go on.",
        groups=STAFF,
    )

    # What is said about how a platform works is not for who only invoices.
    activity_ids = fields.One2many(groups=STAFF)
    activity_summary = fields.Char(groups=STAFF)
    message_ids = fields.One2many(groups=STAFF)
    message_follower_ids = fields.One2many(groups=STAFF)
    message_partner_ids = fields.Many2many(groups=STAFF)

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)",
        "There is already a platform with this identification in this company.",
    )

    # In words by _check_limits.
    _requests_per_minute_range = models.Constraint(
        "CHECK(requests_per_minute BETWEEN 1 AND 60)"
    )
    _deadline_range = models.Constraint("CHECK(call_deadline BETWEEN 1 AND 120)")
    _settle_range = models.Constraint(
        "CHECK(settle_first_read >= 0 AND settle_seconds >= 0)"
    )

    # === COMPUTES === #

    def _compute_user_token(self):
        tokens = self.env["mvno.platform.token"]._tell(self._origin.ids)
        for platform in self:
            platform.user_token = tokens.get(platform._origin.id)

    def _inverse_user_token(self):
        tokens = self.env["mvno.platform.token"]
        for platform in self:
            token = (platform.user_token or "").strip()
            if token:
                tokens._keep(platform.id, token)
            else:
                tokens._forget(platform.ids)

    @api.depends("sync_ids.state")
    def _compute_is_syncing(self):
        for platform in self:
            platform.is_syncing = bool(platform.sync_ids._still_open())

    def _compute_counts(self):
        for field_name, model in (
            ("plan_count", "mvno.plan"),
            ("simcard_count", "mvno.simcard"),
            ("line_count", "mvno.line"),
        ):
            counts = dict(
                self.env[model]
                .sudo()  # an administrator of platforms may see no lines
                ._read_group(
                    [("platform_id", "in", self.ids)], ["platform_id"], ["__count"]
                )
            )
            for platform in self:
                platform[field_name] = counts.get(platform, 0)

    # === CONSTRAINTS === #

    @api.constrains("base_url")
    def _check_base_url(self):
        for platform in self.sudo():
            address = (platform.base_url or "").strip()
            if is_plain_address(address) and (
                urlsplit(address).scheme == "https" or _is_local(address)
            ):
                continue
            raise ValidationError(
                self.env._(
                    "Platform %(name)s: the address must start with https:// and hold "
                    "neither a token nor a password. Copy it from TIP's e-mail, for "
                    "example https://mvno.tipbrasil.com.br/api/public",
                    name=platform.name,
                )
            )

    @api.constrains(
        "requests_per_minute",
        "call_deadline",
        "settle_first_read",
        "settle_seconds",
        "base_url",
    )
    def _check_limits(self):
        for platform in self.sudo():
            if not 1 <= platform.requests_per_minute <= 60:
                raise ValidationError(
                    self.env._(
                        "Calls per minute: choose a number from 1 to 60. TIP refuses "
                        "more."
                    )
                )
            if not 1 <= platform.call_deadline <= 120:
                raise ValidationError(
                    self.env._("Deadline of a call: choose from 1 to 120 seconds.")
                )
            if not 0 <= platform.settle_first_read <= 3600:
                raise ValidationError(
                    self.env._("First check: choose from 0 to 3600 seconds.")
                )
            shortest = 0 if _is_local(platform.base_url) else SHORTEST_CHECKS
            if not shortest <= platform.settle_seconds <= 86400:
                raise ValidationError(
                    self.env._(
                        "Checks last: choose from %(shortest)s to 86400 seconds. What "
                        "is sent again before an effect shows is done twice.",
                        shortest=shortest,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        """Calls and invoices are under the company's secrecy: they do not move."""
        for platform in self.sudo().with_context(active_test=False):
            if platform.simcard_count or platform.line_count:
                raise ValidationError(
                    self.env._(
                        "Platform %(name)s has SIM cards or lines: its company stays. "
                        "Register the platform anew for the other company.",
                        name=platform.name,
                    )
                )

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            values = self._add_missing_default_values(vals)
            self._refuse_missing(values)
            # PostgreSQL would put the row it refuses into its log and its answer
            self.new(values)._validate_fields(set(self._fields))
        platforms = super().create(vals_list)
        platforms._claim_accounts()
        return platforms

    def write(self, vals):
        self._refuse_missing(vals)
        result = super().write(vals)
        if {"user_token", "base_url"} & vals.keys():
            self._claim_accounts()
            if "state" not in vals:
                # what was tested is not what will be called any more
                self.sudo().write({"state": "draft", "last_error": False})
            self._wake_waiting()
        return result

    def _claim_accounts(self):
        """Let nobody use one account by two platforms: both would take over the same
        SIM cards, and the customer would be billed twice.

        :raise ValidationError: when another platform has this token at this address
        """
        same = self._same_accounts()
        tokens = self.env["mvno.platform.token"]
        accounts = tokens._accounts({one.id: one.base_url for one in self.sudo()})
        for platform in self.sudo():
            claimed = tokens._claim_account(platform.id, accounts.get(platform.id))
            if platform in same or not claimed:
                raise ValidationError(
                    self.env._(
                        "Platform %(name)s: %(other)s has this token at this address "
                        "already, archived ones included. Use that one; SIM cards and "
                        "lines of one account belong to one platform.",
                        name=platform.name,
                        other=same[platform].name
                        if platform in same
                        else self.env._("another platform"),
                    )
                )

    def _same_accounts(self):
        """:return: dict {platform of these: another one that uses the same account},
        archived ones and those of other companies included"""
        everyone = self.sudo().with_context(active_test=False).search([])
        accounts = self.env["mvno.platform.token"]._accounts(
            {platform.id: platform.base_url for platform in everyone}
        )
        users = everyone.filtered(lambda one: one.id in accounts).grouped(
            lambda one: accounts[one.id]
        )
        same = {}
        for platform in self.sudo():
            others = users.get(accounts.get(platform.id), everyone.browse()) - platform
            if others:
                same[platform] = others[0]
        return same

    def unlink(self):
        ids = self.ids
        result = super().unlink()
        self.env["mvno.platform.token"]._forget(ids)
        return result

    @api.model
    def _refuse_missing(self, vals):
        """:param dict vals: values of a platform
        :raise ValidationError: when one that every platform has is empty"""
        for name, value in vals.items():
            field = self._fields.get(name)
            numeric = field and field.type in ("integer", "float", "boolean")
            if field and field.required and not numeric and not value:
                raise ValidationError(
                    self.env._(
                        "Platform: %(field)s is empty. Fill it in.",
                        field=field._description_string(self.env),
                    )
                )

    # === MESSAGES === #

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        if self._is_for_staff():
            return super()._mail_get_operation_for_mail_message_operation(
                message_operation
            )
        return dict.fromkeys(self, "write")

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if not self._is_for_staff():
            self.check_access("write")
        return super().message_subscribe(partner_ids, subtype_ids)

    @api.model
    def _is_for_staff(self):
        """:return: bool, whether the user sees how a platform works"""
        user = self.env.user
        return user._is_superuser() or user.has_groups(STAFF)

    # === ACTIONS === #

    def action_test_connection(self):
        """Ask the platform for its plans, the smallest read, and note the answer.

        :return: a notification that says what happened; the record is reloaded
        """
        self.ensure_one()
        self.check_access("write")
        [plans] = self._ask([(self, lambda client: client.plans())])
        if isinstance(plans, TipError):
            sentence = self._explain(plans)
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
            self.env._(
                "The synchronization starts in a moment; its progress shows on "
                "the platform."
            ),
            "info",
        )

    def action_view_simcards(self):
        """Open this platform's SIM cards."""
        self.ensure_one()
        domain = [("platform_id", "=", self.id)]
        return open_action(self.env, "tip_mvno.mvno_simcard_action", domain=domain)

    def action_view_lines(self):
        """Open this platform's lines."""
        self.ensure_one()
        domain = [("platform_id", "=", self.id)]
        return open_action(self.env, "tip_mvno.mvno_line_action", domain=domain)

    def _notify_goes_on(self):
        """:return: a notification that what was asked is read where nobody waits"""
        return self._notify(
            self.env._(
                "There is no answer yet. It goes on by itself: what the platform says "
                "shows here as soon as it comes."
            ),
            "info",
        )

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === CRON === #

    @api.model
    def _sync_models(self):
        """Name what ``cron_sync`` drives, in order: the imports of existing bases come
        after the synchronizations, whose stock they look at.

        :return: list of names of models with a method ``_drive``
        """
        return ["mvno.sync", "mvno.adoption"]

    @api.model
    def cron_sync(self):
        """Driver of what takes long to read: one call, one committed step at a time."""
        self.env["ir.cron"].check_access("write")
        for model in self._sync_models():
            self.env[model]._drive()
        syncs = self.env["mvno.sync"]
        if syncs.search_count(syncs._due_domain(), limit=1):
            # the imports' progress is not theirs: they would wait for the next hour
            self.env.ref("tip_mvno.ir_cron_sync")._trigger()

    def _who_is_told(self, asker):
        """:param asker: ``res.users`` record of who asked for something
        :return: who is told what became of it: the platform's responsible in the place
            of a cron, a customer's payment, or somebody who left"""
        self.ensure_one()
        if asker._is_superuser() or not asker.has_group("tip_mvno.group_attendant"):
            return self.user_id or asker
        return asker
