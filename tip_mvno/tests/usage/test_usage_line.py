# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.platform.mvno_plan import LARGEST
from ..common import broken, unreachable
from ..line_view_common import NOON, NOVEMBER, LineViewCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestUsageOfLine(LineViewCase):
    """What a line used this month, and what is left of its data."""

    def _agree(self, **allowances):
        """Let these be the allowances that were signed."""
        self.line.contract_line_id.write(
            {f"mvno_allowance_{kind}": whole for kind, whole in allowances.items()}
        )

    # === USAGE === #

    def test_the_months_usage_is_shown_beside_the_allowance(self):
        self._agree(mb=5120, minutes=200, sms=100)
        self._used(data_mb=1280, voice_seconds=2700, sms_count=3)
        self._used(month=date(2026, 10, 1), data_mb=9000)
        self.assertReads(self.seen.usage_data_text, "1.2 of 5.0 GB")
        self.assertEqual(self.seen.usage_data_percent, 25)
        self.assertReads(self.seen.usage_voice_text, "45 of 200 min")
        self.assertEqual(self.seen.usage_sms_text, "3 of 100 SMS")
        self.assertEqual(str(self.seen.usage_at), NOON)

    def test_without_an_allowance_only_what_was_used_is_told(self):
        self._agree(mb=0, minutes=LARGEST, sms=0)
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

    def test_a_line_without_an_answer_hides_no_other_balance(self):
        other = self._make_line("active")
        path = f"/saldo/{other.simcard_id.iccid}/dados"
        self.platform_says("POST", path, {"message": "?"}, status=404)
        self._balance_says({"results": {"balance": "1.5"}})
        lines = (other | self.line).with_env(self.seen.env)
        told = self.told(lines.action_balance)
        self.assertIn(f"Line {other.display_name}: ", told)
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
