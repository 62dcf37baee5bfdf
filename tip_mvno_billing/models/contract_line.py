# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import float_round
from odoo.tools.misc import format_date

from ..tools.month import days_in, month_end
from ..tools.month_billing import MonthBilling

# Where a discount follows, the part of a month keeps these decimals, so that the
# invoice line's total is the exact amount rounded once.
PRICE_DIGITS = 6


class ContractLine(models.Model):
    _inherit = "contract.line"

    mvno_billing_from = fields.Date(
        string="Billed from",
        copy=False,
        help="Earlier days were billed elsewhere: no billing run ever bills them.",
    )
    mvno_item_ids = fields.One2many(
        "mvno.billing.item", "contract_line_id", string="Billed Months"
    )

    # === ONLY A BILLING RUN BILLS TELEPHONY === #

    def _can_be_invoiced(self, date_ref):
        self.ensure_one()
        billing = MonthBilling.of(self.env)
        if billing:
            return self.id in billing.line_ids
        return not self.is_telephony and super()._can_be_invoiced(date_ref)

    @api.depends("is_telephony")
    def _compute_create_invoice_visibility(self):
        result = super()._compute_create_invoice_visibility()
        self.filtered("is_telephony").create_invoice_visibility = False
        return result

    def _get_period_to_invoice(
        self, last_date_invoiced, recurring_next_date, stop_at_date_end=True
    ):
        billing = MonthBilling.of(self.env)
        if not billing:
            return super()._get_period_to_invoice(
                last_date_invoiced, recurring_next_date, stop_at_date_end
            )
        start, end = self._mvno_period(billing.competence) or (
            billing.competence,
            month_end(billing.competence),
        )
        return start, end, billing.issued

    def _insert_markers(self, first_date_invoiced, last_date_invoiced):
        if self.is_telephony and "#" not in self.name:
            # spares the search of the language, once per line
            return self.name
        return super()._insert_markers(first_date_invoiced, last_date_invoiced)

    def _update_last_date_invoiced(self):
        if not MonthBilling.of(self.env):
            return super()._update_last_date_invoiced()
        # the items say what was billed: see _mvno_sync_last_invoiced
        return None

    def _prepare_invoice_line(self):
        values = super()._prepare_invoice_line()
        billing = MonthBilling.of(self.env)
        if not (billing and values and self.is_telephony):
            return values
        start, end = self._mvno_period(billing.competence)
        return {
            **values,
            "name": self._mvno_invoice_text(values["name"], start, end),
            "price_unit": self._mvno_price(billing.competence, start, end),
            "mvno_line_id": self.mvno_line_id.id,
        }

    def _mvno_prepare_charge(self, charge):
        """Taxes and account are the product's, by the invoice's fiscal position.

        :param Charge charge: what is billed once with this line's contract
        :return: dict, values of its invoice line
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "product_id": charge.product_id,
            "name": charge.text,
            "quantity": 1.0,
            "price_unit": charge.price,
            "contract_line_id": self.id,
            "mvno_line_id": self.mvno_line_id.id,
            "mvno_source_key": charge.source_key,
            "analytic_distribution": self.analytic_distribution,
        }

    # === DAYS AND PRICE === #

    def _mvno_period(self, competence):
        """The days of a month that this line pays for.

        :param competence: first day of the month
        :return: (first day, last day), or None when the line pays for no day of it
        """
        self.ensure_one()
        start = max([competence, *filter(None, self._mvno_starts())])
        end = min([month_end(competence), *filter(None, self._mvno_ends())])
        return (start, end) if start <= end else None

    def _mvno_starts(self):
        """:return: list of dates (or False) before each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        starts = [self.date_start, self.mvno_billing_from, mobile.activation_date]
        if self.product_id.mvno_bill_from == "port_in":
            starts.append(self._mvno_port_in_end())
        return starts

    def _mvno_ends(self):
        """:return: list of dates (or False) after each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        cancelled = mobile.state == "cancelled" and mobile.cancellation_date
        return [self.date_end, cancelled]

    def _mvno_port_in_end(self):
        """:return: the local date on which the line's port-in ended, or False"""
        portability = self.mvno_line_id.portability_id
        if not portability or portability.is_open:
            return False
        moments = [portability.checked_at]
        if portability.state == "done":
            moments.append(portability.window_start)
        moments = list(filter(None, moments))
        if not moments:
            return False
        zone = pytz.timezone(portability.platform_id.tz)
        return pytz.utc.localize(min(moments)).astimezone(zone).date()

    def _mvno_price(self, competence, start, end):
        """The price of a part of a month: the monthly value by days used.

        The quantity stays 1: a fraction as quantity would be cut to the unit's two
        decimals and the amount would be wrong by cents.

        :param competence: first day of the month
        :param start: first day used
        :param end: last day used
        :return: float, rounded as the contract's currency is; with a discount it keeps
            more decimals, and the discounted amount is rounded once
        """
        self.ensure_one()
        used = days_in(start, end)
        total = days_in(competence, month_end(competence))
        if used == total:
            return self.price_unit
        price = self.price_unit * used / total
        if self.discount:
            return float_round(price, precision_digits=PRICE_DIGITS)
        return self.contract_id.currency_id.round(price)

    def _mvno_invoice_text(self, name, start, end):
        """What the invoice says about a month of this line, in the customer's language.

        :param str name: the contract line's own text
        :param start: first day billed
        :param end: last day billed
        :return: str of two lines
        """
        self.ensure_one()
        line = self.with_context(lang=self.contract_id.partner_id.lang or self.env.lang)
        mobile = line.mvno_line_id
        values = {
            "plan": name,
            "number": mobile._format_number(mobile.number) or mobile.display_name,
            "start": format_date(line.env, start),
            "end": format_date(line.env, end),
            "days": days_in(start, end),
            "total": month_end(start).day,
        }
        if values["days"] == values["total"]:
            return line.env._("%(plan)s – %(number)s\n%(start)s to %(end)s", **values)
        return line.env._(
            "%(plan)s – %(number)s\n%(start)s to %(end)s (%(days)s of %(total)s days)",
            **values,
        )

    # === WHAT STANDS IN THE WAY === #

    def _mvno_hindrance(self):
        """Say why no month of this line can be billed yet.

        :return: (code of ``mvno.billing.issue``, sentence), or None when it can
        """
        self.ensure_one()
        mobile = self.mvno_line_id
        if not mobile:
            return "not_subscribed", self.env._(
                "The plan has no mobile line yet: subscribe the customer, or end the "
                "contract line."
            )
        if mobile.state in ("draft", "activating"):
            return "not_activated", self.env._(
                "Line %(line)s is not activated yet: it is billed from its activation "
                "on.",
                line=mobile.display_name,
            )
        was_in_service = mobile.activation_date or mobile.adopted_date
        if mobile.state == "cancelled" and not was_in_service:
            return "not_activated", self.env._(
                "Line %(line)s was cancelled before it was activated: end the contract "
                "line.",
                line=mobile.display_name,
            )
        if (
            self.product_id.mvno_bill_from == "port_in"
            and mobile.portability_id.is_open
        ):
            return "port_in", self.env._(
                "The port-in of line %(line)s is not finished: its plan is billed from "
                "the end of the port-in on.",
                line=mobile.display_name,
            )
        return None

    # === WHAT THE CONTRACT KNOWS OF IT === #

    def _mvno_sync_last_invoiced(self):
        """Set the date up to which each line is invoiced to the end of its last
        billed month; the contract's own methods read it."""
        last_ends = dict(
            self.env["mvno.billing.item"]._read_group(
                [
                    ("contract_line_id", "in", self.ids),
                    ("kind", "=", "recurring"),
                    ("state", "=", "billed"),
                ],
                ["contract_line_id"],
                ["period_end:max"],
            )
        )
        by_date = defaultdict(self.browse)
        for line in self:
            before = line.mvno_billing_from and line.mvno_billing_from - timedelta(1)
            if before and line.date_start and before < line.date_start:
                before = False
            last = last_ends.get(line) or before or False
            if line.last_date_invoiced != last:
                by_date[last] |= line
        for last, lines in by_date.items():
            lines.write({"last_date_invoiced": last})

    @api.model
    def _mvno_keep_invoiced_months(self):
        """Bill telephony from where invoicing stood before there were billing runs."""
        by_date = defaultdict(self.browse)
        invoiced = self.with_context(active_test=False).search(
            [
                ("is_telephony", "=", True),
                ("last_date_invoiced", "!=", False),
                ("mvno_billing_from", "=", False),
            ]
        )
        for line in invoiced:
            by_date[line.last_date_invoiced + timedelta(1)] |= line
        for day, lines in by_date.items():
            lines.write({"mvno_billing_from": day})
