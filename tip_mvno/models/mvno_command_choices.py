# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date


class MvnoCommand(models.Model):
    """What a person chooses between when nobody can tell what became of a request."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.command"

    choice_done = fields.Char(
        string="It Took Effect",
        compute="_compute_choices",
        help="What to look for in TIP's panel, and what follows here.",
    )
    choice_repeat = fields.Char(
        string="Send Again",
        compute="_compute_choices",
        help="When to choose it, and what it leads to.",
    )

    @api.depends("operation", "sent_at", "quantity", "product_id", "line_id")
    def _compute_choices(self):
        for command in self:
            command.choice_done, command.choice_repeat = command._choices()

    def _choices(self):
        """:return: (what "It took effect" means, what "Send again" means)"""
        self.ensure_one()
        values = {
            "line": self.line_id.display_name,
            "iccid": self.simcard_id.iccid,
            "plan": self.product_id.display_name or self.plan_id.display_name or "",
            "quantity": self.quantity,
            "date": format_date(self.env, self.sent_at) if self.sent_at else "",
        }
        again = self.env._(
            "TIP's panel shows that nothing changed: the request is sent once more."
        )
        if self.operation == "top_up":
            return (
                self.env._(
                    "TIP's panel shows a top-up of %(quantity)s GB on %(date)s: it is "
                    "noted on the line, and charged if it has a value.",
                    **values,
                ),
                self.env._(
                    "TIP's panel shows no such top-up: %(quantity)s GB are asked for "
                    "again. If the first request did arrive, the customer gets them "
                    "twice.",
                    **values,
                ),
            )
        if self.operation == "change_plan":
            done = self.env._(
                "TIP's panel shows plan %(plan)s: the contract goes on with it from "
                "today.",
                **values,
            )
        elif self.operation == "cancel":
            done = self.env._(
                "TIP's panel shows the line as cancelled: line %(line)s and its "
                "contract line end today.",
                **values,
            )
        elif self.operation == "activate":
            done = self.env._(
                "TIP's panel shows SIM card %(iccid)s in use by this customer: the "
                "line is read and begins.",
                **values,
            )
        else:
            done = self.env._(
                "TIP's panel shows what was asked for (%(request)s): line %(line)s "
                "is noted as such.",
                request=self._operation_label(),
                **values,
            )
        return done, again

    def _operation_label(self):
        """:return: the operation as the reader's language words it"""
        self.ensure_one()
        labels = dict(self._fields["operation"]._description_selection(self.env))
        return labels[self.operation]
