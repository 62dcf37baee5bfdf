# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.mvno_plan import LARGEST
from .common import IN_USE, OTHER_CPF, YES, MvnoCase, broken, unreachable

NOON = "2026-11-10 15:00:00"
NOVEMBER = date(2026, 11, 1)


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestMvnoLineView(MvnoCase):
    """What an attendant sees of a line at a glance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.seen = cls.line.with_user(cls.attendant).with_context(lang="en_US")

    def assertReads(self, text, expected):
        """Check a text of numbers, whatever the database's decimal sign is."""
        self.assertEqual(text.replace(",", "."), expected)

    # === NICKNAME === #

    def test_an_attendant_gives_a_nickname_in_any_state(self):
        number = self.line.display_name
        for state in ("draft", "activating", "active", "blocked"):
            with self.subTest(state):
                line = self._make_line()
                line.state = state
                with Form(line.with_user(self.attendant)) as form:
                    form.nickname = f"{state} phone"
                self.assertIn(f"– {state} phone", line.display_name)
        self.seen.nickname = "daughter's phone"
        self.assertEqual(self.line.display_name, f"{number} – daughter's phone")
        self.seen.nickname = False
        self.assertEqual(self.line.display_name, number)

    def test_a_line_is_found_by_its_nickname(self):
        self.line.nickname = "daughter's phone"
        found = self.env["mvno.line"].name_search("daughter")
        self.assertEqual([row[0] for row in found], self.line.ids)

    # === HOLDS === #

    def test_the_holds_in_force_are_named_with_level_and_end(self):
        self.line.action_block_total("theft")
        self.line.action_block_partial("misuse", "2026-12-24")
        self.line.hold_ids.filtered(lambda hold: hold.reason == "theft")._lift()
        self.line.action_block_total("customer", "2026-12-20")
        holds = self.seen.hold_in_force_ids.with_context(mvno_hold_details=True)
        self.assertEqual(
            set(holds.mapped("display_name")),
            {
                f"Misuse (partial) until {self._written(2026, 12, 24)}",
                f"Customer's request until {self._written(2026, 12, 20)}",
            },
        )
        self.assertTrue(all(holds.mapped("color")))

    def test_theft_and_loss_are_told_apart_to_ask_before_an_unblock(self):
        self.line.action_block_partial("misuse")
        self.assertFalse(self.seen.is_stolen)
        self.line.action_block_total("loss")
        self.assertTrue(self.seen.is_stolen)
        self.line.action_unblock("loss")
        self.assertFalse(self.seen.is_stolen)

    def test_nothing_holds_a_cancelled_line(self):
        self.line.action_block_total("theft")
        self.line._on_cancelled("customer", date(2026, 11, 12))
        self.assertFalse(self.seen.hold_in_force_ids)
        self.assertFalse(self.seen.is_stolen)

    # === WHAT IS KNOWN OF THE PLATFORM === #

    def test_what_was_confirmed_after_the_last_read_is_told_as_such(self):
        self.sim_says(self.line.simcard_id, IN_USE)
        self.line.action_refresh()
        self.assertIn(f"{IN_USE}, read on", self.seen.platform_status_text)
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        with freeze_time("2026-11-10 16:30:00"):
            self.line.action_block_total("theft")
            self.process()
        self.assertEqual(self.line.state, "blocked")
        text = self.seen.platform_status_text
        self.assertIn("“Block totally” confirmed on", text)
        self.assertIn("not read since", text)
        self.assertNotIn(IN_USE, text)

    def test_a_later_read_is_told_again(self):
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        self.line.action_block_total("theft")
        self.process()
        self.sim_says(self.line.simcard_id, "BLOQUEADO TOTAL")
        with freeze_time("2026-11-10 16:30:00"):
            self.line.action_refresh()
        self.assertIn("BLOQUEADO TOTAL, read on", self.seen.platform_status_text)

    def test_of_two_confirmed_in_one_second_the_later_is_told(self):
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        self.write_says(self.line.simcard_id, "desbloquear", YES)
        self.line.action_block_total("theft")
        self.process()
        self.line.action_unblock("theft")
        self.process()
        self.assertEqual(self.line.state, "active")
        text = self.seen.platform_status_text
        self.assertIn("“Unblock” confirmed on", text)

    def test_of_a_line_never_read_nothing_is_told(self):
        self.assertFalse(self.seen.platform_status_text)

    # === USAGE === #

    def _used(self, line=None, month=NOVEMBER, **vals):
        return self.env["mvno.usage"].create(
            {"line_id": (line or self.line).id, "competence": month, **vals}
        )

    def test_the_months_usage_is_shown_beside_the_allowance(self):
        self.plan.write({"data_mb": 5120, "voice_minutes": 200, "sms": 100})
        self._used(data_mb=1280, voice_seconds=2700, sms_count=3)
        self._used(month=date(2026, 10, 1), data_mb=9000)
        self.assertReads(self.seen.usage_data_text, "1.2 of 5.0 GB")
        self.assertEqual(self.seen.usage_data_percent, 25)
        self.assertReads(self.seen.usage_voice_text, "45 of 200 min")
        self.assertEqual(self.seen.usage_sms_text, "3 of 100 SMS")
        self.assertEqual(str(self.seen.usage_at), NOON)

    def test_without_an_allowance_only_what_was_used_is_told(self):
        self.plan.write({"data_mb": 0, "voice_minutes": LARGEST, "sms": 0})
        self._used(data_mb=300, voice_seconds=60, sms_count=1)
        self.assertReads(self.seen.usage_data_text, "300 MB")
        self.assertEqual(self.seen.usage_data_percent, 0)
        self.assertReads(self.seen.usage_voice_text, "1 min")
        self.assertEqual(self.seen.usage_sms_text, "1 SMS")

    def test_a_month_that_was_not_consulted_is_not_zero(self):
        self._used(month=date(2026, 10, 1), data_mb=9000)
        self.assertFalse(self.seen.usage_at)
        self.assertFalse(self.seen.usage_data_text)

    def test_the_month_is_the_platforms(self):
        self._used(data_mb=300)
        with freeze_time("2026-12-01 02:00:00"):
            self.assertEqual(self.seen.usage_month, NOVEMBER)
            self.assertTrue(self.seen.usage_at)
        self.line.invalidate_recordset()
        with freeze_time("2026-12-01 03:00:00"):
            self.assertEqual(self.seen.usage_month, date(2026, 12, 1))
            self.assertFalse(self.seen.usage_at)

    def test_an_attendant_consults_the_month_of_the_subscriber(self):
        self.line.platform_contract = "0042"
        rows = [{"numero_contrato": "0042", "consumo_sms": 7}]
        self.platform_says("POST", "/consumo-consolidado", {"results": rows})
        self.assertIs(self.seen.action_fetch_usage(), True)
        self.assertEqual(self.seen.usage_sms_text, "7 SMS")
        (call,) = self.web.calls
        self.assertIn(b"52998224725", call.request.body)

    def test_no_usage_told_is_said(self):
        self.platform_says("POST", "/consumo-consolidado", {"results": []})
        action = self.seen.action_fetch_usage()
        self.assertIn("11/2026", action["params"]["message"])
        self.assertFalse(self.seen.usage_at)

    # === BALANCE === #

    def _balance_says(self, *answers, top_up=None, **kwargs):
        path = f"/saldo/{self.line.simcard_id.iccid}/dados"
        for answer in answers or [None]:
            self.platform_says("POST", path, answer, **kwargs)
        path = f"/simcard/{self.line.simcard_id.iccid}/ultima-recarga"
        self.platform_says("GET", path, {"results": top_up or {}})

    def test_the_balance_is_asked_and_kept_with_its_time(self):
        self._balance_says(
            {"results": {"balance": "1.5"}}, top_up={"ultima_recarga": "2026-11-03"}
        )
        self.seen.action_balance()
        self.assertReads(self.seen.balance_text, "1.5 GB")
        self.assertEqual(self.seen.balance_mb, 1536)
        self.assertEqual(str(self.seen.balance_at), NOON)
        self.assertEqual(self.seen.last_top_up, date(2026, 11, 3))

    def test_a_balance_that_is_no_amount_is_told_in_the_platforms_words(self):
        self._balance_says({"results": {"balance": "ilimitado"}})
        self.seen.action_balance()
        self.assertReads(self.seen.balance_text, "ilimitado")

    def test_an_amount_replaces_what_was_told(self):
        self._balance_says(
            {"results": {"balance": "ilimitado"}}, {"results": {"balance": "300 MB"}}
        )
        self.seen.action_balance()
        self.seen.action_balance()
        self.assertReads(self.seen.balance_text, "300 MB")

    def test_a_balance_never_asked_is_not_zero(self):
        self.assertFalse(self.seen.balance_text)

    def test_a_platform_that_does_not_answer_leaves_the_last_balance(self):
        self._balance_says({"results": {"balance": "1.5"}})
        self.seen.action_balance()
        for answer, sentence in (
            (broken(), "does not answer properly|did not confirm"),
            (unreachable(), "could not be reached"),
        ):
            self.forget_answers()
            self._balance_says(body=answer)
            with self.subTest(sentence), self.assertRaisesRegex(UserError, sentence):
                self.seen.action_balance()
        self.assertReads(self.seen.balance_text, "1.5 GB")

    def test_an_unknown_top_up_does_not_hide_the_balance(self):
        path = f"/saldo/{self.line.simcard_id.iccid}/dados"
        self.platform_says("POST", path, {"results": {"balance": "1.5"}})
        path = f"/simcard/{self.line.simcard_id.iccid}/ultima-recarga"
        self.platform_says("GET", path, {"message": "?"}, status=404)
        self.seen.action_balance()
        self.assertReads(self.seen.balance_text, "1.5 GB")
        self.assertFalse(self.seen.last_top_up)

    def test_only_lines_in_service_have_a_balance(self):
        with self.assertRaisesRegex(UserError, "not in service"):
            self._make_line().with_user(self.attendant).action_balance()
        self.assertFalse(self.web.calls)

    def test_who_cannot_change_a_line_asks_nothing(self):
        reader = self._make_user("reader", "base.group_user")
        with self.assertRaises(AccessError):
            self.line.with_user(reader).action_balance()
        self.assertFalse(self.web.calls)

    # === MANY === #

    def test_a_list_of_many_lines_costs_no_more_queries_than_of_few(self):
        partner = self._make_partner(name="Outra Pessoa", vat=OTHER_CPF)
        contract = self._make_contract(24, partner=partner)
        lines = self.env["mvno.line"]
        for contract_line in contract.contract_line_ids:
            line = self._make_line("active", contract_line)
            self._used(line, data_mb=10)
            lines |= line
        lines.sudo()._hold("total", "nonpayment", False, "test")
        names = (
            "display_name",
            "hold_in_force_ids",
            "usage_data_text",
            "usage_data_percent",
            "platform_status_text",
            "commitment_end",
            "monthly_value",
            "balance_text",
            "warning",
        )

        def read(some):
            return lambda: some.with_user(self.attendant).read(names)

        self.count_queries(read(lines))  # what is cached for good
        few = self.count_queries(read(lines[:3]))
        self.assertEqual(self.count_queries(read(lines[3:])), few)

    def test_the_form_and_the_list_open_for_an_attendant(self):
        self._used(data_mb=10)
        self.line.action_block_total("theft")
        with Form(self.seen) as form:
            self.assertTrue(form.usage_data_text)
        draft = self._make_line().with_user(self.attendant)
        with Form(draft) as form:
            self.assertFalse(form.balance_text)
        views = self.seen.get_views([(False, "list"), (False, "kanban")])
        self.assertIn("nickname", views["views"]["list"]["arch"])
