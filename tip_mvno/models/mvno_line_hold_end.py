# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

LIFTED_AT_ONCE = 200


class MvnoLineHold(models.Model):
    """The planned end of a hold: how it is moved, and how it comes about by itself.

    A hold lasts through its planned end, where the platform is; the morning after, it
    is lifted.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line.hold"

    def action_change_end(self):
        """Open the dialog that moves the planned end."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.mvno_hold_end_action"
        )
        return {**action, "context": {"default_hold_id": self.id}}

    def _end_problems(self, date_end):
        """Say what speaks against a planned end.

        :param date_end: last date of the hold, or False for none
        :return: list of sentences; empty when nothing does
        """
        self.ensure_one()
        platform = self.line_id.platform_id
        if self._is_suspension():
            if not date_end:
                return [
                    self.env._("A suspension at the customer's request needs an end.")
                ]
            start = platform._local_date(self.date_start)
            problem = platform._suspension_length_problem(start, date_end)
            return list(filter(None, [problem]))
        return []

    def _change_end(self, date_end, override=None):
        """Move the planned end of a hold in force; the line's history tells it.

        :param date_end: last date of the hold, or False for none
        :param str override: why the rules of a suspension are set aside
        :raise UserError: when the hold has ended, or with every problem in plain words
        """
        self.ensure_one()
        self.line_id.check_access("write")
        hold = self.sudo()
        date_end = fields.Date.to_date(date_end)
        if hold.lifted_at:
            raise UserError(
                self.env._(
                    "The hold “%(hold)s” of line %(line)s was lifted already.",
                    hold=hold.display_name,
                    line=hold.line_id.display_name,
                )
            )
        hold.line_id.platform_id._check_end_to_come(date_end)
        problems = hold._end_problems(date_end)
        if problems:
            if not override:
                raise UserError("\n".join(problems))
            self.line_id._check_override()
        before = hold.date_end
        vals = {"date_end": date_end}
        if problems:
            vals["override_reason"] = override
        hold.write(vals)
        none = self.env._("none")
        self.line_id.sudo()._message_log(
            body=self.env._(
                "Planned end of the hold “%(hold)s”: %(before)s → %(after)s.",
                hold=hold.display_name,
                before=before and format_date(self.env, before) or none,
                after=date_end and format_date(self.env, date_end) or none,
            ),
            author_id=self.env.user.partner_id.id,
        )

    # === CRON === #

    @api.model
    def _due_domain(self):
        """:return: domain of the holds whose planned end is over"""
        by_today = {}
        for platform in self.env["mvno.platform"].search([("active", "=", True)]):
            by_today.setdefault(platform._today(), []).append(platform.id)
        return [
            ("lifted_at", "=", False),
            *Domain.OR(
                [
                    ("line_id.platform_id", "in", platform_ids),
                    ("date_end", "<", today),
                ]
                for today, platform_ids in by_today.items()
            ),
        ]

    @api.model
    def _lift_due(self, limit=None):
        """Lift holds whose planned end is over, of any reason; the lines follow.

        :param int limit: so many at most
        :return: number of holds lifted
        """
        due = self.search(self._due_domain(), limit=limit, order="date_end, id")
        due._lift("end")
        return len(due)

    @api.model
    def cron_lift_due(self):
        """Driver: lift what is over, a committed slice at a time."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while lifted := self._lift_due(LIFTED_AT_ONCE):
            if not cron._commit_progress(lifted):
                break
