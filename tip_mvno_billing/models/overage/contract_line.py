# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import models
from odoo.tools.misc import formatLang

from odoo.addons.tip_mvno.tools.local_time import utc_midnight

from ...tools.month import days_in, month_end, month_text
from ...tools.month_billing import Charge
from ...tools.overage import EVENT_UNITS, USAGE_KINDS, Tariff, share_of_allowance


class ContractLine(models.Model):
    """What usage beyond the allowance costs on a contract line."""

    _inherit = "contract.line"

    def _mvno_tariffs(self, competence):
        """The tariffs of a month that these lines, the parts of one mobile line's month
        that one customer pays for, make up.

        The allowances count by days; the prices are those of the last plan, all as
        they were signed. Where a plan told no allowance, or an unlimited one, nothing
        lies beyond it.

        :param competence: first day of the month
        :return: list of :class:`Tariff`, all of the last contract line
        """
        periods = [
            (period, line) for line in self if (period := line._mvno_period(competence))
        ]
        if not periods:
            return []
        periods.sort(key=lambda part: part[0][1])
        (_start, end), last = periods[-1]
        start = min(period[0] for period, _line in periods)
        if not last.mvno_overage:
            return []
        zone = last.mvno_line_id.platform_id.tz
        after = end + timedelta(days=1)
        whole_end = end == month_end(competence)
        currency = last.currency_id
        tariffs = []
        for kind in USAGE_KINDS:
            price = last._mvno_usage_price(kind, competence)
            parts = [
                (line._mvno_allowance(kind), days_in(*period))
                for period, line in periods
            ]
            if price and all(whole for whole, _days in parts):
                allowance = share_of_allowance(parts, month_end(competence).day)
                tariffs.append(
                    Tariff(
                        contract_line_id=last.id,
                        mvno_line_id=last.mvno_line_id.id,
                        kind=kind,
                        allowance=allowance * EVENT_UNITS[kind],
                        price=price,
                        decimals=currency.decimal_places,
                        since=utc_midnight(start, zone) if start > competence else None,
                        until=None if whole_end else utc_midnight(after, zone),
                    )
                )
        return tariffs

    def _mvno_usage_charge(self, competence, usage, product):
        """:param Usage usage: what the month costs, and what of it is billed
        :param product: ``product.product`` record that the invoice names
        :return: :class:`Charge` for the billing run
        """
        self.ensure_one()
        return Charge(
            contract_line_id=self.id,
            kind="usage",
            source_key=usage.free_key,
            day=self._mvno_period(competence)[1],
            product_id=product.id,
            price=usage.difference,
            text=self._mvno_usage_text(competence, usage),
        )

    def _mvno_usage_text(self, competence, usage):
        """:return: str, what exceeded and what each kind costs, in the customer's
        language"""
        lang = self.contract_id.partner_id.lang or self.env.lang
        line = self.with_context(lang=lang)
        mobile = line.mvno_line_id
        units = {
            "voice": line.env._("min of calls"),
            "sms": line.env._("SMS"),
            "data": line.env._("MB"),
        }
        by_kind = {excess.kind: excess for excess in usage.excesses}
        told = [
            line.env._(
                "%(quantity)s %(unit)s: %(amount)s",
                quantity=formatLang(
                    line.env, float(excess.quantity), digits=0 if kind == "sms" else 2
                ),
                unit=units[kind],
                amount=line.currency_id.format(float(excess.amount)),
            )
            for kind in USAGE_KINDS
            if (excess := by_kind.get(kind))
        ]
        if usage.items:
            told.append(
                line.env._(
                    "billed already: %(amount)s",
                    amount=line.currency_id.format(usage.billed),
                )
            )
        return line.env._(
            "Usage beyond the allowance – %(number)s – %(month)s\n%(usage)s",
            number=mobile._format_number(mobile.number) or mobile.display_name,
            month=month_text(competence),
            usage="; ".join(told),
        )
