"""Promise: the statement equals the platform's for its month, whatever happens."""

import itertools
import unittest
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from .case import SynchronizedCase
from .platform import SimStatus, SimulatedPlatform
from .platform.usage import TICKS
from .processes import Nursery, own_database, transaction
from .provider import TOKEN, Provider

MONTH = date(2026, 10, 1)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def told(simulated, month=MONTH):
    """:return: Counter of the platform's true events of a month"""
    events = Counter()
    for contract in simulated.contracts():
        for event in simulated.events(contract, month):
            started_at = event.started_at.replace(tzinfo=SAO_PAULO)
            events[
                contract.code,
                event.kind,
                started_at.astimezone(ZoneInfo("UTC")).replace(tzinfo=None),
                event.seconds,
                event.upload,
                event.download,
            ] += 1
    return events


def kept(platform, month=MONTH):
    """:return: Counter of a platform's events in the database, the like"""
    platform.env.cr.execute(
        """
        SELECT platform_contract, kind, started_at, seconds,
               (upload_mb * %(ticks)s)::bigint, (download_mb * %(ticks)s)::bigint
          FROM mvno_usage_event
         WHERE competence = %(month)s AND platform_id = %(platform)s
        """,
        {"month": month, "ticks": TICKS, "platform": platform.id},
    )
    return Counter(platform.env.cr.fetchall())


