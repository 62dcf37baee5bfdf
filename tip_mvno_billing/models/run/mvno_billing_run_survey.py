# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools.month import (
    labelled_spans,
    month_end,
    month_text,
    months_between,
    next_month,
)
from .ledger import Ledger

DAY = timedelta(days=1)


@dataclass
class Survey:
    """What a run found out about some contract lines."""

    parts: dict = field(default_factory=dict)
    """``{contract line id: Part}``: what of the run's month is billed."""
    charges: list = field(default_factory=list)
    """:class:`Charge` items: other months of these lines that are billed with it."""
    issues: list = field(default_factory=list)
    """Values of what is not billed."""
    settled: list = field(default_factory=list)
    """(item, Part) pairs: months billed in advance that came to what was billed."""


class MvnoBillingRun(models.Model):
    """Which months of which lines are billed now, and what stands in the way."""

    _inherit = "mvno.billing.run"

    def _survey(self, lines):
        """Tell what can be billed now from what cannot, and why.

        :param lines: ``contract.line`` records
        :return: :class:`Survey`
        """
        self.ensure_one()
        ledger = Ledger(self, lines)
        survey = Survey()
        for line in lines:
            hindrance = line._mvno_hindrance()
            if hindrance:
                if self._is_of_month(line):
                    survey.issues.append(self._issue(line, *hindrance))
                continue
            self._survey_month(survey, ledger, line)
            survey.issues += self._unsaid_days(ledger, line)
            self._survey_joined(survey, ledger, line)
            if line.mvno_billing_timing == "advance":
                self._survey_advance(survey, ledger, line)
            survey.issues += self._earlier_months(ledger, line)
        return survey

    def _is_of_month(self, line):
        """:return: bool, whether a contract line is in force in the run's month"""
        begun = line.date_start <= month_end(self.competence)
        return begun and (not line.date_end or line.date_end >= self.competence)

    def _survey_month(self, survey, ledger, line):
        """The run's own month of a line."""
        month = self.competence
        if ledger.is_billed(line, month):
            self._settle_advance(survey, ledger, line)
            self._survey_further_days(survey, ledger, line)
            return
        left = ledger.balance(line, month)
        if left:
            self._adjust(survey, ledger, line, None, -left)
        part = ledger.part(line, month)
        if not part:
            survey.issues += self._free_days(line)
            return
        problem = self._free_of_charge(line, part)
        if problem and problem[0] == "no_days" and ledger.unsaid(line, month):
            # its days are listed with what they come to
            return
        if problem:
            survey.issues.append(self._issue(line, *problem))
        elif ledger.waits_for_next(line, month):
            survey.issues.append(
                self._issue(
                    line,
                    "joined",
                    self.env._(
                        "%(days)s days of %(month)s are billed together with "
                        "%(next)s, as the plan has it.",
                        days=part.charged,
                        month=month_text(month),
                        next=month_text(next_month(month)),
                    ),
                )
            )
        else:
            survey.parts[line.id] = part

    def _free_of_charge(self, line, part):
        """:return: (code of an issue, sentence) when nothing is billed for a part of a
        month; None when it is, a courtesy with nothing to pay among them"""
        if not part.charged:
            return "no_days", self.env._(
                "The line was suspended on every day of the month: nothing is charged."
            )
        if not part.amount and not (line.mvno_courtesy or part.discount >= 100):
            return "price_zero", self.env._(
                "Contract line %(name)s has no price, and is not marked as a courtesy. "
                "Set one of the two, then run the billing again.",
                name=line.name,
            )
        return None

    def _free_days(self, line):
        """:return: list of issue values, the days of a month of which nothing is billed
        that a line has for nothing; of a month billed in part the invoice says them"""
        return [
            self._issue(
                line,
                "free_days",
                self.env._(
                    "%(start)s to %(end)s are free: %(reason)s.",
                    start=format_date(self.env, start),
                    end=format_date(self.env, end),
                    reason=line._mvno_free_text(rule),
                ),
                day_from=start,
                day_to=end,
            )
            for rule, start, end in line._mvno_free_spans(self.competence)
        ]

    def _survey_joined(self, survey, ledger, line):
        """A short first part of the month before, which was to be billed with this."""
        month = (self.competence - DAY).replace(day=1)
        if not ledger.is_billed(line, month) and ledger.waits_for_next(line, month):
            part = ledger.part(line, month)
            survey.charges.append(line._mvno_month_charge(month, part))

    # === DAYS THAT TIP BLOCKED === #

    def _unsaid_days(self, ledger, line):
        """List the days of the month that TIP blocked while nobody has said why.

        :param Ledger ledger: what is billed
        :param line: ``contract.line`` record
        :return: list of issue values
        """
        currency = line.contract_id.currency_id
        return [
            self._issue(
                line,
                "platform_block",
                self.env._(
                    "Blocked by TIP from %(first)s to %(last)s: say why. For "
                    "non-payment or at the customer's request these days stay free; "
                    "for misuse, theft or loss they are charged with %(amount)s.",
                    first=format_date(self.env, first),
                    last=format_date(self.env, last),
                    amount=currency.format(amount),
                ),
                day_from=first,
                day_to=last,
                amount=amount,
            )
            for first, last, amount in ledger.unsaid(line, self.competence)
        ]

    # === MONTHS BILLED IN ADVANCE === #

    def _survey_advance(self, survey, ledger, line):
        """The month after the run's, of a line that pays in advance. Nothing is billed
        in advance while a line is blocked: those days may not be charged."""
        month = next_month(self.competence)
        if ledger.is_billed(line, month) or line.mvno_line_id.state == "blocked":
            return
        part = ledger.part(line, month)
        if part and part.amount:
            survey.charges.append(line._mvno_month_charge(month, part, True))

    def _settle_advance(self, survey, ledger, line):
        """Compare what a month billed in advance came to with what was billed."""
        month = self.competence
        item = ledger.provisional(line, month)
        if not item:
            return
        part = ledger.part(line, month)
        difference = ledger.difference(line, month, part)
        if difference and ledger.is_credited_in_part(line, month):
            survey.issues.append(
                self._issue(
                    line,
                    "advance_credited",
                    self.env._(
                        "%(month)s was billed in advance on %(invoice)s and credited "
                        "in part by hand. It came to %(difference)s more than was "
                        "billed: check that the credit note says so; nothing is "
                        "corrected by itself.",
                        month=month_text(month),
                        invoice=item.move_id.display_name,
                        difference=line.contract_id.currency_id.format(difference),
                    ),
                )
            )
        elif difference:
            self._adjust(survey, ledger, line, part, difference)
            return
        if part:
            survey.settled.append((item, part))

    # === CORRECTIONS === #

    def _survey_further_days(self, survey, ledger, line):
        """More days of a month that is billed: the contract line was extended since."""
        longer = ledger.longer_part(line, self.competence)
        difference = longer and ledger.difference(line, self.competence, longer)
        if difference:
            self._adjust(survey, ledger, line, longer, difference)

    def _adjust(self, survey, ledger, line, part, difference):
        month = self.competence
        key = ledger.free_adjustment_key(line, month)
        survey.charges.append(line._mvno_adjustment(month, part, difference, key))

    # === EARLIER MONTHS, LINES WITHOUT CONTRACT === #

    def _earlier_months(self, ledger, line):
        """List the months before this one that the line still has to pay for.

        :param Ledger ledger: what is billed
        :param line: ``contract.line`` record
        :return: list of issue values
        """
        issues = []
        for month in months_between(line.mvno_paid_from, self.competence):
            if ledger.is_at_rest(line, month):
                continue
            billed_with = month
            if ledger.waits_for_next(line, month):
                billed_with = next_month(month)
                if billed_with == self.competence:
                    continue
            issues.append(
                self._issue(
                    line,
                    "earlier_month",
                    self.env._(
                        "%(month)s is not billed yet: start a billing run for %(run)s.",
                        month=month_text(month),
                        run=month_text(billed_with),
                    ),
                    month,
                )
            )
        return issues

    def _lines_without_contract(self):
        """List lines that work at the platform while nobody pays for them: the contract
        line has ended or was deleted, or its contract is archived.

        :return: list of issue values
        """
        self.ensure_one()
        last_day = month_end(self.competence)
        in_force = [
            ("is_canceled", "=", False),
            ("contract_id.active", "=", True),
            ("date_start", "<=", last_day),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", last_day),
        ]
        billed_elsewhere = [
            ("is_canceled", "=", False),
            ("mvno_billing_from", ">", last_day),
        ]
        lines = self.env["mvno.line"].search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("state", "in", self.env["mvno.line"]._live_states),
                "|",
                ("activation_date", "=", False),
                ("activation_date", "<=", last_day),
                ("contract_line_ids", "not any", in_force),
                ("contract_line_ids", "not any", billed_elsewhere),
            ]
        )
        return [
            {
                "run_id": self.id,
                "competence": self.competence,
                "code": "no_contract",
                "reason": self.env._(
                    "Line %(line)s is in service, but no contract line in force pays "
                    "for it to the end of %(month)s: extend or restore its contract, "
                    "or cancel the line.",
                    line=line.display_name,
                    month=month_text(self.competence),
                ),
                "mvno_line_id": line.id,
                "partner_id": line.partner_id.id,
            }
            for line in lines
        ]

    def _months_of_archived_contracts(self, listed):
        """List the unbilled months of contracts that were archived: no run bills them.

        :param listed: ``mvno.line`` records that are listed for this month already
        :return: list of issue values
        """
        self.ensure_one()
        lines = self.env["contract.line"].with_context(active_test=False)
        lines = lines.search(
            [
                *self._months_domain(),
                ("contract_id.active", "=", False),
                ("mvno_line_id", "!=", False),
            ]
        )
        ledger = Ledger(self, lines)
        issues = []
        for line in lines:
            if line._mvno_hindrance():
                continue
            for month in months_between(
                line.mvno_paid_from, next_month(self.competence)
            ):
                known = month == self.competence and line.mvno_line_id in listed
                if known or ledger.is_at_rest(line, month):
                    continue
                issues.append(
                    self._issue(
                        line,
                        "archived",
                        self.env._(
                            "%(month)s is not billed: contract %(contract)s is "
                            "archived. Restore it, start a billing run for %(month)s, "
                            "then archive it again.",
                            month=month_text(month),
                            contract=line.contract_id.name,
                        ),
                        month,
                    )
                )
        return issues

    # === DAYS WITHOUT A PLACE === #

    def _list_days_without_place(self, told):
        """List the days of the month on which lines were in service, and which are on
        no invoice, free by no rule, and on no list.

        :param told: ``mvno.billing.issue`` records of this run, those of the lines that
            nobody pays for among them: their days are noted there
        """
        self.ensure_one()
        spans = self._days_without_place()
        told = told.filtered(lambda issue: issue.code == "no_contract").grouped(
            "mvno_line_id"
        )
        issues = []
        for mobile, line, start, end in spans:
            amount = line._mvno_worth(start, end) if line else 0.0
            vals = {"day_from": start, "day_to": end, "amount": amount}
            if mobile in told and end == month_end(self.competence):
                told[mobile].write(vals)
            else:
                issues.append(self._no_place_issue(mobile, line, vals))
        self.env["mvno.billing.issue"].create(issues)

    def _no_place_issue(self, mobile, line, vals):
        """:return: dict, values of an issue about days that nothing bills"""
        return {
            "run_id": self.id,
            "competence": self.competence,
            "code": "no_place",
            "reason": self.env._(
                "Line %(line)s was in service from %(start)s to %(end)s, and nothing "
                "bills these days: let a contract line pay for them (as a courtesy, if "
                "they are a gift), then run the billing again.",
                line=mobile.display_name,
                start=format_date(self.env, vals["day_from"]),
                end=format_date(self.env, vals["day_to"]),
            ),
            "contract_line_id": line.id,
            "mvno_line_id": mobile.id,
            "partner_id": mobile.partner_id.id,
            **vals,
        }

    def _days_without_place(self):
        """:return: list of (``mvno.line`` record, the ``contract.line`` nearest to the
        days or none, first day, last day), without the days on which the line was
        blocked for a reason that is not charged"""
        mobiles = self.env["mvno.line"]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT place.mobile_id, place.contract_line_id, place.day_from, "
                "place.day_to FROM (%s) place JOIN mvno_line line "
                "ON line.id = place.mobile_id WHERE line.platform_id = %s "
                "ORDER BY place.mobile_id, place.day_from",
                mobiles._days_without_place_sql(
                    [self.competence], expected=self.mode == "preview"
                ),
                self.platform_id.id,
            )
        )
        found = mobiles.browse({mobile_id for mobile_id, *_rest in rows})
        off = found._days_not_charged(self.competence, month_end(self.competence))
        line_of = self.env["contract.line"].browse
        spans = []
        for mobile_id, line_id, start, end in rows:
            free = off.get(mobile_id, frozenset())
            spans += [
                (mobiles.browse(mobile_id), line_of(line_id or []), first, last)
                for _label, first, last in labelled_spans(
                    start, end, lambda day, free=free: day not in free
                )
            ]
        return spans

    def _issue(self, line, code, reason, competence=None, **vals):
        return {
            "run_id": self.id,
            "competence": competence or self.competence,
            "code": code,
            "reason": reason,
            "contract_line_id": line.id,
            "mvno_line_id": line.mvno_line_id.id,
            "partner_id": line.contract_id.partner_id.id,
            **vals,
        }
