# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Promise: the same set of events, whatever the order, the spelling and the history."""

import json
from collections import Counter
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import freeze_time, tagged

from odoo.addons.tip_mvno.lib import Unavailable, UsageLine
from odoo.addons.tip_mvno.lib.dialect import Dialect
from odoo.addons.tip_mvno.tests.common import YES

from ..billing_common import OCTOBER
from ..statement_common import PATH, StatementCase

SPOKEN = Dialect("mb", "mb", ZoneInfo("America/Sao_Paulo"))
FIELDS = {"voice": "telefonia", "sms": "sms", "data": "internet"}
CONTRACTS = ("0007001", "0007002", "0007003")
# few different ones: real twins are what this is about
EVENTS = st.tuples(
    st.sampled_from(sorted(FIELDS)), st.integers(1, 3), st.integers(0, 2)
)
MONTHS = st.dictionaries(
    st.sampled_from(CONTRACTS), st.lists(EVENTS, max_size=6), max_size=3
)
HISTORIES = st.lists(st.tuples(MONTHS, st.booleans()), min_size=1, max_size=5)
FEW = settings(derandomize=True, database=None, deadline=None, max_examples=30)
VERY_FEW = settings(FEW, max_examples=12)


def spelled(event, rnd):
    """:return: an event as the platform tells it, in one of many spellings"""
    kind, minute, value = event
    at = f"2026-10-03 10:0{minute}:00"
    if kind == "sms":
        return rnd.choice((at, {"data": at}, {"data": f" {at}", "consumo": None}))
    if kind == "voice":
        seconds = rnd.choice((value, str(value), f"{value},00"))
        fields = [("data", at), ("consumo_segundos", seconds), ("destino", "")]
    else:
        volume = rnd.choice((value + 0.5, f"{value}.50000", f"{value},5"))
        fields = [("data", at), ("consumo_download", volume)]
    rnd.shuffle(fields)
    return dict(fields)


def answer(month, rnd):
    """:return: rows of the platform's answer: shuffled, contracts told in parts"""
    rows = []
    for contract, events in month.items():
        events = rnd.sample(events, len(events))
        cut = rnd.randint(0, len(events))
        for part in (events[:cut], events[cut:]):
            row = {"numero_contrato": contract, "linha": ""}
            for kind, field in FIELDS.items():
                told = [event for event in part if event[0] == kind]
                row[field] = [spelled(event, rnd) for event in told]
            rows.append(row)
    rnd.shuffle(rows)
    return rows


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 12:00:00")
class TestMvnoUsageEventIdentity(StatementCase):
    """What is kept is what was told, as a set with its twins."""

    def begin_again(self):
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM mvno_usage_event WHERE platform_id = %s", [self.platform.id]
        )
        self.env["mvno.usage.event"].invalidate_model()

    def load(self, lines, whole_month=True):
        events = self.env["mvno.usage.event"]
        events._begin_load()
        for _count in events._load(lines):
            pass
        return events._merge(self.platform, OCTOBER, whole_month)

    def tell(self, month, rnd, whole_month=True):
        """Import a month told in some order and spelling."""
        rows = answer(month, rnd)
        lines = [UsageLine.from_wire(row, SPOKEN, []) for row in rows]
        return self.load(lines, whole_month)

    def kept(self):
        """:return: dict of contract: Counter of its events"""
        self.env.cr.execute(
            """
            SELECT platform_contract, kind, extract(minute FROM started_at)::integer,
                   CASE kind WHEN 'voice' THEN seconds
                             WHEN 'data' THEN floor(download_mb)::integer END
              FROM mvno_usage_event WHERE platform_id = %s
            """,
            [self.platform.id],
        )
        kept = {}
        for contract, *event in self.env.cr.fetchall():
            kept.setdefault(contract, Counter())[tuple(event)] += 1
        return kept

    @staticmethod
    def counted(month):
        """:return: a month as :meth:`kept` gives it"""
        return {
            contract: Counter(
                (kind, minute, None if kind == "sms" else value)
                for kind, minute, value in events
            )
            for contract, events in month.items()
            if events
        }

    @given(MONTHS, st.randoms())
    @FEW
    def test_another_order_and_spelling_change_nothing(self, month, rnd):
        self.begin_again()
        self.tell(month, rnd)
        before = self.versions("mvno_usage_event")
        counts = self.tell(month, rnd)
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual((counts["new"], counts["removed"]), (0, 0))
        self.assertEqual(self.kept(), self.counted(month))

    @given(HISTORIES, st.randoms())
    @FEW
    def test_whatever_was_told_before_the_last_word_counts(self, history, rnd):
        """The last word about each contract; about all, when the month was whole."""
        self.begin_again()
        wanted = {}
        for month, whole in history:
            counts = self.tell(month, rnd, whole)
            wanted = dict(month) if whole else {**wanted, **month}
            self.assertEqual(self.kept(), self.counted(wanted))
            self.assertEqual(
                counts["received"],
                counts["new"] + counts["known"] + counts["unknown"],
            )

    @given(MONTHS, MONTHS, st.integers(0, 8), st.randoms())
    @FEW
    def test_an_answer_that_breaks_off_changes_nothing(self, month, other, at, rnd):
        self.begin_again()
        self.tell(month, rnd)
        before = self.versions("mvno_usage_event")

        def broken():
            for row in answer(other, rnd)[:at]:
                yield UsageLine.from_wire(row, SPOKEN, [])
            raise Unavailable(operation="detailed_usage", detail="broke off")

        with self.assertRaises(Unavailable):
            self.load(broken())
        self.env["mvno.usage.event"]._end_load()
        self.assertEqual(self.versions("mvno_usage_event"), before)

    @given(st.floats(0, 1, exclude_max=True), st.randoms())
    @VERY_FEW
    def test_a_cut_answer_removes_nothing(self, part, rnd):
        self.begin_again()
        month = {contract: [("sms", 1, 0), ("voice", 2, 1)] for contract in CONTRACTS}
        self.tell(month, rnd)
        before = self.versions("mvno_usage_event")
        body = json.dumps({**YES, "results": answer(month, rnd)})
        self.forget_answers()
        self.platform_says("POST", PATH, body=body[: int(part * len(body))])
        self.import_again()
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertNotEqual(self.statement.state, "done")
        self.statement.action_stop()
