# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.tip_mvno.tools.local_time import local_day, utc_midnight

from ..tools.month import month_of, next_month

# What may still become a done top-up.
UNDECIDED = ("pending", "sent", "unknown", "needs_decision")


class MvnoBillingRun(models.Model):
    """What a month bills once, beside the monthly values: top-ups with a price."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _top_up_domain(self):
        """:return: domain of the done top-ups up to this month that are charged and
        not billed yet"""
        self.ensure_one()
        return [
            ("operation", "=", "top_up"),
            ("price", ">", 0),
            ("platform_id", "=", self.platform_id.id),
            ("state", "=", "done"),
            ("settled_at", "<", self._month_bounds()[1]),
            ("mvno_item_ids", "not any", [("state", "=", "billed")]),
        ]

    def _month_bounds(self):
        """:return: the month's first moment and the next month's, UTC"""
        self.ensure_one()
        zone = self.platform_id.tz
        return (
            utc_midnight(self.competence, zone),
            utc_midnight(next_month(self.competence), zone),
        )

    def _top_ups_of_month_domain(self):
        """:return: domain of the top-ups that this run bills"""
        return [
            *self._top_up_domain(),
            ("settled_at", ">=", self._month_bounds()[0]),
            ("product_id", "!=", False),
        ]

    def _charged_line_domain(self):
        """:return: domain of the contract lines on which this run may have to charge
        something, whether they still pay for a plan or not"""
        self.ensure_one()
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", self.company_id.id),
            (
                "mvno_line_id",
                "any",
                [("command_ids", "any", self._top_ups_of_month_domain())],
            ),
        ]

    @api.model
    def _charged_lines(self, charges):
        """:return: the contract lines of these charges"""
        return self.env["contract.line"].browse(
            dict.fromkeys(charge.contract_line_id for charge in charges)
        )

    def _charges(self, customers):
        """List what these customers are charged once with this month.

        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`
        """
        self.ensure_one()
        commands = self.env["mvno.command"].search(
            [
                *self._top_ups_of_month_domain(),
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
                charges.append(command._charge(line))
        return charges

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

    # === WHAT IS NOT BILLED === #

    def _unbilled_charges(self):
        """List what was to be charged once and is not billed with this month, once all
        its customers are done.

        :return: list of issue values
        """
        return self._unbilled_top_ups()

    def _unbilled_top_ups(self):
        """List the top-ups with a price that are not billed with this month, once all
        its customers are done: unconfirmed ones, what stands in the way of done ones,
        and those of earlier months.

        :return: list of issue values
        """
        self.ensure_one()
        commands = self.env["mvno.command"]
        listed = self.env["mvno.billing.issue"].search(
            [("run_id", "=", self.id), ("command_id", "!=", False)]
        )
        done = commands.search(self._top_up_domain(), order="settled_at, id")
        undecided = commands.search(
            [
                ("operation", "=", "top_up"),
                ("price", ">", 0),
                ("platform_id", "=", self.platform_id.id),
                ("state", "in", UNDECIDED),
                ("create_date", "<", self._month_bounds()[1]),
            ],
            order="id",
        )
        return [
            values
            for command in (done - listed.command_id) + undecided
            if (values := self._top_up_issue(command))
        ]

    def _top_up_issue(self, command):
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
            if month < self.competence:
                return None
            code = "top_up_no_product"
            reason = self.env._(
                "%(top_up)s (protocol %(protocol)s) has a value, but no product that "
                "an invoice could name: invoice it by hand.",
                **values,
            )
        elif month < self.competence:
            code = "earlier_month"
            reason = self.env._(
                "%(top_up)s is not billed yet: start a billing run for %(month)s.",
                month=f"{month:%m/%Y}",
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
        return self._issue(
            line,
            code,
            reason,
            month,
            mvno_line_id=command.line_id.id,
            partner_id=(line.contract_id.partner_id or command.line_id.partner_id).id,
            command_id=command.id,
        )
