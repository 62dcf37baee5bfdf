# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import date
from decimal import Decimal

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ...lib import ConsolidatedUsage
from ...tools.bulk import StatementFailed
from ..common import MvnoCase, broken
from ..silence_common import error_logs

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
ROW = {"numero_contrato": "00123", "consumo_dados": "1,5", "consumo_sms": 2}


def total(contract="", number="", data_mb="10.5", voice_seconds=90, sms_count=3):
    return ConsolidatedUsage(
        contract, number, "Maria Exemplo", Decimal(data_mb), voice_seconds, sms_count
    )


@tagged("post_install", "-at_install")
class TestMvnoUsage(MvnoCase):
    """What lines used in a month, in total."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usage = cls.env["mvno.usage"]
        cls.line = cls._make_line("active")
        cls.line.platform_contract = "00123"

    def _keep(self, *totals, month=OCTOBER):
        return self.usage._store_totals(self.platform, month, list(totals))

    def test_totals_that_cannot_be_kept_tell_nobody_s_number(self):
        row = {**ROW, "linha": "11987654321", "consumo_segundos": 1}
        self.platform_says("POST", "/consumo-consolidado", {"results": [row]})

        def cut_short(history, _platform, _competence, pairs):
            history.env.execute_query(SQL("SELECT missing FROM %s", [*pairs]))

        identity = self.registry["mvno.line.identity"]
        self.patch(identity, "_lines_of_month", cut_short)
        with error_logs() as written, self.assertRaises(StatementFailed) as caught:
            self.usage._consult([(self.platform, OCTOBER, self.env["res.partner"])])
        told = "\n".join([*written, str(caught.exception)])
        self.assertIn("not shown", told)
        self.assertNotIn("11987654321", told)
        self.assertNotIn("00123", told)

    def test_months_asked_for_at_once_are_each_read(self):
        months = [date(2026, 9, 1), OCTOBER]
        for month in [*months, OCTOBER]:
            self.env["mvno.sync"]._request(self.platform, "usage", month)
        syncs = self.platform.sync_ids
        self.assertEqual(syncs.mapped("competence"), months)
        self.assertEqual(
            syncs.mapped("display_name"),
            ["Usage of a month 09/2026", "Usage of a month 10/2026"],
        )
        self.platform_says("POST", "/consumo-consolidado", {"results": [ROW]})
        self.cron("sync")
        self.assertEqual(syncs.mapped("state"), ["done", "done"])
        self.assertEqual(self.line.usage_ids.mapped("competence"), months[::-1])

    def test_a_month_that_is_not_told_hides_no_other(self):
        nobody = self.env["res.partner"]
        self.platform_says("POST", "/consumo-consolidado", {"results": [ROW]})
        self.platform_says("POST", "/consumo-consolidado", {"m": "?"}, status=404)
        wanted = [(self.platform, month, nobody) for month in (OCTOBER, NOVEMBER)]
        self.assertTrue(self.told(lambda: self.usage._consult(wanted)))
        self.assertEqual(self.line.usage_ids.mapped("competence"), [OCTOBER])

    # === KEEPING === #

    def test_totals_are_kept_for_the_line_of_the_contract(self):
        usage, unknown = self._keep(total("00123"))
        self.assertRecordValues(
            usage,
            [
                {
                    "line_id": self.line.id,
                    "partner_id": self.partner.id,
                    "competence": OCTOBER,
                    "voice_seconds": 90,
                    "voice_minutes": 1.5,
                    "sms_count": 3,
                    "data_mb": 10.5,
                }
            ],
        )
        self.assertFalse(unknown)

    def test_leading_zeros_tell_contracts_apart(self):
        usage, unknown = self._keep(total("123"))
        self.assertFalse(usage)
        self.assertEqual([item.platform_contract for item in unknown], ["123"])

    def test_a_line_without_contract_is_found_by_its_number(self):
        usage, _unknown = self._keep(total("", self.line.number))
        self.assertEqual(usage.line_id, self.line)

    def test_the_contract_counts_more_than_a_number_that_moved_on(self):
        other = self._make_line("active")
        usage, _unknown = self._keep(total("00123", other.number))
        self.assertEqual(usage.line_id, self.line)

    def test_after_its_end_a_line_is_found_by_its_contract_only(self):
        self.line.write({"state": "cancelled", "cancellation_date": "2026-09-20"})
        usage, unknown = self._keep(
            total("00123"), total("", self.line.number, data_mb="99")
        )
        self.assertEqual((usage.data_mb, len(unknown)), (10.5, 1))

    def test_an_item_without_contract_and_number_is_of_nobody(self):
        self._make_line()
        usage, unknown = self._keep(total())
        self.assertFalse(usage)
        self.assertEqual(len(unknown), 1)

    def test_parts_of_a_month_are_added_up(self):
        usage, _unknown = self._keep(
            total("00123", data_mb="0.1"), total("00123", data_mb="0.2")
        )
        self.assertEqual((usage.data_mb, usage.voice_seconds), (0.3, 180))

    def test_keeping_again_brings_it_up_to_date(self):
        first, _unknown = self._keep(total("00123"))
        again, _unknown = self._keep(total("00123", sms_count=8, data_mb="11"))
        self.assertEqual(again, first)
        self.assertEqual((first.sms_count, first.data_mb), (8, 11))
        self._keep(total("00123"), month=date(2026, 9, 1))
        self.assertEqual(len(self.line.usage_ids), 2)

    def test_another_platforms_contract_of_this_number_is_left_alone(self):
        other = self._make_platform(name="Other")
        usage, unknown = self.usage._store_totals(other, OCTOBER, [total("00123")])
        self.assertFalse(usage)
        self.assertTrue(unknown)

    @mute_logger("odoo.sql_db")
    def test_a_month_is_its_first_day_and_comes_once(self):
        for day in (date(2026, 10, 2), OCTOBER):
            self._keep(total("00123"))
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                self.usage.create({"line_id": self.line.id, "competence": day})

    # a time that is the same in the same second is not written
    @freeze_time("2026-10-20")
    def test_a_month_of_many_lines_costs_no_query_each(self):
        lines = [self.line] + [self._make_line("active") for _line in range(39)]
        for line in lines:
            line.platform_contract = f"C{line.id}"

        def keep(some, sms_count):
            totals = [total(f"C{line.id}", sms_count=sms_count) for line in some]
            return self.count_queries(lambda: self._keep(*totals))

        few, many = lines[:4], lines[4:]
        self._keep(*(total(f"C{line.id}") for line in lines), month=date(2026, 9, 1))
        self.assertEqual(keep(many, 1), keep(few, 1), "new ones")
        self.assertEqual(keep(many, 1), keep(few, 1), "unchanged ones")
        self.assertEqual(keep(many, 2), keep(few, 2), "changed ones")

    def test_a_usage_is_named_by_its_line_and_month(self):
        usage, _unknown = self._keep(total("00123"))
        self.assertEqual(usage.display_name, f"{self.line.display_name} 10/2026")

    # === ASKING THE PLATFORM === #

    def _fetch(self, answer=None, month=OCTOBER, **vals):
        self.forget_answers()
        answer = answer or {"json": {"results": []}}
        self.platform_says("POST", "/consumo-consolidado", **answer)
        dialog = self.env["mvno.usage.fetch"].create(
            {"platform_id": self.platform.id, "competence": month, **vals}
        )
        return dialog.action_fetch()

    @freeze_time("2026-10-20")
    def test_a_month_is_asked_for_in_one_call_and_shown(self):
        action = self._fetch({"json": {"results": [ROW]}}, date(2026, 10, 17))
        (call,) = self.web.calls
        self.assertEqual(json.loads(call.request.body), {"periodo": "2026-10"})
        found = self.usage.search(action["domain"])
        self.assertEqual((found.line_id, found.data_mb), (self.line, 1.5))

    @freeze_time("2026-10-20")
    def test_one_subscriber_is_asked_for_and_shown_alone(self):
        other = self._make_line("active")
        other.platform_contract = "other"
        self._keep(total("other"))
        action = self._fetch({"json": [ROW]}, partner_id=self.partner.id)
        told = json.loads(self.web.calls[0].request.body)
        self.assertEqual(told["cpf_cnpj"], "52998224725")
        self.assertEqual(self.usage.search(action["domain"]).line_id, self.line)

    @freeze_time("2026-10-20")
    def test_a_subscriber_without_document_is_not_everybody(self):
        nobody = self._make_partner(name="Sem Documento")
        with self.assertRaisesRegex(UserError, "Sem Documento"):
            self._fetch(partner_id=nobody.id)
        self.assertFalse(self.asked())

    @freeze_time("2026-10-20")
    def test_lines_not_known_here_are_told(self):
        action = self._fetch({"json": [ROW, {"numero_contrato": "777"}]})
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("777", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "mvno.usage")

    def test_a_month_that_has_not_begun_where_the_platform_is_is_refused(self):
        with (
            freeze_time("2026-10-01 02:30:00"),
            self.assertRaisesRegex(UserError, "10/2026 has not begun"),
        ):
            self._fetch()
        with freeze_time("2026-10-01 03:30:00"):
            self.assertTrue(self._fetch())

    @freeze_time("2026-10-20")
    def test_a_platform_that_does_not_answer_is_named_and_nothing_changes(self):
        for answer in (
            {"body": broken()},
            {"body": "<html>", "status": 500},
            {"json": {"codigo_status_tip": 0}},
            {"json": {"results": [{"consumo_sms": "muitos"}]}},
        ):
            with self.subTest(answer), self.assertRaisesRegex(UserError, "TIP"):
                self._fetch(answer)
        self.assertFalse(self.usage.search([]))

    @freeze_time("2026-10-20")
    def test_the_dialog_starts_with_this_month_and_keeps_its_first_day(self):
        with Form(self.env["mvno.usage.fetch"]) as dialog:
            self.assertEqual(dialog.competence, OCTOBER)
            dialog.competence = date(2026, 9, 17)
            self.assertEqual(dialog.competence, date(2026, 9, 1))

    @freeze_time("2026-11-01 02:30:00")
    def test_the_month_that_runs_is_the_platforms(self):
        """Already November in UTC, still October in São Paulo."""
        self.env.user.tz = "UTC"
        dialog = Form(self.env["mvno.usage.fetch"].with_context(tz="UTC"))
        self.assertEqual(dialog.competence, OCTOBER)
