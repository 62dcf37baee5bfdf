# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import UTC

from odoo import api, fields, models

from ..tools.business_days import after_business_days
from .mvno_portability_read import FAILURES

ACTIVITY = "tip_mvno.mail_activity_type_port_in"


class MvnoPortability(models.Model):
    """Who is told when a port-in stands still or does not go through."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.portability"

    alarm_due = fields.Datetime(
        string="Alarm",
        compute="_compute_alarm_due",
        store=True,
        index="btree_not_null",
        help="When it stands still for too long if nothing happens, see the platform's "
        "settings.",
    )
    alarmed_at = fields.Datetime(string="Alarm Raised", readonly=True, copy=False)
    is_standing_still = fields.Boolean(
        string="Standing Still",
        compute="_compute_is_standing_still",
        search="_search_is_standing_still",
    )

    @api.depends(
        "state",
        "sent_at",
        "predecessor_id",
        "progress_at",
        "window_start",
        "line_id.state",
        "platform_id.port_in_alarm_days",
        "platform_id.tz",
    )
    def _compute_alarm_due(self):
        """Business days after its last progress; it may wait for its window."""
        for item in self:
            days = item.platform_id.port_in_alarm_days
            waits_for_us = not item.sent_at and not item.is_waiting_for_tip
            if not days or not item.is_open or waits_for_us:
                item.alarm_due = False
                continue
            since = item.progress_at
            if item.state == "awaiting_window" and item.window_start:
                since = max(since, item.window_start)
            due = after_business_days(item._local(since), days)
            item.alarm_due = due.astimezone(UTC).replace(tzinfo=None)

    def _compute_is_standing_still(self):
        now = fields.Datetime.now()
        for item in self:
            item.is_standing_still = bool(item.alarm_due and item.alarm_due <= now)

    def _search_is_standing_still(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("alarm_due", "<=", fields.Datetime.now())]
        if set(value) == {True}:
            return late
        in_time = ["|", ("alarm_due", "=", False), ("alarm_due", ">", late[0][2])]
        return in_time if set(value) == {False} else []

    def _note_progress(self, now):
        result = super()._note_progress(now)
        self.filtered("alarmed_at").alarmed_at = False
        self.activity_unlink([ACTIVITY])
        return result

    def _transition(self, event, reason=None, **vals):
        result = super()._transition(event, reason, **vals)
        if event in FAILURES:
            # with its line cancelled there is nothing left to do
            served = self.filtered(lambda item: item.line_id.state != "cancelled")
            served._tell_of_failure()
        return result

    @api.model
    def _alarm_standing_still(self):
        """Put each port-in that stands still before a person, once."""
        still = self.sudo().search(
            [
                ("is_standing_still", "=", True),
                ("alarmed_at", "=", False),
                ("platform_id.active", "=", True),
            ]
        )
        still.alarmed_at = fields.Datetime.now()
        reminders = []
        for item in still:
            person = item.platform_id.user_id or item._asker()
            item = item.with_context(lang=person.lang)
            summary = item.env._("The port-in stands still")
            note = item.env._(
                "%(status)s Nothing has happened since %(since)s: ask TIP's support.",
                status=item.status_sentence,
                since=item._local_text(item.progress_at),
            )
            reminders.append((item, person, summary, note))
        self._remind(reminders)

    def _tell_of_failure(self):
        """Put port-ins that did not go through before whoever asked for them."""
        reminders = []
        for item in self:
            person = item._asker()
            item = item.with_context(lang=person.lang)
            summary = item.env._("Port-in: %(state)s", state=item._state_label())
            reminders.append((item, person, summary, item.next_step))
        self._remind(reminders)

    @api.model
    def _remind(self, reminders):
        """Make activities.

        :param list reminders: of (port-in, ``res.users``, summary, note)
        """
        activity_type = self.env.ref(ACTIVITY, raise_if_not_found=False)
        self.env["mail.activity"].sudo().create(
            [
                {
                    "activity_type_id": activity_type and activity_type.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": item.id,
                    "user_id": person.id,
                    "summary": summary,
                    "note": note,
                    "automated": True,
                }
                for item, person, summary, note in reminders
            ]
        )

    def _asker(self):
        """:return: who asked for it, or is responsible where that is nobody here"""
        self.ensure_one()
        asker = self.create_uid
        if asker._is_superuser() or not asker.has_group("tip_mvno.group_attendant"):
            asker = self.platform_id.user_id or asker
        return asker
