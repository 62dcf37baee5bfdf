# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.month import labelled_spans, month_end, month_of, next_month

# What follows from other fields, whoever writes a contract line.
PAID_DAYS = frozenset({"mvno_paid_from", "mvno_paid_until"})
# Why a day in service is free, there is no other reason: before an agreed start later
# than the activation, before the end of the port-in, in a free first month, and while
# the line is blocked all day long for a reason that is not charged.
FREE_RULES = ("later_start", "port_in", "first_month", "suspended")


class ContractLine(models.Model):
    """The days that a telephony contract line pays for.

    They are worked out once, here, and kept: what bills a month and what lists what is
    missing read the same two dates.
    """

    _inherit = "contract.line"

    mvno_paid_from = fields.Date(
        string="Pays from",
        compute="_compute_mvno_paid_days",
        store=True,
        copy=False,
        help="The first day that is billed, by what was agreed. Empty while it is not "
        "known: the line is not activated, or its port-in is under way.",
    )
    mvno_paid_until = fields.Date(
        string="Pays until",
        compute="_compute_mvno_paid_days",
        store=True,
        copy=False,
        help="The last day that is billed; empty while the line goes on.",
    )

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._mvno_without_paid_days(v) for v in vals_list])

    def write(self, vals):
        return super().write(self._mvno_without_paid_days(vals))

    @api.model
    def _mvno_without_paid_days(self, vals):
        """:return: dict, values without those that nobody types in"""
        return {name: value for name, value in vals.items() if name not in PAID_DAYS}

    # === FIRST AND LAST DAY === #

    @api.depends(
        "is_telephony",
        "date_start",
        "date_end",
        "is_canceled",
        "contract_id.commercial_partner_id",
        "mvno_bill_from",
        "mvno_first_month",
        "mvno_last_month",
        "mvno_billing_from",
        "mvno_line_id.state",
        "mvno_line_id.activation_date",
        "mvno_line_id.adopted_date",
        "mvno_line_id.cancellation_date",
        "mvno_line_id.portability_ids.state",
        "mvno_line_id.portability_ids.ended_on",
        "mvno_line_id.contract_line_ids.date_start",
        "mvno_line_id.contract_line_ids.is_canceled",
        "mvno_line_id.contract_line_ids.mvno_bill_from",
        "mvno_line_id.contract_line_ids.mvno_first_month",
        "mvno_line_id.contract_line_ids.mvno_billing_from",
    )
    def _compute_mvno_paid_days(self):
        """A row is written only when a date of it changes: a month's billing touches
        what these dates follow from for many lines at once."""
        for line in self:
            first, last = line._mvno_first_day(), line._mvno_last_day()
            if line.mvno_paid_from != first:
                line.mvno_paid_from = first
            if line.mvno_paid_until != last:
                line.mvno_paid_until = last

    def _mvno_period(self, competence):
        """The days of a month that this line pays for, suspended ones among them.

        :param competence: first day of the month
        :return: (first day, last day), or None when the line pays for no day of it
        """
        self.ensure_one()
        if not self.mvno_paid_from:
            return None
        start = max(competence, self.mvno_paid_from)
        end = min(month_end(competence), self.mvno_paid_until or month_end(competence))
        return (start, end) if start <= end else None

    def _mvno_first_day(self):
        """:return: the first day that is paid for, as was agreed; False while it is
        not known"""
        self.ensure_one()
        if not self._mvno_serves() or self._mvno_awaits_port_in():
            return False
        first = self._mvno_first_of_service()
        start = max(filter(None, self._mvno_starts()))
        if self == first:
            if self.mvno_first_month == "full" and not self.mvno_billing_from:
                return month_of(start)
            return self._mvno_free_until(start) or start
        free_until = first._mvno_free_until(max(filter(None, first._mvno_starts())))
        same_customer = (
            self.contract_id.commercial_partner_id
            == first.contract_id.commercial_partner_id
        )
        # who changes the plan in a free month keeps it; another holder never had it
        return max(start, free_until) if free_until and same_customer else start

    def _mvno_free_until(self, start):
        """:param start: date, the first day of service
        :return: date, the first day after the free first month that was agreed on this
            line, with which service begins; False when none was"""
        is_free = self.mvno_first_month == "free" and not self.mvno_billing_from
        return next_month(start) if is_free and start.day > 1 else False

    def _mvno_last_day(self):
        """:return: the last day that is paid for, as was agreed; False while the line
        goes on"""
        self.ensure_one()
        ends = list(filter(None, self._mvno_ends())) if self.is_telephony else []
        if not ends:
            return False
        if self.mvno_last_month == "full" and self._mvno_ends_service():
            return month_end(min(ends))
        return min(ends)

    def _mvno_serves(self):
        """:return: bool, whether the mobile line came into service, and there is a day
        from which this line pays for it"""
        self.ensure_one()
        mobile = self.mvno_line_id
        if not (self.is_telephony and mobile and self.date_start):
            return False
        if mobile.state == "cancelled":
            return bool(mobile.activation_date or mobile.adopted_date)
        return mobile.state not in ("draft", "activating")

    def _mvno_begins_service(self):
        """:return: bool, whether no other contract line paid for the mobile line
        before, here or in another system"""
        self.ensure_one()
        return not self.mvno_billing_from and self._mvno_first_of_service() == self

    def _mvno_ends_service(self):
        """:return: bool, whether no other contract line pays for the mobile line
        afterwards"""
        self.ensure_one()
        return not any(
            other.date_start > self.date_start for other in self._mvno_others()
        )

    def _mvno_first_of_service(self):
        """:return: the contract line with which the mobile line's service began; this
        one unless an earlier one did"""
        self.ensure_one()
        earlier = self._mvno_others().filtered(
            lambda other: other.date_start < self.date_start
        )
        return earlier.sorted("date_start")[:1] or self

    def _mvno_others(self):
        """:return: the other contract lines that pay, or paid, for the mobile line,
        those of archived contracts among them"""
        lines = self.mvno_line_id.with_context(active_test=False).contract_line_ids
        return (lines - self).filtered(
            lambda line: line.date_start and not line.is_canceled
        )

    def _mvno_starts(self):
        """:return: list of dates (or False) before each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        starts = [self.date_start, self.mvno_billing_from, mobile.activation_date]
        if self.mvno_bill_from == "port_in":
            starts.append(self._mvno_port_in_end())
        return starts

    def _mvno_ends(self):
        """:return: list of dates (or False) after each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        cancelled = mobile.state == "cancelled" and mobile.cancellation_date
        return [self.date_end, cancelled]

    # === FREE DAYS === #

    def _mvno_free_spans(self, competence, off=frozenset()):
        """Tell which days of a month this line has for nothing. Days billed elsewhere
        are none of them.

        :param competence: first day of the month
        :param off: the dates on which its mobile line is not charged
        :return: list of (key of ``FREE_RULES``, first day, last day)
        """
        self.ensure_one()
        mobile = self.mvno_line_id
        begins = [mobile.activation_date, mobile.adopted_date]
        served_since = max(filter(None, begins), default=self.date_start)
        is_later = self.mvno_agreed_start == self.date_start
        is_later = is_later and self._mvno_first_of_service() == self
        since = served_since if is_later else max(served_since, self.date_start)
        since = max(competence, since, self.mvno_billing_from or since)
        until = min(filter(None, [month_end(competence), *self._mvno_ends()]))
        return labelled_spans(since, until, lambda day: self._mvno_free_rule(day, off))

    def _mvno_free_rule(self, day, off):
        """:return: the key of ``FREE_RULES`` by which this line has a day for nothing,
        or None"""
        if self.mvno_paid_from and day >= self.mvno_paid_from:
            return "suspended" if day in off else None
        if day < self.date_start:
            return "later_start"
        if self.mvno_bill_from == "port_in":
            came = self._mvno_port_in_end()
            if not came or day < came:
                return "port_in"
        return "first_month"

    def _mvno_free_text(self, rule):
        """:return: str, why days are free, in the language of the environment"""
        return {
            "later_start": self.env._("before the agreed start"),
            "port_in": self.env._("before the end of the port-in"),
            "first_month": self.env._("free first month"),
            "suspended": self.env._("suspension"),
        }[rule]

    # === PORT-INS === #

    def _mvno_awaits_port_in(self):
        """:return: bool, whether nothing is billed before the end of a port-in that is
        under way"""
        self.ensure_one()
        return (
            self.mvno_bill_from == "port_in"
            and any(self.mvno_line_id.portability_ids.mapped("is_open"))
            and not self._mvno_port_in_end()
        )

    def _mvno_port_in_end(self):
        """The day on which the number came: the end of the first port-in that ended
        well. Of those that were refused and sent again only the last one counts, once
        it is clear that none follows. One that is repeated while the line is billed
        already interrupts nothing.

        :return: date, or False
        """
        port_ins = self.mvno_line_id.portability_ids.sorted("id")
        ended = port_ins.filtered("ended_on")
        came = ended.filtered(lambda port_in: port_in.state == "done")
        end = min(came.mapped("ended_on"), default=False)
        if not came and ended == port_ins:
            end = ended[-1:].ended_on
        if len(port_ins) > 1 and (billed := self._mvno_first_billed()):
            earlier = [day for day in ended.mapped("ended_on") if day <= billed]
            if earlier and not (end and end <= billed):
                end = max(earlier)
        return end

    def _mvno_first_billed(self):
        """:return: date, the first day of the mobile line's plan that is billed, by
        whichever contract line; False for none. What is billed does not follow from
        the days that are paid for: these are not worked out anew with each invoice."""
        lines = self.mvno_line_id.with_context(active_test=False).contract_line_ids
        days = lines.mvno_item_ids.filtered(
            lambda item: item.kind == "recurring" and item.state == "billed"
        ).mapped("period_start")
        return min(days, default=False)
