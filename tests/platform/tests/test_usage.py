"""Usage of a month: always the same, and totals that agree with it."""

from collections import Counter
from datetime import date, datetime

from tests.platform.tests.case import OCTOBER_5, PlatformCase, ticks


class TestUsage(PlatformCase):
    def statement(self, month: str = "2026-09", **filters: str) -> dict[str, Counter]:
        """Contract -> its events as the wire means them, with how often each comes."""
        body = {"periodo": month, **filters}
        lines = {}
        for row in self.call("POST", "/consumo-detalhado", body).rows:
            events: Counter = Counter()
            for one in row["telefonia"]:
                seconds = int(one["consumo_segundos"])
                events["voice", one["data"], seconds] += 1
            for one in row["sms"]:
                events["sms", one["data"] if isinstance(one, dict) else one] += 1
            for one in row["internet"]:
                events["data", one["data"], ticks(one["consumo"])] += 1
            lines[row["numero_contrato"]] = events
        return lines

    def test_a_month_asked_twice_is_the_same_also_in_another_order(self):
        first = self.statement()
        self.assertTrue(first)
        self.platform.set_options(shuffle=True)
        for _ in range(3):
            self.assertEqual(self.statement(), first)

    def test_totals_agree_with_the_events(self):
        statement = self.statement()
        rows = self.call("POST", "/consumo-consolidado", {"periodo": "2026-09"}).rows
        self.assertEqual({row["numero_contrato"] for row in rows}, set(statement))
        for row in rows:
            events = list(statement[row["numero_contrato"]].elements())
            seconds = sum(event[2] for event in events if event[0] == "voice")
            volume = sum(event[2] for event in events if event[0] == "data")
            messages = sum(event[0] == "sms" for event in events)
            self.assertEqual(int(row["consumo_segundos"]), seconds)
            self.assertEqual(ticks(row["consumo_dados"]), volume)
            self.assertEqual(int(row["consumo_sms"]), messages)

    def test_a_line_has_events_on_both_edges_twins_and_events_of_no_size(self):
        iccid, _number = self.active()
        events = self.statement()[self.contract(iccid).code]
        moments = [event[1] for event in events]
        self.assertIn("2026-09-01 00:00:00", moments)
        self.assertEqual(moments.count("2026-09-30 23:59:59"), 2)
        self.assertEqual(sorted(k[0] for k, n in events.items() if n > 1)[-1], "voice")
        self.assertIn(0, [event[2] for event in events if event[0] == "data"])
        self.assertIn(0, [event[2] for event in events if event[0] == "voice"])

    def test_filters_narrow_to_a_line_or_a_person(self):
        contract = self.contract(self.active()[0])
        only = {contract.code}
        self.assertEqual(set(self.statement(numero_contrato=contract.code)), only)
        self.assertEqual(set(self.statement(linha_contrato=contract.number)), only)
        document = contract.subscriber.document
        theirs = {
            one.code
            for one in self.platform.contracts()
            if one.subscriber.document == document
        }
        found = set(self.statement(cpf_cnpj=document))
        self.assertTrue(found <= theirs and contract.code in found)
        self.assertEqual(self.statement(numero_contrato="000000000"), {})

    def test_a_bad_period_is_422(self):
        for period in (None, "", "09/2026", "2026-13", "2026-9", 202609):
            for path in ("/consumo-detalhado", "/consumo-consolidado"):
                answer = self.call("POST", path, {"periodo": period})
                self.assertEqual(answer.status, 422)

    def test_a_line_has_no_events_before_its_activation(self):
        self.platform.set_clock(datetime(2026, 9, 20, 15))
        iccid = self.available()
        self.activate(iccid)
        self.platform.set_clock(OCTOBER_5)
        contract = self.contract(iccid)
        events = self.statement()[contract.code]
        self.assertTrue(events)
        self.assertGreaterEqual(min(e[1] for e in events), "2026-09-20 15:00:00")
        self.assertNotIn(contract.code, self.statement("2026-08"))

    def test_a_line_has_no_events_after_its_cancellation(self):
        middle = datetime(2026, 9, 15, 12)
        ended = next(
            one for one in self.platform.contracts() if one.cancelled_at == middle
        )
        events = self.statement()[ended.code]
        self.assertLessEqual(max(event[1] for event in events), "2026-09-15 12:00:00")
        self.assertNotIn(ended.code, self.statement("2026-10"))

    def test_a_month_to_come_is_empty_and_the_present_one_ends_now(self):
        self.assertEqual(self.statement("2026-11"), {})
        current = self.statement("2026-10")
        moments = [event[1] for events in current.values() for event in events]
        self.assertLessEqual(max(moments), "2026-10-05 10:01:00")

    def test_events_and_lines_can_be_made_in_number(self):
        self.platform.set_options(events_per_line=200)
        self.platform.add_lines(50)
        statement = self.statement()
        counts = Counter(events.total() for events in statement.values())
        # The lines that lived through the whole month.
        self.assertGreaterEqual(counts[200], 50 + 20)
        contract = self.platform.contracts()[-1]
        truth = self.platform.events(contract, date(2026, 9, 1))
        self.assertEqual(len(truth), 200)
