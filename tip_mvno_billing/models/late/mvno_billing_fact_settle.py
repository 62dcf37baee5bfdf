# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_round, split_every

from odoo.addons.tip_mvno.tools.bulk import named
from odoo.addons.tip_mvno.tools.cursor import database_now

from ...tools.day_numbers import days_of, days_text
from ...tools.month import month_end, month_of, next_month
from ..days.mvno_line_hold import UNSAID
from ..run.mvno_billing_run_driver import CONFLICTS, LOCK_CLASS
from .mvno_billing_fact import UNSETTLED, merged_days

_logger = logging.getLogger(__name__)

BATCH_FACTS = 100


class MvnoBillingFact(models.Model):
    """How what was learnt late is settled: what it comes to, and where that goes.

    What is given back is taken off the month's invoice while that is open, by a credit
    note; else it is on the customer's next invoice, or, where nothing is to come,
    listed to be refunded. What is charged is on the next invoice, or listed.
    """

    _inherit = "mvno.billing.fact"

    # === DRIVER === #

    @api.model
    def cron_settle(self):
        """Driver: what is open, batch after batch, each committed."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        self._reopen_stranded()
        facts = self.search([("state", "=", "open")], order="company_id, id")
        cron._commit_progress(remaining=len(facts))
        for its_facts in facts.grouped("company_id").values():
            for batch in split_every(BATCH_FACTS, its_facts.ids, self.browse):
                if not batch._settle_or_leave():
                    self.env.ref("tip_mvno_billing.ir_cron_late_facts")._trigger(
                        at=database_now(self.env.cr) + timedelta(minutes=1)
                    )
                if not cron._commit_progress(len(batch)):
                    return

    def _settle_or_leave(self):
        """:return: bool, whether these are settled; not when somebody else is at the
        same records"""
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                if not self._lock_company(self.company_id):
                    return False
                self._settle()
        except CONFLICTS as error:
            _logger.info("What was learnt late is looked at again: %s", named(error))
            return False
        return True

    @api.model
    def _lock_company(self, company):
        """One process at a time bills for a company: a run, or this.

        :return: bool, whether it is this one
        """
        [[is_mine]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_CLASS, company.id)
        )
        return is_mine

    def _lock_companies(self):
        """:raise UserError: when one of their companies is being billed"""
        for company in self.company_id:
            if not self._lock_company(company):
                raise UserError(
                    self.env._(
                        "Telephony of %(company)s is being billed right now. Try again "
                        "in a moment.",
                        company=company.name,
                    )
                )

    @api.model
    def _reopen_stranded(self):
        """What was to be on a next invoice is looked at again where none is to come any
        more."""
        waiting = self.search([("state", "=", "due")])
        (waiting - waiting._on_next_invoice())._transition("reopen")

    # === SETTLING === #

    def _settle(self):
        """Settle these as far as no person has to. Never commits."""
        facts = self.filtered(lambda fact: fact.state == "open")._merged()
        facts._work_out()
        facts = facts.filtered(lambda fact: fact.state == "open")
        asking = facts.filtered(
            lambda fact: not fact.is_confirmed
            # a person's word is missing, or wanted
            and (fact.message or fact.company_id.mvno_late_facts == "confirm")
        )
        asking._transition("ask")
        (facts - asking)._place()

    def _merged(self):
        """What else was learnt of the same months and is not settled is settled with
        it, once: by what is known now.

        :return: the facts that stand for all of them, open, one of each month
        """
        unsettled = self.search(
            [
                ("item_id", "in", self.item_id.ids),
                ("state", "in", UNSETTLED),
                # what is left of one that is settled stays as it is
                ("rest_of_id", "=", False),
            ],
            order="id",
        )
        kept, repeated = self.browse(), self.browse()
        for facts in unsettled.grouped("item_id").values():
            first, last = facts[0], facts[-1]
            kept |= first
            if len(facts) > 1:
                repeated |= facts - first
                first.write({"days": merged_days(facts), "kind": last.kind})
        kept.filtered(lambda fact: fact.state != "open")._transition(
            "reopen", is_confirmed=False
        )
        repeated._transition("drop", self.env._("Learnt again: settled together."))
        return kept

    def _work_out(self):
        """Find what these change and what that comes to; those that change nothing, and
        those that only a person can settle, are told apart."""
        if not self:
            return
        months = self.mapped("competence")
        off_of = self.mvno_line_id._blocked_days(min(months), month_end(max(months)))
        settled = self._settled_before()
        nothing, by_hand = defaultdict(self.browse), []
        for fact in self:
            off = {
                day.day: kind
                for day, kind in off_of.get(fact.mvno_line_id.id, {}).items()
                if month_of(day) == fact.competence
            }
            reason = fact._work_out_days(off, settled.get(fact.item_id, self.browse()))
            if reason:
                nothing[reason] |= fact
            elif problem := fact._problem():
                by_hand.append((fact, problem))
        for reason, facts in nothing.items():
            facts._transition("drop", reason)
        for fact, problem in by_hand:
            fact._stop(problem)

    def _settled_before(self):
        """:return: dict, what is settled already of these facts' months: ``{item:
        facts}``"""
        return self.search(
            [("item_id", "in", self.item_id.ids), ("state", "=", "settled")]
        ).grouped("item_id")

    def _work_out_days(self, off, settled):
        """Note which days change, and what that comes to.

        :param dict off: what the days are that are not charged, as is known now:
            ``{day number: FREE or UNSAID}``
        :param settled: what is settled already of the same month
        :return: str, why nothing is to be settled; None when something is
        """
        self.ensure_one()
        item = self.item_id
        if item.state != "billed" or item.is_provisional:
            return self.env._("The month is billed anew, by what is known now.")
        if item.move_id._mvno_is_credited() and item.move_id._mvno_credited_by_hand():
            return self.env._("The whole invoice was credited.")
        concerned = days_of(self.days)
        if self.kind == "cancellation":
            # an earlier day that was told of it counts no more
            concerned = concerned.union(
                *(
                    days_of(fact.days_off)
                    for fact in settled
                    if fact.kind == "cancellation"
                )
            )
        charged = item._days_charged(off.keys() - concerned)
        if charged is None:
            self.write({"days_off": False, "days_on": False, "amount": 0.0})
            return None
        now = (charged - concerned) | (self._days_in_service(concerned) - off.keys())
        if now == charged:
            return self.env._("No day is charged otherwise than it was billed.")
        if not charged >= now:
            # nothing else may find these days unbilled meanwhile
            item._charge_days(charged, now)
        amount = item._share(len(now)) - item._share(len(charged))
        rests = settled.filtered(lambda rest: rest.rest_of_id == self)
        amount -= sum(rests.mapped("amount"))
        self.write(
            {
                "days_off": days_text(charged - now),
                "days_on": days_text(now - charged),
                "amount": self.currency_id.round(amount),
                "message": self._unsaid(
                    {n for n in charged - now if off.get(n) == UNSAID}
                ),
            }
        )
        return None

    def _unsaid(self, numbers):
        """:param set numbers: of days that TIP blocked while nobody has said why
        :return: a sentence about what is to be said of them, False for no days"""
        return bool(numbers) and self.env._(
            "TIP blocked the line on days %(days)s: say why, which settles this. "
            "Confirm it to give these days back without that.",
            days=days_text(numbers),
        )

    def _days_in_service(self, numbers):
        """:param set numbers: of days of the month
        :return: set of those on which the line is in service and its contract line
            pays, as far as what was learnt is about that"""
        line, item = self.contract_line_id, self.item_id
        first, last = item.period_start, line._mvno_last_day()
        if self.kind == "port_in":
            first = line._mvno_first_day() or first
        days = {number: self.competence.replace(day=number) for number in numbers}
        return {
            number
            for number, day in days.items()
            if day >= first and not (last and day > last)
        }

    def _problem(self):
        """:return: a sentence about why a person has to settle this; None when none
        has"""
        self.ensure_one()
        invoice = self.invoice_id
        if not (self.days_off or self.days_on):
            return self.env._(
                "The month was billed before its days were kept, and not for all of "
                "them: which ones is not known. Compare invoice %(invoice)s with the "
                "line's history, give back or charge the difference, and mark this as "
                "settled.",
                invoice=invoice.display_name,
            )
        if invoice._mvno_credited_by_hand():
            return self.env._(
                "Invoice %(invoice)s was credited in part by hand. Check whether that "
                "credit note says so already, give back or charge the difference, and "
                "mark this as settled.",
                invoice=invoice.display_name,
            )
        return None

    def _stop(self, problem):
        """A person has to settle these.

        :param str problem: why, and what to do
        """
        self._transition("stop", message=problem)

    # === WHERE IT GOES === #

    def _place(self):
        """Settle these on their invoices, or say where they are settled."""
        going_on = self._on_next_invoice()
        places = defaultdict(self.browse)
        left = {}
        for fact in self:
            invoice = fact.invoice_id
            if invoice.state == "draft":
                places["draft"] |= fact
                continue
            place = "due" if fact in going_on else "apart"
            if fact.amount < 0:
                left.setdefault(invoice, invoice._mvno_left_to_pay())
                gross = fact._with_taxes()
                if left[invoice] > 0:
                    if left[invoice] < gross:
                        places[place] |= fact._split(left[invoice] / gross)
                        gross = left[invoice]
                    left[invoice] -= gross
                    places["credit"] |= fact
                    continue
            places[place] |= fact
        places["draft"]._in_parts("_put_on_drafts")
        places["credit"]._in_parts("_take_off")
        for month, facts in places["due"].grouped("billed_with").items():
            facts._transition("wait", billed_with=month)
        apart = places["apart"]
        given_back = apart.filtered(lambda fact: fact.amount < 0)
        given_back._transition("owe")
        (apart - given_back)._transition("collect")

    def _split(self, share):
        """Leave of this what its invoice has room for.

        :param float share: of the whole
        :return: a fact of what is left
        """
        self.ensure_one()
        rounding = self.currency_id.rounding
        part = -float_round(
            -self.amount * share, precision_rounding=rounding, rounding_method="DOWN"
        )
        rest = self.create(
            {
                "item_id": self.item_id.id,
                "competence": self.competence,
                "kind": self.kind,
                "learnt_on": self.learnt_on,
                "billed_with": self.billed_with,
                "is_confirmed": self.is_confirmed,
                "rest_of_id": self.id,
                "amount": self.currency_id.round(self.amount - part),
            }
        )
        self.amount = part
        return rest

    def _with_taxes(self):
        """:return: float, what this comes to on an invoice, taxes included, without its
        sign"""
        self.ensure_one()
        billed = self.item_id.move_line_id
        return abs(
            billed.tax_ids.compute_all(
                self.amount,
                currency=self.currency_id,
                product=billed.product_id,
                partner=billed.partner_id,
            )["total_included"]
        )

    def _on_next_invoice(self):
        """Tell which of these are on an invoice to come: of their customer, or another
        line of theirs, that they fit on. Notes with which month that is billed.

        :return: facts
        """
        months = {
            platform: self._month_to_bill(platform)
            for platform in self.mvno_line_id.platform_id
        }
        for fact in self.filtered(lambda fact: not fact.billed_with):
            month = months[fact.mvno_line_id.platform_id]
            fact.billed_with = max(month, next_month(fact.competence))
        keys = defaultdict(list)
        for line in self._paying_lines():
            keys[line.contract_id._mvno_next_key()].append(line.date_end)
        return self.filtered(
            lambda fact: fact.contract_line_id.contract_id.active
            and any(
                not end or end >= fact.billed_with
                for end in keys.get(
                    fact.contract_line_id.contract_id._mvno_next_key(), ()
                )
            )
        )

    def _paying_lines(self):
        """:return: the contract lines of these facts' customers that have days to come
        to bill, or had some until not long ago"""
        if not self:
            return self.env["contract.line"]
        customers = self.contract_line_id.contract_id.commercial_partner_id
        return self.env["contract.line"].search(
            [
                ("is_telephony", "=", True),
                ("is_canceled", "=", False),
                ("specific_price", ">", 0),
                ("company_id", "in", self.company_id.ids),
                ("contract_id.active", "=", True),
                ("contract_id.contract_type", "=", "sale"),
                ("contract_id.commercial_partner_id", "in", customers.ids),
                "|",
                ("date_end", ">=", min(self.mapped("billed_with"))),
                "&",
                ("date_end", "=", False),
                ("mvno_line_id.state", "in", self.env["mvno.line"]._live_states),
            ]
        )

    @api.model
    def _month_to_bill(self, platform):
        """:return: first day of the month whose billing run comes next"""
        current = month_of(platform._today())
        last = current - relativedelta(months=1)
        billed = self.env["mvno.billing.run"].search_count(
            [
                ("platform_id", "=", platform.id),
                ("competence", "=", last),
                ("billed_at", "!=", False),
            ],
            limit=1,
        )
        return current if billed else last
