# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.tip_mvno.tests.sheet_common import (
    SHEET,
    changed,
    with_more,
    workbook,
)

from ..statement_common import StatementCase, call, session

HEADINGS = (
    "Contrato;Linha;Tipo;Data/Hora;Duração;Upload;Download;Número de Destino;Valor"
)
ROWS = (
    "0007001;11987650001;Chamada de voz;03/10/2026 14:22:05;0:01:30;;;1133334444;0,25",
    "0007001;11987650001;SMS;04/10/2026 08:00:00;;;;;",
    "0007001;11987650001;Internet;05/10/2026 09:00:00;;1,25;10,5;;",
)


def csv_file(*rows, headings=HEADINGS):
    """:return: bytes of a CSV file"""
    return "\r\n".join((headings, *rows)).encode()


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 12:00:00")
class TestMvnoStatementFile(StatementCase):
    """A month from a file comes in by the same path as the platform's answer."""

    def upload(self, content, name="outubro.csv", statement=None, **values):
        """Choose a file in the dialog.

        :return: the dialog, its Load button pressed once
        """
        action = (statement or self.statement).action_choose_file()
        dialog = (
            self.env["mvno.file.upload"]
            .with_context(**action["context"])
            .create({"file": base64.b64encode(content), "file_name": name, **values})
        )
        dialog.action_read()
        return dialog

    def load(self, content, **values):
        """Load a file whose headings need no help, and let the cron run."""
        dialog = self.upload(content, **values)
        if dialog.state == "columns":
            dialog.action_load()
        self.run_imports()

    def test_rows_become_call_records(self):
        self.load(csv_file(*ROWS))
        self.assertEqual(self.statement.state, "done")
        self.assertFalse(self.web.calls)
        voice, sms, data = self.env["mvno.usage.event"].search(
            [("platform_id", "=", self.platform.id)], order="started_at"
        )
        self.assertRecordValues(
            voice,
            [
                {
                    "kind": "voice",
                    "mvno_line_id": self.line.id,
                    "platform_contract": "0007001",
                    "number": "+5511987650001",
                    "started_at": datetime(2026, 10, 3, 17, 22, 5),
                    "seconds": 90,
                    "called_number": "+551133334444",
                    "amount": 0.25,
                }
            ],
        )
        self.assertEqual(sms.kind, "sms")
        self.assertEqual((data.upload_mb, data.download_mb), (1.25, 10.5))

    def test_the_platform_s_answer_and_the_file_are_the_same_events(self):
        self.import_says(
            self.told(
                linha="11987650001",
                calls=[
                    call(
                        "2026-10-03 14:22:05",
                        90,
                        numero_destino="1133334444",
                        valor="0.25",
                    )
                ],
                sms=["2026-10-04 08:00:00"],
                data=[session("2026-10-05 09:00:00", "1.25", "10.5")],
            )
        )
        before = self.versions("mvno_usage_event")
        self.load(csv_file(*ROWS))
        self.assertEqual(self.statement.source, "file")
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(self.statement.known_count, 3)

    def test_the_platform_is_asked_again_after_a_file(self):
        self.load(csv_file(ROWS[0]))
        self.import_says(self.told(sms=["2026-10-03"]))
        self.assertEqual(self.statement.source, "platform")
        self.assertEqual(self.events("kind"), [("sms",)])

    def test_a_workbook_says_the_same_as_a_csv_file(self):
        self.load(csv_file(*ROWS))
        before = self.versions("mvno_usage_event")
        self.load(
            workbook(
                HEADINGS.split(";"),
                [
                    "0007001",
                    11987650001,
                    "Voz",
                    datetime(2026, 10, 3, 14, 22, 5),
                    90,
                    None,
                    None,
                    "1133334444",
                    0.25,
                ],
                ["0007001", "11987650001", "SMS", datetime(2026, 10, 4, 8)],
                [
                    "0007001",
                    "11987650001",
                    "Dados",
                    datetime(2026, 10, 5, 9),
                    None,
                    1.25,
                    10.5,
                ],
            ),
            name="outubro.xlsx",
        )
        self.assertEqual(self.statement.new_count, 0)
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_twins_in_a_file_both_stay_and_loading_again_adds_nothing(self):
        twins = csv_file(ROWS[1], ROWS[0], ROWS[1])
        self.load(twins)
        self.assertEqual(self.events("kind", "ordinal")[0], ("sms", 1))
        self.assertEqual(self.statement.received_count, 3)
        self.load(twins)
        self.assertEqual(self.statement.new_count, 0)
        self.assertEqual(len(self.events("id")), 3)

    def test_a_whole_month_removes_what_it_does_not_tell(self):
        self.load(csv_file(*ROWS))
        self.load(csv_file(ROWS[0]))
        self.assertEqual(self.statement.removed_count, 2)

    def test_a_part_of_the_month_leaves_other_contracts_alone(self):
        other = ROWS[1].replace("0007001", "0007002")
        self.load(csv_file(*ROWS, other))
        self.load(csv_file(other), whole_month=False)
        self.assertEqual(len(self.events("id")), 4)

    def test_a_row_with_a_number_only_is_of_that_number_s_contract(self):
        """Otherwise a part of the month would be there twice."""
        self.load(csv_file(*ROWS))
        before = self.versions("mvno_usage_event")
        by_number = [row.replace("0007001", "") for row in ROWS]
        self.load(csv_file(*by_number), whole_month=False)
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_date_and_time_may_be_two_columns(self):
        headings = "Contrato;Tipo;Data;Hora;Minutos"
        self.load(
            csv_file(
                "0007001;Voz;03/10/2026;14:30;1,5",
                "0007001;SMS;04/10/2026;;",
                headings=headings,
            )
        )
        self.assertEqual(
            self.events("started_at", "seconds"),
            [(datetime(2026, 10, 3, 17, 30), 90), (datetime(2026, 10, 4, 3), 0)],
        )

    def test_two_contracts_of_one_number_are_not_guessed_between(self):
        other = ROWS[1].replace("0007001", "0007002")
        self.load(csv_file(ROWS[1], other))
        self.load(csv_file(ROWS[0].replace("0007001", "")), whole_month=False)
        self.assertIn(("",), self.events("platform_contract"))

    # === COLUMNS === #

    def test_columns_are_asked_for_once(self):
        strange = "A;B;C;D\n0007001;SMS;04/10/2026 08:00:00;x"
        dialog = self.upload(strange.encode())
        self.assertEqual(dialog.state, "columns")
        headings = {heading.name: heading for heading in dialog.heading_ids}
        self.assertEqual(headings["B"].sample, "SMS")
        columns = {column.name: column for column in dialog.column_ids}
        self.assertFalse(columns["kind"].heading_id)
        columns["platform_contract"].heading_id = headings["A"]
        columns["kind"].heading_id = headings["B"]
        columns["started_at"].heading_id = headings["C"]
        dialog.action_load()
        self.run_imports()
        self.assertEqual(self.events("kind"), [("sms",)])
        self.statement.action_close()
        september = self._make_statement(competence="2026-09-01")
        dialog = self.upload(
            b"C;A;B\n04/09/2026 08:00:00;0007001;SMS", statement=september
        )
        self.assertEqual(september.state, "importing")
        self.run_imports()
        self.assertEqual(september.received_count, 1)

    def test_a_file_with_other_headings_is_asked_for_again(self):
        self.load(csv_file(*ROWS))
        headings = HEADINGS.replace("Tipo", "Serviço")
        dialog = self.upload(csv_file(*ROWS, headings=headings))
        self.assertEqual(dialog.state, "columns")
        kind = dialog.column_ids.filtered(lambda column: column.name == "kind")
        self.assertEqual(kind.heading_id.name, "Serviço")

    def test_an_indispensable_column_is_asked_for(self):
        dialog = self.upload(b"Contrato;Data\n0007001;04/10/2026")
        with self.assertRaisesRegex(UserError, "Kind of Usage"):
            dialog.action_load()
        dialog = self.upload(b"Tipo;Data\nSMS;04/10/2026")
        with self.assertRaisesRegex(UserError, "Contract at the Platform"):
            dialog.action_load()

    def test_the_mapping_can_be_corrected(self):
        self.load(csv_file(*ROWS))
        mapping = self.env["mvno.file.mapping"].search([("name", "=", "amount")])
        self.assertEqual((mapping.label, mapping.heading), ("Value", "Valor"))
        mapping.heading = False
        self.load(csv_file(ROWS[0]))
        self.assertEqual(self.events("amount"), [(0,)])

    # === REFUSALS === #

    def test_rows_that_cannot_be_read_are_listed_and_nothing_comes_in(self):
        self.load(csv_file(ROWS[1]))
        before = self.versions("mvno_usage_event")
        self.load(
            csv_file(
                ROWS[0],
                ROWS[0].replace("03/10/2026", "32/10/2026"),
                ROWS[0].replace("0:01:30", "um minuto").replace("Chamada", "Fax"),
                ROWS[2].replace("10,5", "muito"),
                ROWS[0].replace("1133334444", "1,1E+09"),
            )
        )
        self.assertEqual(self.statement.state, "error")
        self.assertIn("4 of its values", self.statement.last_error)
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(
            [
                (problem.row, problem.column, problem.value)
                for problem in self.statement.file_problem_ids
            ],
            [
                (3, "Date and Time", "32/10/2026 14:22:05"),
                (4, "Duration", "um minuto"),
                (5, "Data Received", "muito"),
                (6, "Called Number", False),
            ],
        )
        self.load(csv_file(ROWS[0]))
        self.assertEqual(self.statement.state, "done")
        self.assertFalse(self.statement.file_problem_ids)

    def test_a_cut_file_removes_nothing(self):
        self.load(csv_file(*ROWS * 20))
        before = self.versions("mvno_usage_event")
        with self.assertRaisesRegex(UserError, "middle of a row"):
            self.load(csv_file(*ROWS)[:-5])
        self.load(csv_file(*ROWS * 20)[:-5])
        self.assertEqual(self.statement.state, "error")
        self.assertIn("middle of a row", self.statement.last_error)
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_a_row_of_another_time_is_listed_and_nothing_imported(self):
        odd = ROWS[1].replace("04/10/2026", "04/10/1926")
        self.load(csv_file(*ROWS, odd))
        self.assertEqual(self.statement.state, "error")
        problem = self.statement.file_problem_ids
        self.assertEqual((problem.row, problem.column), (5, "Date and Time"))
        self.assertIn("of another time", problem.reason)

    def test_stray_quotation_marks_remove_no_call_records(self):
        self.load(csv_file(*ROWS))
        swallowing = [ROWS[1].replace("SMS", '"SMS'), ROWS[0].replace("voz", 'voz"')]
        with self.assertRaisesRegex(UserError, "In row 3 of this file"):
            self.load(csv_file(ROWS[0], *swallowing, ROWS[2]))
        # below what the dialog looks at
        self.load(csv_file(*ROWS * 20, *swallowing, ROWS[2]))
        self.assertEqual(self.statement.state, "error")
        self.assertIn("In row 62 of this file", self.statement.last_error)
        self.assertEqual(len(self.events("kind")), 3)

    def test_a_file_of_another_month_is_refused(self):
        self.load(csv_file(*ROWS))
        before = self.versions("mvno_usage_event")
        self.load(csv_file(*(row.replace("/10/", "/09/") for row in ROWS)))
        self.assertEqual(self.statement.state, "error")
        self.assertIn("is not of 10/2026", self.statement.last_error)
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_a_row_of_totals_is_no_call_record(self):
        self.load(csv_file(*ROWS, ";;;;0:01:30;1,25;10,5;;0,25"))
        self.assertEqual(self.statement.received_count, 3)

    def test_what_is_no_spreadsheet_is_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "cannot be read as a spreadsheet"):
            self.upload(b"\x89PNG\0\0\0")

    def test_a_closed_month_takes_no_file(self):
        self.load(csv_file(*ROWS))
        self.statement.action_close()
        with self.assertRaisesRegex(UserError, "is closed"):
            self.upload(csv_file(ROWS[0]))

    def test_one_person_s_statement_takes_no_file(self):
        mine = self._make_statement(partner_id=self.partner.id)
        with self.assertRaisesRegex(UserError, "one person only"):
            self.upload(csv_file(*ROWS), statement=mine).action_load()

    def test_a_killed_import_of_a_file_is_done_again(self):
        self.upload(csv_file(*ROWS)).action_load()
        # what a killed worker leaves behind
        self.statement.sudo().write({"read_lines": 2})
        self.run_imports()
        self.assertEqual(self.statement.received_count, 3)

    # === SECRECY === #

    def test_nobody_reads_the_file_and_it_goes_after_the_import(self):
        self.upload(csv_file(*ROWS)).action_load()
        admin = new_test_user(
            self.env,
            "secret",
            "tip_mvno.group_manager,tip_mvno.group_call_records,base.group_system",
        )
        self.assertTrue(self.statement.sudo().source_file)
        with self.assertRaises(AccessError):
            self.statement.with_user(admin).read(["source_file"])
        self.assertFalse(
            self.env["ir.attachment"].search([("res_field", "=", "source_file")])
        )
        self.run_imports()
        self.assertFalse(self.statement.sudo().source_file)

    def _load_as(self, group):
        user = new_test_user(self.env, group[-7:], group)
        action = self.statement.with_user(user).action_choose_file()
        dialog = (
            self.env["mvno.file.upload"]
            .with_user(user)
            .with_context(**action["context"])
        )
        with Form(dialog) as form:
            form.file = base64.b64encode(csv_file(*ROWS))
        dialog = form.record
        dialog.action_read()
        with Form(dialog):
            pass
        dialog.action_load()

    def test_a_manager_loads_a_file(self):
        self._load_as("tip_mvno.group_manager")
        self.run_imports()
        self.assertEqual(self.statement.state, "done")

    def test_an_attendant_replaces_no_call_records_by_a_file(self):
        with self.assertRaisesRegex(AccessError, "for MVNO managers"):
            self._load_as("tip_mvno.group_attendant")

    def test_a_file_whose_import_was_stopped_is_forgotten(self):
        self.upload(csv_file(*ROWS)).action_load()
        self.statement.action_stop()
        self.assertFalse(self.statement.sudo().source_file)

    def test_what_cannot_be_read_of_calls_is_shown_to_the_call_records_group_only(self):
        problem = self.env["mvno.file.problem"].create(
            {
                "res_model": "mvno.statement",
                "res_id": self.statement.id,
                "company_id": self.statement.company_id.id,
                "row": 2,
                "value": "(11) 93333-4444",
            }
        )
        clerk = new_test_user(self.env, "sees", "tip_mvno.group_attendant")
        secret = new_test_user(
            self.env, "secret2", "tip_mvno.group_attendant,tip_mvno.group_call_records"
        )
        self.assertFalse(problem.with_user(clerk).shown_value)
        with self.assertRaises(AccessError):
            problem.with_user(clerk).read(["value"])
        self.assertEqual(problem.with_user(secret).shown_value, "(11) 93333-4444")

    def test_a_number_beyond_all_is_refused_for_its_row(self):
        row = ["0007001", "11987650001", "SMS", datetime(2026, 10, 4, 8)]
        content = workbook(HEADINGS.split(";"), row, [*row, *[None] * 4, 0.25])
        self.load(
            changed(content, SHEET, lambda part: part.replace("0.25", "1e400")),
            name="outubro.xlsx",
        )
        self.assertEqual(self.statement.state, "error")
        self.assertRecordValues(
            self.statement.file_problem_ids,
            [{"row": 3, "column": "Value", "value": "Infinity"}],
        )

    def test_a_workbook_made_to_harm_is_refused_while_somebody_waits(self):
        more = '<row><c r="XFD1"/></row>' * 400
        content = with_more(workbook(HEADINGS.split(";")), more)
        with self.assertRaisesRegex(UserError, "5000000 cells. Copy the rows"):
            self.upload(content, "outubro.xlsx")

    def test_a_dialog_for_another_record_is_refused(self):
        dialog = self.env["mvno.file.upload"].create(
            {"res_model": "res.partner", "res_id": 1, "file": base64.b64encode(b"a")}
        )
        with self.assertRaisesRegex(UserError, "no record"):
            dialog.action_read()
