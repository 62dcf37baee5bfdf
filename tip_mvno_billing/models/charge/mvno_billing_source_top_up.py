# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.tip_mvno.tools.local_time import local_day, utc_midnight

from ...tools.month import month_of, month_text, next_month
from ...tools.month_billing import Charge

# What may still become a done top-up.
UNDECIDED = ("pending", "sent", "unknown", "needs_decision")


class MvnoBillingSourceTopUp(models.AbstractModel):
    """Top-ups with a price, billed with the month in which they were confirmed: a month
    that is billed already does not change because somebody decides later."""

    _name = "mvno.billing.source.top.up"
    _description = "Top-up"
    _inherit = ["mvno.billing.source"]
    _kinds = ("one_off",)
    _record_field = "command_id"

    @api.model
    def _domain(self, run):
        """:return: domain of the done top-ups up to the run's month that are charged
        and not billed yet"""
        return [
            ("operation", "=", "top_up"),
            ("price", ">", 0),
            ("platform_id", "=", run.platform_id.id),
            ("state", "=", "done"),
            ("settled_at", "<", self._month_bounds(run)[1]),
            ("mvno_item_ids", "not any", [("state", "=", "billed")]),
        ]

    @api.model
    def _month_bounds(self, run):
        """:return: the month's first moment and the next month's, UTC"""
        zone = run.platform_id.tz
        return (
            utc_midnight(run.competence, zone),
            utc_midnight(next_month(run.competence), zone),
        )

    @api.model
    def _domain_of_month(self, run):
        """:return: domain of the top-ups that the run bills"""
        return [
            *self._domain(run),
            ("settled_at", ">=", self._month_bounds(run)[0]),
            ("product_id", "!=", False),
        ]

    @api.model
    def _line_domain(self, run):
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", run.company_id.id),
            (
                "mvno_line_id",
                "any",
                [("command_ids", "any", self._domain_of_month(run))],
            ),
        ]

    @api.model
    def _charges(self, run, customers):
        commands = self.env["mvno.command"].search(
            [
                *self._domain_of_month(run),
                (
                    "line_id.contract_line_ids.contract_id.commercial_partner_id",
                    "in",
                    customers.ids,
                ),
            ],
            order="settled_at, id",
        )
        charges = []
        for command in commands:
            line = command._paying_line()
            payer = line.contract_id.commercial_partner_id
            if payer in customers and self._is_charged(command, line):
                charges.append(self._charge(command, line))
        return charges

    @api.model
    def _charge(self, command, line):
        """:param command: ``mvno.command`` record, a done top-up
        :param line: the ``contract.line`` record that pays for it
        :return: :class:`Charge`"""
        lang = line.contract_id.partner_id.lang or self.env.lang
        return Charge(
            contract_line_id=line.id,
            kind="one_off",
            source_key=self._source_key(command.id),
            day=local_day(command.settled_at, command.platform_id.tz),
            product_id=command.product_id.id,
            price=command.price,
            text=command.with_context(lang=lang)._charge_text(),
            record=(self._record_field, command.id),
        )

    @api.model
    def _is_charged(self, command, line):
        """:return: bool, whether a top-up can be billed with this contract line"""
        contract = line.contract_id
        return (
            contract.active
            and contract.contract_type == "sale"
            and not self._is_billed_elsewhere(command, line)
        )

    @api.model
    def _is_billed_elsewhere(self, command, line):
        return bool(line.mvno_billing_from) and command._day() < line.mvno_billing_from

    # === UNBILLED TOP-UPS === #

    @api.model
    def _unbilled(self, run):
        """Unconfirmed top-ups with a price, what stands in the way of done ones, and
        those of earlier months."""
        commands = self.env["mvno.command"]
        listed = self.env["mvno.billing.issue"].search(
            [("run_id", "=", run.id), ("command_id", "!=", False)]
        )
        done = commands.search(self._domain(run), order="settled_at, id")
        undecided = commands.search(
            [
                ("operation", "=", "top_up"),
                ("price", ">", 0),
                ("platform_id", "=", run.platform_id.id),
                ("state", "in", UNDECIDED),
                ("create_date", "<", self._month_bounds(run)[1]),
            ],
            order="id",
        )
        return [
            values
            for command in (done - listed.command_id) + undecided
            if (values := self._issue(run, command))
        ]

    @api.model
    def _issue(self, run, command):
        """:return: issue values that say why a top-up is not billed; None when this is
        not the run to tell"""
        line = command._paying_line()
        zone = command.platform_id.tz
        is_done = command.state == "done"
        month = month_of(local_day(command.settled_at, zone)) if is_done else None
        values = {"top_up": command._charge_text(), "protocol": command.protocol}
        if not is_done:
            code = "top_up_open"
            reason = self.env._(
                "%(top_up)s (protocol %(protocol)s) is not confirmed yet: it is billed "
                "with the month in which it is.",
                **values,
            )
        elif self._is_billed_elsewhere(command, line):
            return None
        elif not command.product_id:
            if month < run.competence:
                return None
            code = "top_up_no_product"
            reason = self.env._(
                "%(top_up)s (protocol %(protocol)s) has a value, but no product that "
                "an invoice could name: invoice it by hand.",
                **values,
            )
        elif month < run.competence:
            code = "earlier_month"
            reason = self.env._(
                "%(top_up)s is not billed yet: start a billing run for %(month)s.",
                month=month_text(month),
                **values,
            )
        elif not self._is_charged(command, line):
            code = "top_up_no_contract"
            reason = self.env._(
                "%(top_up)s (protocol %(protocol)s): no contract pays for the line. "
                "Restore its contract and run the billing again, or invoice the top-up "
                "by hand.",
                **values,
            )
        else:
            code = "left_out"
            reason = self.env._(
                "%(top_up)s was confirmed while the month was being billed: run the "
                "billing again.",
                **values,
            )
        return run._issue(
            line,
            code,
            reason,
            month,
            mvno_line_id=command.line_id.id,
            partner_id=(line.contract_id.partner_id or command.line_id.partner_id).id,
            command_id=command.id,
        )
