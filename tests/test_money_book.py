"""Promise: a year of money, to the day and to the cent, laid against an independent
book (see money/book.py); and no day in service without a place.

Other tales: ``MONEY_SEEDS=7,8``.
"""

from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.tip_mvno_billing.models.days.mvno_line_hold import FREE as FREE_DAY
from odoo.addons.tip_mvno_billing.tests.billing_common import BillingCase

from .money.book import FREE, Book, Entry, cents, days_of
from .money.contracts import know_the_tables
from .money.play import Play, begin_of
from .money.tale import FAMILIES, NOON, START, Event, Sale, Tale, Turn, later
from .sizes import money_seeds, tell

#: Places of a day that a run has to list.
LISTED = ("waits", "unsaid", "no price", "no contract")


class Told(AssertionError):
    """What the product and the book do not agree on, a sentence for each thing."""


class BookCase(BillingCase):
    """Tells a tale to the product and to the book, and compares."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        # what the platform does the tale says itself: nothing is asked of it
        self.startPatcher(
            patch.object(
                self.registry["mvno.line"], "_reconcile", lambda *_a, **_k: None
            )
        )

    def tell(self, tale, clock):
        """Play a tale's events, and bill when it says.

        :param clock: freezegun's, which is moved
        :raise Told: at the first run that differs
        """
        self.tale, self.book = tale, Book(tale)
        #: Odd tales round taxes once for all the lines of an invoice.
        self.rounds_once = bool(tale.seed % 2)
        self.company.tax_calculation_rounding_method = (
            "round_globally" if self.rounds_once else "round_per_line"
        )
        self.play = Play(self, tale, clock)
        self.runs, self.seen = {}, self.env["account.move"]
        self.moves = {}
        #: Invoices that settle something learnt late besides.
        self.settled = set()
        self.told = Counter()
        #: What lists lack, or have too much.
        self.wrong = []
        events = iter([*tale.events, None])
        event = next(events)
        for turn in tale.turns:
            while event and event.at < turn.at:
                self.happen(event)
                event = next(events)
            self.play.set_clock(turn.at)
            know_the_tables(self.env)
            self.take_turn(turn)

    def take_turn(self, turn):
        """Bill a month; where some of its drafts go wrong, once more."""
        self.company.mvno_posting = "draft" if turn.mishap else "posted"
        before = len(self.book.invoices)
        self.bill(turn.month, turn.at)
        if not turn.mishap:
            return
        made = self.book.invoices[before:]
        victims = self.env["account.move"]
        for invoice in made[::3]:
            # what came late is on the invoices that stay
            if invoice not in self.settled:
                victims |= self.moves[invoice]
                self.book.forget(invoice)
        self.told[f"drafts {turn.mishap}"] += len(victims)
        if turn.mishap == "deleted":
            self.seen -= victims
            victims.unlink()
        else:
            victims.button_cancel()
        self.bill(turn.month, turn.at)
        self.env["account.move"].search(
            [
                ("mvno_billing_run_id", "=", self.runs[turn.month].id),
                ("state", "=", "draft"),
            ]
        )._post(soft=False)
        self.company.mvno_posting = "posted"

    def happen(self, event):
        self.play.play(event)
        late = self.book.take(event)
        self.told[event.what] += 1
        if late:
            self.told["learnt late"] += len(late)
        self.settle_late(event, late)
        if event.what == "credit":
            self.credit(event)

    def credit(self, event):
        """Credit an open invoice of a customer by hand, and bill its month again."""
        for invoice in self.book.invoices:
            move = self.moves.get(invoice)
            if (
                invoice.customer == event.told["customer"]
                and self.book.may_be_credited(invoice)
                and move.payment_state == "not_paid"
                and not move.reversal_move_ids
            ):
                self.play.credit(move, event.at)
                self.seen |= move.reversal_move_ids
                self.book.forget(invoice)
                self.told["credited by hand"] += 1
                self.bill(invoice.month, event.at)
                return

    # === A RUN === #

    def bill(self, month, at):
        if self.tale.tells("usage"):
            self.play.close(month)
        self.settle_late(None, [])
        if month in self.runs:
            run = self._run(self.runs[month])
        else:
            run = self.runs[month] = self._bill(month)
        self.where = f"Seed {self.tale.seed}, run of {month:%m/%Y} at {at}"
        wrong = [
            f"{issue.mvno_line_id.display_name}: {issue.reason}"
            for issue in run.issue_ids
            if issue.code == "failed"
        ]
        if run.state != "done":
            wrong.append(f"the run is {run.state}: {run.message}")
        expected = self.book.run(month, at)
        wrong += self.compare(run, expected)
        self.told["invoices"] += len(expected)
        lists = self.compare_lists(run, month)
        if lists:
            # nothing follows from a list: the tale goes on
            self.wrong += [self.where, *lists]
        if wrong:
            raise Told("\n".join([*self.wrong, self.where, *sorted(wrong)]))

    def compare(self, run, expected):
        """:return: list of sentences on what new invoices say otherwise"""
        new = self.env["account.move"].search(
            [("mvno_billing_run_id", "=", run.id), ("id", "not in", self.seen.ids)]
        )
        self.seen |= new
        actual = {move: self.entries(move) for move in new}
        wrong = self.compare_days(new.mvno_item_ids)
        by_key = defaultdict(list)
        for invoice in expected:
            entries = [entry for entry in invoice.entries if entry.amount]
            by_key[invoice.customer, invoice.due, tuple(sorted(entries))].append(
                invoice
            )
        for move, entries in list(actual.items()):
            every, entries = entries, self.without_late(entries)
            if not entries:
                # it settles what came late, and nothing else
                del actual[move]
                continue
            customer = self.play.partners.ids.index(move.partner_id.id)
            key = customer, move.invoice_date_due, tuple(sorted(entries))
            if by_key.get(key):
                invoice = by_key[key].pop()
                self.moves[invoice] = move
                if every != entries:
                    self.settled.add(invoice)
                total = self.with_tax(actual[move])
                if total != Decimal(str(move.amount_total_signed)):
                    wrong.append(
                        f"{move.name} of customer {customer} comes to"
                        f" {move.amount_total_signed}, not {total} with taxes."
                    )
                del actual[move]
        left = [invoice for invoices in by_key.values() for invoice in invoices]
        return wrong + self.explain(left, actual)

    def compare_days(self, items):
        """:param items: what is billed, of which the months of plans count
        :return: list of sentences on days that are not billed as the book says
        """
        wrong = defaultdict(list)
        for item in items:
            if item.kind != "recurring" or item.state != "billed":
                continue
            line, nth = self.play.key_of(item.contract_line_id)
            mobile, month = self.book.mobiles[line], item.competence
            key = line, nth, month
            if key in self.book.ahead:
                continue
            product = self.days_of_item(item)
            book = set(self.book.days_charged.get(key, ()))
            if not book and (not product or key in self.book.corrected):
                # given back as a whole, by a correction of its own
                continue
            for day in days_of(month):
                if not mobile.in_service(day) or (day in product) == (day in book):
                    continue
                if day in book:
                    wrong[line, "in service and to be charged, and not billed."].append(
                        day
                    )
                elif mobile.place(day)[0] != "courtesy":
                    free = FREE.get(mobile.place(day)[0], mobile.place(day)[0])
                    wrong[line, f"charged, and should not be: {free}."].append(day)
        return self.told_by_days(wrong)

    def days_of_item(self, item):
        """:return: set of the days that an item charges"""
        free = set()
        for part in filter(None, (item.days_free or "").split(", ")):
            first, _dash, last = part.partition("-")
            free.update(range(int(first), int(last or first) + 1))
        return {
            day
            for day in days_of(item.competence)
            if item.period_start <= day <= item.period_end and day.day not in free
        }

    def entries(self, move):
        """:return: list of an invoice's lines in the book's words"""
        items = move.mvno_item_ids.grouped("move_line_id")
        sign = -1 if move.move_type == "out_refund" else 1
        entries = []
        for line in move.invoice_line_ids:
            for item in items.get(line, [None]):
                amount = cents(Decimal(str(line.price_subtotal))) * sign
                if amount:
                    kind = item.kind if item else "?"
                    month = item.competence if item else move.mvno_competence
                    key = self.play.key_of(line.contract_line_id)
                    entries.append(Entry(*key, kind, month, amount))
        return entries

    def without_late(self, entries):
        """Take what came late from the entries of an invoice, and note that it is on
        one now."""
        left = []
        for entry in entries:
            key = entry.line, entry.nth, entry.month
            if entry.kind == "adjustment" and self.book.owed.get(key) == entry.amount:
                del self.book.owed[key]
                self.told["late on an invoice"] += 1
            else:
                left.append(entry)
        return left

    def with_tax(self, entries):
        """:return: Decimal, what an invoice of these entries comes to"""
        taxes = []
        for entry in entries:
            rate = 0
            if entry.line >= 0 and entry.kind in ("recurring", "adjustment"):
                term = self.book.mobiles[entry.line].terms[entry.nth]
                rate = term.rules.tax
            if self.is_charge(entry):
                rate = 0
            taxes.append(entry.amount * rate / 100)
        if self.rounds_once:
            tax = cents(sum(taxes, Decimal()))
        else:
            tax = sum(map(cents, taxes), Decimal())
        return sum((entry.amount for entry in entries), tax)

    def is_charge(self, entry):
        return any(
            key == (entry.line, entry.nth)
            and price == entry.amount
            and kind == entry.kind
            for key, kind, _month, price, _invoice in self.book.charges
        )

    # === SENTENCES === #

    def explain(self, invoices, moves):
        """:return: list of sentences on what stands on one side only"""
        book = Counter(
            entry for one in invoices for entry in one.entries if entry.amount
        )
        product = Counter(entry for entries in moves.values() for entry in entries)
        wrong, keys = [], set()
        for entry in [*(book - product), *(product - book)]:
            keys.add(entry[:4])
        for line, nth, kind, month in sorted(keys):
            amounts = [
                [
                    entry.amount
                    for entry in side.elements()
                    if entry[:4] == (line, nth, kind, month)
                ]
                for side in (book, product)
            ]
            wrong.append(self.sentence(line, nth, kind, month, *amounts))
        if not wrong and (invoices or moves):
            book = [(one.customer, str(one.due), one.entries) for one in invoices]
            product = [
                (move.partner_id.name, str(move.invoice_date_due), entries)
                for move, entries in moves.items()
            ]
            wrong.append(f"The same lines, on other invoices: {product}, not {book}")
        return wrong

    def sentence(self, line, nth, kind, month, book, product):
        text = (
            f"Line {line} (contract line {nth}), {kind} of {month:%m/%Y}: billed"
            f" {', '.join(map(str, product)) or 'nothing'}, should be"
            f" {', '.join(map(str, book)) or 'nothing'}"
        )
        if line < 0 or kind != "recurring":
            return f"{text}."
        mobile = self.book.mobiles[line]
        term = mobile.terms[nth]
        charged = mobile.charged(term, month)
        value = term.value_of(1, month)
        days = 0
        if value:
            days = round((sum(product) - sum(book)) / Decimal(float(value)))
        text += f", {abs(days)} days too {'many' if days > 0 else 'few'}"
        free = [
            f"{day:%d/%m/%Y} ({FREE.get(mobile.place(day)[0], mobile.place(day)[0])})"
            for day in days_of(month)
            if mobile.in_service(day) and day not in charged and term.covers(day)
        ]
        text += f"; charged: {spans(charged)}"
        return f"{text}; not charged: {', '.join(free) or 'none'}."

    # === LISTS === #

    def compare_lists(self, run, month):
        """Each day of the month that is neither billed nor free is on the run's list,
        and what is billed is on none."""
        listed = self.listed(run, month)
        wrong = defaultdict(list)
        for mobile, day, place, term in self.book.days(month):
            why = listed[mobile.number].get(day)
            key = term and (*term.key, month)
            if day in self.book.days_charged.get(key, ()):
                # the platform's blocks that are learnt late stay as they were billed
                place = "billed" if place == "billed" else "suspended"
            elif place == "billed" and term.value_of(1, month):
                place = "waits"
            if place in LISTED and not why:
                wrong[mobile.number, self.nowhere(place)].append(day)
            elif place == "billed" and why and not self.is_late(mobile, month):
                wrong[mobile.number, f"billed, and listed as not billed: {why}"].append(
                    day
                )
        return self.told_by_days(wrong)

    def nowhere(self, place):
        return f"in service, on no invoice, free by no rule and on no list ({place})."

    def told_by_days(self, wrong):
        """:param wrong: {(line, what): days}"""
        return [
            f"Line {line}, {spans(days)}: {what}"
            for (line, what), days in sorted(wrong.items())
        ]

    def is_late(self, mobile, month):
        return any(
            key[0] == mobile.number and key[2] == month for key in self.book.owed
        )

    def listed(self, run, month):
        """:return: {line: {day: why}} of a run's list about a month"""
        listed = defaultdict(dict)
        for issue in run.issue_ids:
            if issue.competence != month or issue.charge_id:
                continue
            mobile = issue.mvno_line_id or issue.contract_line_id.mvno_line_id
            if not mobile or issue.code.startswith("usage"):
                continue
            number = self.play.mobiles.ids.index(mobile.id)
            for day in self.days_of_issue(issue, number, month):
                listed[number][day] = f"{issue.code}: {issue.reason}"
        return listed

    def days_of_issue(self, issue, number, month):
        if "day_from" in issue._fields and issue.day_from:
            return [
                day for day in days_of(month) if issue.day_from <= day <= issue.day_to
            ]
        mobile = self.book.mobiles[number]
        if issue.contract_line_id:
            _line, nth = self.play.key_of(issue.contract_line_id)
            return [day for day in days_of(month) if mobile.terms[nth].covers(day)]
        return [day for day in days_of(month) if not mobile.term_of(day)]

    # === WHAT CAME LATE === #

    def settle_late(self, event, late):
        """Run the cron that settles, and see that what is open is credited at once."""
        cron = self.env.ref("tip_mvno_billing.ir_cron_late_facts", False)
        if not cron or not (
            late or self.env["mvno.billing.fact"].search_count([("state", "=", "open")])
        ):
            return
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        notes = self.env["account.move"].search(
            [
                ("journal_id", "=", self.company.mvno_journal_id.id),
                ("id", "not in", self.seen.ids),
                ("move_type", "=", "out_refund"),
            ]
        )
        self.seen |= notes
        actual = Counter(entry for note in notes for entry in self.entries(note))
        expected = Counter(
            Entry(*key[:2], "adjustment", key[2], amount)
            for key, amount, at_once in late
            if at_once
        )
        if actual != expected:
            raise Told(
                f"Seed {self.tale.seed}, {event and event.at}: credited at once:"
                f" {sorted(actual)}, should be {sorted(expected)}"
            )
        self.told["credited at once"] += sum(expected.values())
        if wrong := self.compare_owed():
            raise Told(
                "\n".join([f"Seed {self.tale.seed}, {event and event.at}", *wrong])
            )

    def compare_owed(self):
        """:return: list of sentences on what came late that is on no invoice, and not
        on the list of it with its amount"""
        facts = self.env["mvno.billing.fact"].search(
            [("state", "not in", ("settled", "void"))]
        )
        listed = Counter()
        for fact in facts:
            key = (*self.play.key_of(fact.contract_line_id), fact.competence)
            listed[key] += cents(Decimal(str(fact.amount)))
        owed = Counter(self.book.waiting())
        return [
            f"Line {key[0]}, {key[2]:%m/%Y}: learnt late and listed {listed[key]},"
            f" should be {owed[key]}."
            for key in sorted({*listed, *owed})
            if listed[key] != owed[key]
        ]

    # === THE WHOLE === #

    def check_the_whole(self):
        """However it came about: each day in service has one place, and the money of
        the places is the money of all days."""
        wrong = defaultdict(list)
        items = self.env["mvno.billing.item"].search(
            [("state", "=", "billed"), ("mvno_line_id", "in", self.play.mobiles.ids)]
        )
        periods = defaultdict(list)
        for item in items.filtered(lambda item: item.kind == "recurring"):
            number = self.play.mobiles.ids.index(item.mvno_line_id.id)
            periods[number].append((item.period_start, item.period_end))
        printed = {
            (self.play.mobiles.ids.index(item.mvno_line_id.id), item.competence)
            for item in items
        }
        listed = {month: self.listed(run, month) for month, run in self.runs.items()}
        money = defaultdict(Fraction)
        for month in self.tale.months:
            for mobile, day, place, term in self.book.days(month):
                value = term.value_of(1, month) if term else Fraction()
                money["in service"] += value
                on_list = day in listed[month][mobile.number]
                if term and day in self.book.days_charged.get((*term.key, month), ()):
                    place = "billed"
                billed = any(a <= day <= b for a, b in periods[mobile.number])
                if place == "billed" and (billed or not value):
                    money["billed"] += value
                elif place in FREE:
                    money["free"] += value
                    if not on_list and (mobile.number, month) not in printed:
                        wrong[
                            mobile.number, f"free and printed nowhere ({place})."
                        ].append(day)
                elif on_list:
                    money["listed"] += value
                else:
                    wrong[mobile.number, self.nowhere(place)].append(day)
        wrong = self.told_by_days(wrong)
        wrong += self.compare_days(items)
        wrong += self.compare_owed()
        places = money["billed"] + money["free"] + money["listed"]
        self.told["difference"] = f"{float(money['in service'] - places):.2f}"
        for name, amount in money.items():
            self.told[f"money {name}"] = f"{float(amount):.2f}"
        wrong += self.check_the_money(items)
        if wrong:
            wrong.insert(0, f"Seed {self.tale.seed}, at the end")
        if wrong := [*self.wrong, *wrong]:
            raise Told("\n".join(wrong))

    def check_the_money(self, items):
        """:return: list of sentences on months that came to something else"""
        billed = defaultdict(Decimal)
        for item in items.filtered(
            lambda item: item.kind in ("recurring", "adjustment")
        ):
            move_line = item.move_line_id
            if item.kind == "adjustment" and self.is_hand_made(item):
                continue
            sign = -1 if move_line.move_id.move_type == "out_refund" else 1
            key = (*self.play.key_of(item.contract_line_id), item.competence)
            billed[key] += cents(Decimal(str(move_line.price_subtotal))) * sign
        wrong = []
        for mobile in self.book.mobiles:
            for term in mobile.terms if mobile.activated else ():
                for month in self.tale.months:
                    key = (*term.key, month)
                    cost = self.book.cost(term, month)
                    owed = self.book.owed.get(key, Decimal())
                    if billed.get(key, Decimal()) + owed != cost:
                        wrong.append(
                            self.sentence(
                                *term.key,
                                "recurring",
                                month,
                                [cost],
                                [billed.get(key, Decimal()) + owed],
                            )
                        )
        return wrong

    def is_hand_made(self, item):
        return bool(
            self.env["mvno.billing.charge"].search_count([("item_ids", "in", item.ids)])
        )


