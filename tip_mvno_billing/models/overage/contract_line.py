# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from odoo.addons.tip_mvno.tools.local_time import utc_midnight

from ...tools.month import days_in, month_end, month_text
from ...tools.month_billing import Charge
from ...tools.overage import EVENT_UNITS, USAGE_KINDS, Tariff, pooled_allowance


class ContractLine(models.Model):
    """What usage beyond the allowance costs on a contract line."""

    _inherit = "contract.line"

    def _mvno_tariffs(self, competence, billed_days=None):
        """The tariffs of a month, for the days of each of these contract lines, which
        pay for one mobile line and are one holder's.

        The allowance is the sum of those of the lines, each whole or by its days, as it
        was signed. A line of which a plan told no allowance, or an unlimited one, has
        no tariff: its days neither draw nor cost. One without price has one that costs
        nothing: its days draw.

        :param competence: first day of the month
        :param dict billed_days: of :meth:`_mvno_billed_days`, where they were read for
            many lines at once
        :return: list of :class:`Tariff`, in the order of their days
        """
        if billed_days is None:
            billed_days = self._mvno_billed_days(competence)
        periods = sorted(
            (
                (period, line)
                for line in self
                if (period := line._mvno_period(competence))
            ),
            key=lambda part: part[0],
        )
        total = month_end(competence).day
        tariffs = []
        for kind in USAGE_KINDS:
            limited = [part for part in periods if part[1]._mvno_allowance(kind)]
            allowance = pooled_allowance(
                (
                    (
                        line._mvno_allowance(kind),
                        max(days_in(*period), billed_days.get(line.id, 0)),
                        line.mvno_allowance_share == "by_days",
                    )
                    for period, line in limited
                ),
                total,
            )
            tariffs += [
                line._mvno_tariff(competence, kind, allowance, period)
                for period, line in limited
            ]
        return tariffs

    def _mvno_billed_days(self, competence):
        """Over how many days allowances by days were shared out in a month that is
        billed. What is learnt afterwards opens its own days only: the usage of the
        others is not beyond the allowance because of it.

        :param competence: first day of the month
        :return: dict {contract line id: number of days}
        """
        by_days = self.filtered(lambda line: line.mvno_allowance_share == "by_days")
        if not by_days:
            return {}
        return {
            item.contract_line_id.id: days_in(item.period_start, item.period_end)
            for item in self.env["mvno.billing.item"].search_fetch(
                [
                    ("contract_line_id", "in", by_days.ids),
                    ("competence", "=", competence),
                    ("kind", "=", "recurring"),
                    ("state", "=", "billed"),
                    ("is_provisional", "=", False),
                ],
                ["contract_line_id", "period_start", "period_end"],
            )
        }

    def _mvno_tariff(self, competence, kind, allowance, period):
        """:param int allowance: all of the holder's month, in minutes, messages or MB
        :param period: (first day, last day) that this line pays for
        :return: :class:`Tariff`"""
        since, until = self._mvno_moments(competence, period)
        return Tariff(
            contract_line_id=self.id,
            mvno_line_id=self.mvno_line_id.id,
            holder_id=self.contract_id.commercial_partner_id.id,
            kind=kind,
            allowance=allowance * EVENT_UNITS[kind],
            price=self._mvno_usage_price(kind, competence)
            if self.mvno_overage
            else Decimal(0),
            decimals=self.currency_id.decimal_places,
            since=since,
            until=until,
        )

    def _mvno_moments(self, competence, period):
        """:param period: (first day, last day) of the month
        :return: (first moment that is of these days, first one that is not any more),
            UTC; None at the month's own ends, for what its statement tells of other
            months is of its first and its last days"""
        start, end = period
        zone = self.mvno_line_id.platform_id.tz
        after = end + timedelta(days=1)
        return (
            utc_midnight(start, zone) if start > competence else None,
            None if end == month_end(competence) else utc_midnight(after, zone),
        )

    def _mvno_of_holder(self, competence, holder):
        """:param competence: first day of the month
        :param holder: ``res.partner`` record
        :return: those of these contract lines that pay for days of the month, and are
            this customer's"""
        customer = holder.commercial_partner_id
        return self._mvno_of_month(competence).filtered(
            lambda line: line.contract_id.commercial_partner_id == customer
        )

    def _mvno_of_month(self, competence):
        """:param competence: first day of the month
        :return: those of these contract lines that pay for days of it, in their
            order"""
        return self.filtered(
            lambda line: not line.is_canceled
            and line.contract_id.contract_type == "sale"
            and line._mvno_period(competence)
        ).sorted("date_start")

    def _mvno_used(self, competence):
        """What was used on the days that these contract lines pay for, which are of one
        mobile line.

        :param competence: first day of the month
        :return: dict, "voice", "sms" and "data" to seconds, messages and MB
        """
        days = []
        for line in self:
            since, until = line._mvno_moments(competence, line._mvno_period(competence))
            domain = Domain("started_at", "!=", False)
            if since:
                domain &= Domain("started_at", ">=", since)
            if until:
                domain &= Domain("started_at", "<", until)
            days.append(domain)
        used = dict.fromkeys(USAGE_KINDS, 0)
        for kind, count, seconds, upload, download in self.env[
            "mvno.usage.event"
        ]._read_group(
            Domain("mvno_line_id", "in", self.mvno_line_id.ids)
            & Domain("competence", "=", competence)
            & Domain.OR(days),
            ["kind"],
            ["__count", "seconds:sum", "upload_mb:sum", "download_mb:sum"],
        ):
            used[kind] = {
                "voice": seconds,
                "sms": count,
                "data": (upload or 0) + (download or 0),
            }[kind]
        return used

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
        """:return: str, what exceeded which allowance, and what each kind costs, in the
        customer's language; of a part of a month, its days"""
        lang = self.contract_id.partner_id.lang or self.env.lang
        line = self.with_context(lang=lang)
        mobile = line.mvno_line_id
        priced = [excess for excess in usage.excesses if excess.is_priced]
        told = [
            line.env._(
                "%(usage)s: %(amount)s",
                usage=line._mvno_usage_words(excess.kind, excess.quantity),
                amount=line.currency_id.format(float(excess.amount)),
            )
            for excess in priced
        ]
        if usage.billed:
            told.append(
                line.env._(
                    "billed already: %(amount)s",
                    amount=line.currency_id.format(usage.billed),
                )
            )
        allowances = [
            line._mvno_usage_words(excess.kind, excess.allowance) for excess in priced
        ]
        return line.env._(
            "Usage beyond the allowance – %(number)s – %(month)s\n%(usage)s\n"
            "Allowance of the month: %(allowance)s",
            number=mobile._format_number(mobile.number) or mobile.display_name,
            month=line._mvno_usage_days(competence),
            usage="; ".join(told),
            allowance="; ".join(allowances),
        )

    def _mvno_usage_days(self, competence):
        """:return: str, the month, or the days of it that this line pays for"""
        self.ensure_one()
        start, end = self._mvno_period(competence)
        if (start, end) == (competence, month_end(competence)):
            return month_text(competence)
        return self.env._(
            "%(start)s to %(end)s",
            start=format_date(self.env, start),
            end=format_date(self.env, end),
        )

    @api.model
    def _mvno_usage_words(self, kind, quantity):
        """:param str kind: "voice", "sms" or "data"
        :param quantity: minutes, messages or MB
        :return: str, it as people read it"""
        units = {
            "voice": self.env._("min of calls"),
            "sms": self.env._("SMS"),
            "data": self.env._("MB"),
        }
        digits = 0 if kind == "sms" else 2
        return self.env._(
            "%(quantity)s %(unit)s",
            quantity=formatLang(self.env, float(quantity), digits=digits),
            unit=units[kind],
        )