class TestStatementStory(SynchronizedCase):
    CLOCK = datetime(2026, 11, 5, 10)

    def setUp(self):
        super().setUp()
        self.statement = self.make_statement()

    def make_statement(self, **values):
        return self.env["mvno.statement"].create(
            {
                "platform_id": self.provider.platform.id,
                "competence": MONTH,
                **values,
            }
        )

    def import_statement(self, statement=None):
        statement = statement or self.statement
        statement.action_import()
        self.drive("mvno.statement", "cron_import")
        return statement

    def adopt(self, contracts):
        """Make lines for subscribers the platform has already.

        :return: ``mvno.line`` records
        """
        lines = self.env["mvno.line"]
        for number, contract in enumerate(contracts):
            partner = self.provider.customer(number, vat=contract.subscriber.document)
            signed = self.provider.contract(partner, [self.plan]).contract_line_ids
            signed.date_start = contract.activated_at.date()
            simcard = self.env["mvno.simcard"].search([("iccid", "=", contract.iccid)])
            line = lines.create(
                {
                    "platform_id": self.provider.platform.id,
                    "partner_id": partner.id,
                    "simcard_id": simcard.id,
                    "area_code": contract.number[:2],
                    "number": f"+55{contract.number}",
                    "platform_contract": contract.code,
                    "state": "active",
                    "activation_date": contract.activated_at.date(),
                }
            )
            signed.mvno_line_id = line
            lines |= line
        return lines

    def living(self):
        """:return: the platform's contracts with a living line"""
        return [
            sim.contract
            for sim in self.simulated.sims()
            if SimStatus(sim.status).has_line
        ]

    def assertEqualsPlatform(self):
        there, wanted = kept(self.provider.platform), told(self.simulated)
        self.assertEqual((there - wanted, wanted - there), (Counter(), Counter()))

    def row_versions(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT id, ctid::text, xmax::text FROM mvno_usage_event")
        return sorted(self.env.cr.fetchall())

    def test_it_equals_the_platform_s_event_by_event(self):
        self.import_statement()
        self.assertEqual(self.statement.state, "done")
        truth = told(self.simulated)
        self.assertEqual(kept(self.provider.platform), truth)
        self.assertIn(2, truth.values(), "there should be real twins among them")
        self.assertEqual(self.statement.received_count, truth.total())
        self.assertEqual(len(self.simulated.calls("statement")), 1)

    def test_another_spelling_and_order_change_nothing(self):
        self.simulated.set_options(envelope="results", numbers="number")
        self.import_statement()
        before = self.row_versions()
        for envelope, numbers in (("data", "text"), ("nested", None), ("bare", None)):
            self.simulated.set_options(envelope=envelope, numbers=numbers, shuffle=True)
            self.import_statement()
            self.assertEqual(self.statement.new_count, 0)
            self.assertEqual(self.statement.removed_count, 0)
            self.assertEqual(self.row_versions(), before)

    def test_events_of_unknown_lines_find_their_line_later(self):
        self.import_statement()
        total = self.statement.received_count
        self.assertEqual(self.statement.unknown_count, total)
        self.assertFalse(self.statement.line_ids)
        lines = self.adopt(self.living())
        before = told(self.simulated)
        self.import_statement()
        self.assertEqual(self.statement.new_count, 0)
        self.assertEqual(self.statement.line_ids.mvno_line_id, lines)
        self.assertEqual(kept(self.provider.platform), before)
        usage = Counter()
        for (contract, kind, _at, seconds, *_volumes), count in before.items():
            usage[contract] += seconds * count if kind == "voice" else 0
        for line in self.statement.line_ids:
            self.assertEqual(
                line.voice_seconds, usage[line.mvno_line_id.platform_contract]
            )

    def test_lines_that_appear_have_their_events_without_another_import(self):
        self.import_statement()
        lines = self.adopt(self.living())
        self.drive("mvno.usage.event", "cron_attach")
        self.assertEqual(self.statement.line_ids.mvno_line_id, lines)
        self.assertEqual(
            self.statement.received_count,
            self.statement.known_count + self.statement.unknown_count,
        )
        calls = sum(self.statement.line_ids.mapped("voice_seconds"))
        lines = self.statement.line_ids.mvno_line_id.mapped("platform_contract")
        self.assertEqual(
            calls,
            sum(
                seconds * count
                for (contract, _kind, _at, seconds, *_), count in told(
                    self.simulated
                ).items()
                if contract in lines
            ),
        )
        self.assertEqual(len(self.simulated.calls("statement")), 1)

    def test_totals_agree_with_the_usage_in_total(self):
        self.adopt(self.living()[:3])
        self.import_statement()
        self.drive("mvno.statement", "cron_compare")
        self.assertTrue(self.statement.compared_at)
        self.assertFalse(self.statement.difference_ids)
        self.assertEqual(len(self.simulated.calls("usage")), 1)

    def test_a_lost_call_is_a_difference(self):
        self.import_statement()
        self.env.cr.execute(
            """
            DELETE FROM mvno_usage_event WHERE id = (
                SELECT id FROM mvno_usage_event WHERE kind = 'voice' LIMIT 1
            ) RETURNING platform_contract, seconds
            """
        )
        contract, seconds = self.env.cr.fetchone()
        self.drive("mvno.statement", "cron_compare")
        difference = self.statement.difference_ids
        self.assertEqual(difference.platform_contract, contract)
        self.assertEqual(difference.difference, -seconds)

    def test_one_person_and_everybody_share_the_events(self):
        contract = self.living()[0]
        line = self.adopt([contract])
        one_person = self.make_statement(partner_id=line.partner_id.id)
        self.import_statement(one_person)
        (call,) = self.simulated.calls("statement")
        self.assertEqual(call.body["cpf_cnpj"], contract.subscriber.document)
        self.assertEqual(one_person.line_ids.mvno_line_id, line)
        self.import_statement()
        self.assertEqualsPlatform()
        self.assertEqual(self.statement.known_count, one_person.received_count)
        self.import_statement(one_person)
        self.assertEqualsPlatform()

    def test_a_cut_answer_changes_nothing_and_is_asked_for_again(self):
        self.import_statement()
        before = self.row_versions()
        self.simulated.order_fault("statement", "malformed", form="cut")
        self.import_statement()
        self.assertEqual(self.statement.state, "importing")
        self.assertIn("does not answer properly", self.statement.last_error)
        self.assertEqual(self.row_versions(), before)
        self.statement.next_attempt = datetime(2026, 11, 5)
        self.drive("mvno.statement", "cron_import")
        self.assertEqual(self.statement.state, "done")
        self.assertEqual(self.row_versions(), before)

    def test_a_month_under_way_grows(self):
        self.simulated.set_clock(datetime(2026, 10, 15, 12))
        self.adopt(self.living()[:5])
        self.import_statement()
        self.assertEqualsPlatform()
        half = self.statement.new_count
        self.simulated.set_clock(self.CLOCK)
        self.import_statement()
        self.assertEqualsPlatform()
        self.assertEqual(self.statement.known_count, half)
        self.assertGreater(self.statement.new_count, 0)


class TestStatementProcesses(unittest.TestCase):
    """Real processes on a database with committed rows, a platform for each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.enterClassContext(own_database())
        cls.nursery = cls.enterClassContext(Nursery(cls.database))
        # no two platforms know the same people
        cls.seeds = itertools.count(5)

    def setUp(self):
        super().setUp()
        self.simulated = self.enterContext(
            SimulatedPlatform(
                token=TOKEN,
                seed=next(self.seeds),
                rpm=None,
                clock=datetime(2026, 11, 5, 10),
            )
        )
        self.simulated.add_lines(20)
        with transaction(self.database) as env:
            # the responsible person's language is the platform's
            env.user.lang = "en_US"
            provider = Provider(env, self.simulated, name=self.simulated.url)
            self.platform_id = provider.platform.id
            subscriber = self.simulated.contracts()[0].subscriber
            person = provider.customer(vat=subscriber.document)
            everybody, one_person = env["mvno.statement"].create(
                [
                    {
                        "platform_id": provider.platform.id,
                        "competence": MONTH,
                        "partner_id": partner_id,
                    }
                    for partner_id in (False, person.id)
                ]
            )
            self.everybody, self.one_person = everybody.id, one_person.id

    def statement(self, env, statement_id=None):
        return env["mvno.statement"].browse(statement_id or self.everybody)

    def kept(self, env):
        return kept(env["mvno.platform"].browse(self.platform_id))

    def begin_import(self, statement_id=None):
        """:return: a worker that imports"""
        return self.nursery.run("import_statement", statement_id or self.everybody)

    def await_call(self, worker):
        while not self.simulated.calls("statement"):
            self.assertFalse(worker.ended_within(0.02), "the worker ended by itself")

    def test_two_imports_at_once_add_nothing_twice(self):
        workers = [
            self.begin_import(statement_id)
            for statement_id in (self.everybody, self.one_person)
        ]
        for worker in workers:
            worker.result()
        with transaction(self.database) as env:
            self.assertEqual(self.kept(env), told(self.simulated))
            both = self.statement(env) + self.statement(env, self.one_person)
            self.assertEqual(both.mapped("state"), ["done", "done"])

    def test_a_killed_import_goes_on_with_the_next_run(self):
        """And none of its transactions is open while the platform is asked."""
        self.simulated.order_fault("statement", "timeout_after")
        worker = self.begin_import()
        self.await_call(worker)
        with transaction(self.database) as env:
            env.cr.execute(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid != pg_backend_pid() AND backend_type = 'client backend'"
            )
            self.assertEqual({state for (state,) in env.cr.fetchall()}, {"idle"})
        worker.kill()
        with transaction(self.database) as env:
            self.assertEqual(self.statement(env).state, "importing")
            self.assertFalse(self.kept(env))
        self.begin_import().result()
        with transaction(self.database) as env:
            self.assertEqual(self.statement(env).state, "done")
            self.assertEqual(self.kept(env), told(self.simulated))

    def test_an_import_killed_anywhere_leaves_the_month_as_it_was(self):
        """And the next run makes it equal to the platform's; what a later answer no
        longer tells goes then, not before."""
        self.begin_import().result()
        before = told(self.simulated)
        with transaction(self.database) as env:
            # the platform has forgotten nothing: what is lost here must come back
            env.cr.execute("DELETE FROM mvno_usage_event WHERE id % 3 = 0")
            env.cr.execute("UPDATE mvno_usage_event SET digest = id WHERE id % 5 = 0")
            left = self.kept(env)
        for step in (
            "mvno.usage.event:_load",
            "mvno.usage.event:_remove",
            "mvno.usage.event:_insert",
            "mvno.statement.line:_rebuild",
        ):
            with self.subTest(step):
                worker = self.nursery.run("import_and_die", self.everybody, step)
                worker.wait_for_its_death()
                with transaction(self.database) as env:
                    self.assertEqual(self.statement(env).state, "importing")
                    self.assertEqual(self.kept(env), left)
        self.begin_import().result()
        with transaction(self.database) as env:
            self.assertEqual(self.statement(env).state, "done")
            self.assertEqual(self.kept(env), before)

    def test_what_kills_three_workers_is_stopped_and_told(self):
        with transaction(self.database) as env:
            self.statement(env).action_import()
        for _begun in range(3):
            step = "mvno.usage.event:_load"
            self.nursery.run("import_and_die", None, step).wait_for_its_death()
        self.nursery.run("import_statement", None).result()
        with transaction(self.database) as env:
            statement = self.statement(env)
            self.assertEqual(statement.state, "error")
            self.assertFalse(self.kept(env))
            [activity] = statement.platform_id.activity_ids
            self.assertIn("10/2026 was begun 3 times", activity.note)

    def test_a_person_may_stop_it_while_it_waits_for_the_platform(self):
        self.simulated.order_fault("statement", "slow", seconds=6)
        worker = self.begin_import()
        self.await_call(worker)
        with transaction(self.database) as env:
            self.statement(env).action_stop()
        worker.result()
        with transaction(self.database) as env:
            self.assertEqual(self.statement(env).state, "draft")
            self.assertFalse(self.kept(env))