def spans(days):
    """:return: str, days written from - to"""
    parts = []
    for day in days:
        if parts and day - parts[-1][1] == timedelta(1):
            parts[-1][1] = day
        else:
            parts.append([day, day])
    return (
        ", ".join(
            f"{first:%d/%m/%Y}"
            if first == last
            else f"{first:%d/%m/%Y} - {last:%d/%m/%Y}"
            for first, last in parts
        )
        or "none"
    )


@tagged("post_install", "-at_install")
class TestMoneyBook(BookCase):
    """Some forty lines over twelve months, on a clock of the test's own."""

    def test_a_year_agrees_with_the_book(self):
        families = {name for name, is_on in FAMILIES.items() if is_on}
        for seed in money_seeds():
            with (
                self.subTest(seed=seed),
                closing(self.env.cr.savepoint()),
                freeze_time(begin_of(START)) as clock,
            ):
                try:
                    self.tell(Tale(seed, families), clock)
                    self.check_the_whole()
                finally:
                    tell(f"money of seed {seed}", dict(sorted(self.told.items())))

    # === SEEDED FAULTS === #

    def tell_a_small_one(self):
        """Three lines, of which one is blocked for four days and one has no price."""
        tale = Tale(1, (), months=1, lines=3, customers=2)
        tale.sales = [
            Sale(0, "plain", price, START) for price in ("60.00", "60.00", "0")
        ]
        noon = datetime.combine(START, NOON)
        tale.events = [
            *(Event(noon, line, "activate", {"ports": False}) for line in range(3)),
            Event(noon + timedelta(9), 1, "hold", {"reason": "nonpayment"}),
            Event(noon + timedelta(9), 1, "block", {"level": "total"}),
            Event(noon + timedelta(14), 1, "lift", {"reason": "nonpayment"}),
            Event(noon + timedelta(14), 1, "unblock"),
        ]
        tale.turns = [Turn(datetime.combine(later(START, 1), NOON), START)]
        with closing(self.env.cr.savepoint()), freeze_time(begin_of(START)) as clock:
            self.tell(tale, clock)
            self.check_the_whole()

    def blocked_days_said_by(self, change):
        """:param change: of the days of a line which the product finds free, and why"""
        lines = self.registry["mvno.line"]
        blocked_days = lines._blocked_days

        def changed(records, first, last):
            off = blocked_days(records, first, last)
            return {
                line.id: change(line.nickname, off.get(line.id, {})) for line in records
            }

        return patch.object(lines, "_blocked_days", changed)

    def test_a_small_tale_agrees(self):
        self.tell_a_small_one()
        self.assertEqual(self.told["difference"], "0.00")

    def test_a_day_that_is_left_out_is_named(self):
        lost = START.replace(day=17)

        def lose(name, off):
            return {**off, lost: FREE_DAY} if name == "Linha 0" else off

        with (
            self.blocked_days_said_by(lose),
            self.assertRaisesRegex(Told, f"Line 0, {lost:%d/%m/%Y}: .*not billed"),
        ):
            self.tell_a_small_one()

    def test_a_free_day_that_is_charged_is_named(self):
        def forget(name, off):
            return {} if name == "Linha 1" else off

        blocked = spans([START.replace(day=day) for day in range(11, 15)])
        told = f"Line 1, {blocked}: charged, and should not be"
        with self.blocked_days_said_by(forget), self.assertRaisesRegex(Told, told):
            self.tell_a_small_one()

    def test_an_issue_that_is_not_written_is_named(self):
        issues = self.registry["mvno.billing.issue"]
        create = issues.create

        def lose(records, vals_list):
            lost = ("price_zero", "no_place")
            return create(
                records, [one for one in vals_list if one["code"] not in lost]
            )

        told = f"Line 2, {spans(days_of(START))}: in service, on no invoice"
        with (
            patch.object(issues, "create", lose),
            self.assertRaisesRegex(Told, told),
        ):
            self.tell_a_small_one()

    def test_one_seed_is_one_tale(self):
        first, again, other = Tale(1, FAMILIES), Tale(1, FAMILIES), Tale(2, FAMILIES)
        self.assertEqual(first.events, again.events)
        self.assertEqual(first.turns, again.turns)
        self.assertNotEqual(first.events, other.events)
