# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_datetime
from odoo.tools.misc import formatLang

from .mvno_line_hold import URGENT_REASONS
from .mvno_plan import LARGEST

MB_PER_GB = 1024


class MvnoLine(models.Model):
    """What an attendant sees of a line at a glance, while the customer waits."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    nickname = fields.Char(
        tracking=True,
        index="trigram",
        help="How the customer calls this line, “daughter's phone” say.",
    )
    hold_in_force_ids = fields.Many2many(
        "mvno.line.hold", string="Blocked For", compute="_compute_hold_in_force_ids"
    )
    is_stolen = fields.Boolean(
        string="Held for Theft or Loss", compute="_compute_hold_in_force_ids"
    )
    platform_status_text = fields.Char(
        string="At the Platform", compute="_compute_platform_status_text"
    )
    commitment_end = fields.Date(related="contract_line_id.commitment_end")
    contract_currency_id = fields.Many2one(
        related="contract_line_id.currency_id", string="Contract's Currency"
    )
    monthly_value = fields.Monetary(
        compute="_compute_monthly_value", currency_field="contract_currency_id"
    )
    portability_state = fields.Selection(
        related="portability_id.state", string="Port-in Status"
    )
    usage_at = fields.Datetime(string="Usage as of", compute="_compute_month_usage")
    usage_month = fields.Date(string="Month of Usage", compute="_compute_month_usage")
    usage_data_text = fields.Char(string="Data Used", compute="_compute_month_usage")
    usage_data_percent = fields.Integer(
        string="Data Used (%)", compute="_compute_month_usage"
    )
    usage_voice_text = fields.Char(string="Voice Used", compute="_compute_month_usage")
    usage_sms_text = fields.Char(string="SMS Sent", compute="_compute_month_usage")

    # === COMPUTES === #

    @api.depends("hold_ids.lifted_at", "hold_ids.reason", "state")
    def _compute_hold_in_force_ids(self):
        """What blocks these lines now: the holds of a cancelled line are history."""
        for line in self:
            in_force = line.hold_ids.filtered(lambda hold: not hold.lifted_at)
            if line.state == "cancelled":
                in_force = in_force.browse()
            line.hold_in_force_ids = in_force
            line.is_stolen = bool(
                set(in_force.mapped("reason")).intersection(URGENT_REASONS)
            )

    @api.depends("contract_line_id.price_unit")
    def _compute_monthly_value(self):
        for line in self:
            line.monthly_value = line.contract_line_id.price_unit

    @api.depends("platform_status", "checked_at", "command_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_platform_status_text(self):
        """The last thing known for certain, with its time: what the platform said of
        the line when it was read, or what it confirmed since then."""
        for line in self:
            confirmed = line.command_ids.filtered(
                lambda command: command._of_operation().is_block
                and command.state == "done"
                and command.settled_at
            ).sorted(lambda command: (command.settled_at, command.id))[-1:]
            if confirmed and confirmed.settled_at >= (
                line.checked_at or confirmed.settled_at
            ):
                line.platform_status_text = self.env._(
                    "“%(request)s” confirmed on %(date)s; not read since",
                    request=confirmed._operation_label(),
                    date=format_datetime(
                        self.env, confirmed.settled_at, dt_format="short"
                    ),
                )
            elif line.platform_status and line.checked_at:
                line.platform_status_text = self.env._(
                    "%(status)s, read on %(date)s",
                    status=line.platform_status,
                    date=format_datetime(self.env, line.checked_at, dt_format="short"),
                )
            else:
                line.platform_status_text = line.platform_status

    @api.depends(
        "usage_ids.fetched_at",
        "product_id.mvno_plan_id.data_mb",
        "product_id.mvno_plan_id.voice_minutes",
        "product_id.mvno_plan_id.sms",
    )
    @api.depends_context("lang")
    def _compute_month_usage(self):
        """What was used of the plan's allowance in the month that runs now, all lines
        in one query; nothing where the month was not consulted."""
        months = {
            platform: platform._today().replace(day=1) for platform in self.platform_id
        }
        found = {
            (usage.line_id.id, usage.competence): usage
            for usage in self.env["mvno.usage"].search(
                [
                    ("line_id", "in", self.ids),
                    ("competence", "in", list(set(months.values()))),
                ]
            )
        }
        nothing = self.env["mvno.usage"]
        for line in self:
            month = months.get(line.platform_id)
            usage = found.get((line._origin.id, month), nothing)
            plan = line.product_id.mvno_plan_id
            line.usage_month = month
            line.usage_at = usage.fetched_at
            allowance = plan.data_mb
            line.usage_data_percent = (
                round(100 * usage.data_mb / allowance) if allowance else 0
            )
            line.usage_data_text = line.usage_voice_text = line.usage_sms_text = False
            if not usage:
                continue
            line.usage_data_text = line._data_text(usage.data_mb, allowance)
            line.usage_voice_text = line._used_text(
                self.env._("min"), usage.voice_minutes, plan.voice_minutes
            )
            line.usage_sms_text = line._used_text(
                self.env._("SMS"), usage.sms_count, plan.sms
            )

    @api.model
    def _data_text(self, used_mb, allowance_mb=0):
        """:return: a data volume as people say it: "1.2 of 5.0 GB", "300 MB" """
        if max(used_mb, allowance_mb) < MB_PER_GB:
            return self._used_text("MB", used_mb, allowance_mb)
        return self._used_text(
            "GB", used_mb / MB_PER_GB, allowance_mb / MB_PER_GB, digits=1
        )

    @api.model
    def _used_text(self, unit, used, allowance, digits=0):
        """:return: "30 of 200 min"; without the allowance where the plan's catalogue
        tells none, or one so large that it means unlimited"""
        used_text = formatLang(self.env, used, digits=digits)
        if not allowance or allowance == LARGEST:
            return f"{used_text} {unit}"
        return self.env._(
            "%(used)s of %(allowance)s %(unit)s",
            used=used_text,
            allowance=formatLang(self.env, allowance, digits=digits),
            unit=unit,
        )

    # === ACTIONS === #

    def action_fetch_usage(self):
        """Ask the platform what these lines' subscribers used this month.

        :return: a notification where the platform tells nothing of a line, or True
        :raise UserError: when the platform does not answer; says what to do
        """
        usages = self.env["mvno.usage"]
        asked = {(line.platform_id, line.partner_id) for line in self}
        self.env["mvno.platform"]._check_while_waiting(asked)
        for platform, partner in asked:
            month = platform._today().replace(day=1)
            kept, _unknown, _count = usages._consult(platform, month, partner)
            usages |= kept
        silent = self - usages.line_id
        if not silent:
            return True
        return self.platform_id[:1]._notify(
            self.env._(
                "The platform tells no usage of %(lines)s in %(month)s yet.",
                lines=", ".join(silent.mapped("display_name")),
                month=f"{self.platform_id[:1]._today():%m/%Y}",
            ),
            "info",
        )
