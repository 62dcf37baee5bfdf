"""Promise: two years of money, to the day and to the cent (see money/).

Other stories: ``MONEY_SEEDS=7,8``.
"""

from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.tip_mvno_billing.tests.billing_common import BillingCase

from .money.contracts import know_the_tables
from .money.ledger import Entry, Ledger, round_up
from .money.plan import START, Plan
from .money.stage import Stage
from .sizes import money_seeds


@tagged("post_install", "-at_install")
class TestMoneyStory(BillingCase):
    """Sixty lines over twenty-four months, on a clock of the test's own."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        # what the platform does the story says itself: nothing is asked of it
        self.startPatcher(
            patch.object(
                self.registry["mvno.line"], "_reconcile", lambda *_a, **_k: None
            )
        )

    def tell(self, plan, clock):
        """Play a plan's events, and bill when it says.

        :param clock: freezegun's, which is moved
        """
        self.plan, self.ledger = plan, Ledger(plan)
        #: Odd stories round taxes once for all the lines of an invoice.
        self.rounds_once = bool(plan.seed % 2)
        self.company.tax_calculation_rounding_method = (
            "round_globally" if self.rounds_once else "round_per_line"
        )
        self.stage = Stage(self, plan, clock)
        self.runs, self.seen = {}, self.env["account.move"]
        #: Who was billed what: {invoice: (key of the ledger, entries)}
        self.invoices = {}
        self.told = Counter()
        events = iter([*plan.events, None])
        event = next(events)
        for billing in plan.billings:
            while event and event.at < billing.at:
                self.stage.play(event)
                self.ledger.take(event)
                self.told[event.what] += 1
                event = next(events)
            self.stage.set_clock(billing.at)
            know_the_tables(self.env)
            self.bill(billing)

    # === A BILLING RUN === #

    def bill(self, billing):
        """Run a month and compare all of it; then what went wrong, and run again."""
        self.company.mvno_posting = "draft" if billing.mishap else "posted"
        new = self.run_and_compare(billing)
        if not billing.mishap:
            return
        if billing.mishap != "again":
            victims = new.filtered(lambda move: move.id % 3 == 0)
            for move in victims:
                self.ledger.forget(self.invoices.pop(move)[1])
            if billing.mishap == "deleted":
                self.seen -= victims
                victims.unlink()
            else:
                victims.button_cancel()
            self.told[f"invoices {billing.mishap}"] += len(victims)
        self.run_and_compare(billing)
        self.moves(billing).filtered(lambda m: m.state == "draft")._post(soft=False)

    def moves(self, billing):
        return self.env["account.move"].search(
            [("mvno_billing_run_id", "=", self.runs[billing.month].id)], order="id"
        )

    def run_and_compare(self, billing):
        """:return: the new invoices"""
        if billing.month in self.runs:
            run = self._run(self.runs[billing.month])
        else:
            run = self.runs[billing.month] = self._bill(billing.month)
        self.assertEqual(run.state, "done", run.message)
        failed = run.issue_ids.filtered(lambda issue: issue.code == "failed")
        self.assertFalse(failed.mapped("reason"))
        expected, issues = self.ledger.bill(billing.month, billing.at.date())
        new = self.moves(billing) - self.seen
        self.seen |= new
        where = f"seed {self.plan.seed}, {billing.month:%m/%Y}, {billing.at}"
        self.assertEqual(
            sorted(map(self.issue, run.issue_ids)), issues, f"not billed: {where}"
        )
        actual = {move: self.invoice(move) for move in new}
        wanted = sorted((key[:2], sorted(entries)) for key, entries in expected.items())
        self.assertEqual(sorted(actual.values()), wanted, f"billed: {where}")
        for move, (key, entries) in actual.items():
            self.invoices[move] = key, entries
            self.assertEqual(self.total(move), self.with_tax(entries), where)
        self.told["invoices"] += len(new)
        self.told.update(f"issue {issue[0]}" for issue in issues)
        self.told.update(
            entry.kind.split()[0] for _key, entries in wanted for entry in entries
        )
        return new

    def issue(self, issue):
        """:return: an issue as the ledger words it"""
        about = issue.contract_line_id or issue.mvno_line_id
        if issue.code == "no_place":
            # of the line, whichever contract line was nearest
            about = issue.mvno_line_id
        return issue.code, issue.competence, *self.stage.key_of(about)

    def invoice(self, move):
        """:return: ((customer, due date), entries): an invoice in the ledger's words"""
        self.assertEqual(
            move.mvno_competence, move.mvno_billing_run_id.competence, move
        )
        items = move.mvno_item_ids.grouped("move_line_id")
        entries = [self.entry(line, items[line]) for line in move.invoice_line_ids]
        customer = self.stage.partners.ids.index(move.partner_id.id)
        return (customer, move.invoice_date_due), sorted(entries)

    def entry(self, line, item):
        kind = item.kind
        if kind == "one_off":
            number = self.stage.key_of(line.contract_line_id)[0]
            place = self.stage.top_ups[number].ids.index(item.command_id.id)
            kind = f"top-up {place}"
        sign = -1 if line.move_id.move_type == "out_refund" else 1
        amount = round_up(Decimal(str(line.price_subtotal)) * sign)
        return Entry(
            *self.stage.key_of(line.contract_line_id), kind, item.competence, amount
        )

    def total(self, move):
        return Decimal(str(move.amount_total_signed))

    def with_tax(self, entries):
        """:return: Decimal, what an invoice of these entries comes to"""
        taxes = []
        for entry in entries:
            rules = self.ledger.phones[entry.line].terms[entry.nth].rules
            tax = 0 if entry.kind.startswith("top-up") else rules.tax
            taxes.append(entry.amount * tax / 100)
        if self.rounds_once:
            tax = round_up(sum(taxes, Decimal()))
        else:
            tax = sum(map(round_up, taxes), Decimal())
        return sum((entry.amount for entry in entries), tax)

    # === THE STORY === #

    def test_two_years_of_sixty_lines(self):
        before = datetime.combine(START, datetime.min.time()) - timedelta(9)
        for seed in money_seeds():
            with (
                self.subTest(seed=seed),
                closing(self.env.cr.savepoint()),
                freeze_time(before) as clock,
            ):
                self.tell(Plan(seed), clock)
                print(seed, dict(sorted(self.told.items())))
                self.check_the_whole()

    def test_one_seed_is_one_story(self):
        first, again, other = Plan(1), Plan(1), Plan(2)
        self.assertEqual(first.events, again.events)
        self.assertEqual(first.billings, again.billings)
        self.assertNotEqual(first.events, other.events)

    def check_the_whole(self):
        """However it came about: each month of each line is billed to what it cost."""
        billed = defaultdict(Decimal)
        for move, (key, entries) in self.invoices.items():
            self.assertEqual(self.invoice(move), (key, entries))
            for entry in entries:
                if not entry.kind.startswith("top-up"):
                    billed[entry.line, entry.nth, entry.month] += entry.amount
        for term in self.ledger.terms():
            if self.ledger.hindrance(term):
                continue
            for month in self.plan.months:
                cost = self.ledger.cost(term, month)[0]
                self.assertEqual(billed.get((*term.key, month), 0), cost, (term, month))
