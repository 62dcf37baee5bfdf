# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.told import Told

from ...tools.month import month_of

# Nobody pays for these ends of a line.
FREE_REASONS = ("death", "transfer")
# Like an open one, a request to cancel in these states has its wish fulfilled when the
# line ends.
CANCELLING = ("needs_decision", "done")


class MvnoLine(models.Model):
    """What is charged once for a mobile line, beside its plan.

    The fidelity fine, which is what ending a line early costs, is told before a person
    confirms the cancellation. When the platform has cancelled the line it becomes a
    charge: to be billed, or not charged with the reason that travelled with the
    request. Where the line ended without a request, a port-out say, nobody has told the
    customer: the fine is proposed, and a manager decides.
    """

    _inherit = "mvno.line"

    charge_ids = fields.One2many(
        "mvno.billing.charge", "mvno_line_id", string="One-off Charges"
    )

    # === ACTIONS === #

    def action_discount(self):
        """Open the dialog that gives a discount or a courtesy from a month on.

        :raise UserError: when no contract pays for the line
        """
        return self._open_money_dialog("tip_mvno_billing.mvno_discount_action")

    def action_charge_service(self):
        """Open the dialog that charges a service once.

        :raise UserError: when no contract pays for the line
        """
        return self._open_money_dialog("tip_mvno_billing.mvno_charge_service_action")

    def _open_money_dialog(self, xmlid):
        self.ensure_one()
        self.check_access("write")
        if not self.contract_line_id:
            raise UserError(
                self.env._(
                    "Line %(line)s: no contract pays for it, so there is no invoice "
                    "that could change. Add the line to the customer's contract first.",
                    line=self.display_name,
                )
            )
        return self._open_dialog(xmlid)

    # === FIDELITY FINE === #

    def _fine(self, reason, last_day):
        """What ending this line costs.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :param last_day: date, the last day of service
        :return: (fine, whole months left, months of the commitment)
        """
        self.ensure_one()
        paying = self.sudo().contract_line_id
        was_in_service = self.activation_date or self.adopted_date
        if not (paying and was_in_service) or reason in FREE_REASONS:
            return 0.0, 0, 0
        return paying._mvno_fine(last_day)

    def _fine_sentence(self, reason, last_day):
        """:return: str, what is to be told of the fine before the line is cancelled;
        False where there is no commitment with a benefit"""
        self.ensure_one()
        paying = self.sudo().contract_line_id
        fine, left, months = self._fine(reason, last_day)
        values = {
            "line": self.display_name,
            "fine": paying.currency_id.format(fine),
            "benefit": paying.currency_id.format(paying.mvno_benefit),
            "left": left,
            "months": months,
        }
        if fine:
            return self.env._(
                "%(line)s: fidelity fine of %(fine)s (%(benefit)s × %(left)s of "
                "%(months)s months).",
                **values,
            )
        if reason in FREE_REASONS and paying.mvno_benefit:
            return self.env._("%(line)s: no fine for this reason.", **values)
        if paying.mvno_benefit and left:
            return self.env._(
                "%(line)s: no fine within 7 days of the start of service.", **values
            )
        return False

    def _cancel_values(self, reason, **vals):
        """What the customer was told of the fine goes with the request."""
        vals = super()._cancel_values(reason, **vals)
        vals.setdefault("fine_decision", "charge")
        fine = self._fine(reason, self.platform_id._today())
        return {**vals, "fine_price": fine[0]}

    def _on_cancelled(self, reason, date, why=None, source="confirmed"):
        ending = self.sudo().filtered(lambda line: line.state != "cancelled")
        due = []
        for line in ending:
            fine, left, months = line._fine(reason, date)
            command = line.command_ids.filtered(
                lambda command: command.operation == "cancel"
                and command.state in (*command._open_states, *CANCELLING)
            )[:1]
            if command.fine_decision:
                # nobody pays more than was told
                fine = min(fine, command.fine_price)
            if fine:
                paying = line.contract_line_id
                vals = line._fine_charge_values(paying, date, fine, left, months)
                due.append((command, vals))
        result = super()._on_cancelled(reason, date, why, source)
        self._charge_fines(due)
        return result

    def _fine_charge_values(self, contract_line, date, fine, left, months):
        """:return: dict, values of the charge of a fine"""
        self.ensure_one()
        lang = contract_line.contract_id.partner_id.lang or self.env.lang
        number = self._format_number(self.number) or self.display_name
        return {
            "kind": "fine",
            "mvno_line_id": self.id,
            "contract_line_id": contract_line.id,
            "price": fine,
            "text": self.with_context(lang=lang).env._(
                "Fidelity fine – %(number)s (%(left)s of %(months)s months)",
                number=number,
                left=left,
                months=months,
            ),
            "date": date,
            "competence": month_of(date),
        }

    def _charge_fines(self, due):
        """Put the fines of lines that ended on record.

        :param list due: (request that cancelled the line or none, values) pairs
        """
        charges = (
            self.env["mvno.billing.charge"]
            .sudo()
            .create(
                [
                    {
                        **vals,
                        "state": "open" if command else "proposed",
                        "user_id": command.user_id.id or self.env.uid,
                    }
                    for command, vals in due
                ]
            )
        )
        to_bill, waived = charges.browse(), defaultdict(charges.browse)
        for charge, (command, _vals) in zip(charges, due, strict=True):
            if not command:
                charge._propose()
            elif command.fine_decision in ("fault", "waive"):
                key = command.fine_decision, command.fine_reason, command.user_id
                waived[key] |= charge
            else:
                to_bill |= charge
        for (decision, reason, user), without in waived.items():
            without = without.with_context(mvno_actor=Told(user.id))
            without._waive_with(decision, reason, user)
        to_bill._log_on_lines(self.env._("to be billed with the line's end."))
