# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, tagged

from ..statement_common import StatementCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 12:00:00")
class TestMvnoUsageEventAttach(StatementCase):
    """Events of unknown lines find their line as soon as it is there."""

    def triggers(self):
        """End the transaction's work.

        :return: int, how often the driver was woken so far
        """
        self.env.cr.precommit.run()
        cron = self.env.ref("tip_mvno_billing.ir_cron_attach_events")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def attach(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["mvno.usage.event"].cron_attach()

    def of_nobody(self, *contracts):
        self.import_says(
            *(self.told(contract, sms=["2026-10-03"]) for contract in contracts)
        )

    def test_a_line_that_is_created_gets_its_events(self):
        self.of_nobody("0007777", "0008888")
        line = self._make_active_line("0007777")
        self.assertEqual(self.triggers(), 1)
        self.attach()
        self.assertEqual(
            self.events("platform_contract", "mvno_line_id"),
            [("0007777", line), ("0008888", self.env["mvno.line"])],
        )
        self.assertRecordValues(
            self.statement,
            [{"received_count": 2, "known_count": 1, "unknown_count": 1}],
        )
        self.assertIn("0008888", self.statement.warning)
        self.assertNotIn("0007777", self.statement.warning)
        shown = self.statement.line_ids.filtered(lambda item: item.mvno_line_id == line)
        self.assertEqual(shown.sms_count, 1)

    def test_a_line_whose_contract_becomes_known_gets_its_events(self):
        self.line.platform_contract = False
        self.of_nobody("0007777")
        before = self.triggers()
        self.line.platform_contract = "0007777"
        self.assertEqual(self.triggers(), before + 1)
        self.attach()
        self.assertEqual(self.events("mvno_line_id"), [(self.line,)])

    def test_a_line_whose_number_becomes_known_gets_its_events(self):
        self.line.write({"platform_contract": False, "number": False})
        self.import_says(self.told("", linha="11933330000", sms=["2026-10-03"]))
        self.line.number = "+5511933330000"
        self.assertTrue(self.triggers())
        self.attach()
        self.assertEqual(self.statement.unknown_count, 0)
        self.assertFalse(self.statement.warning)

    def test_lines_without_events_wake_nobody(self):
        self.of_nobody("0007777")
        self._make_active_line("0008888")
        self.assertEqual(self.triggers(), 0)

    def test_a_closed_month_gets_them_when_it_is_reopened(self):
        self.of_nobody("0007777")
        self.statement.action_close()
        line = self._make_active_line("0007777")
        before = self.versions("mvno_usage_event")
        self.attach()
        self.assertEqual(self.versions("mvno_usage_event"), before)
        triggers = self.triggers()
        self.statement.action_reopen()
        self.assertEqual(self.triggers(), triggers + 1)
        self.attach()
        self.assertEqual(self.events("mvno_line_id"), [(line,)])

    def test_a_batch_of_lines_costs_one_look(self):
        self.of_nobody("0007777")
        self.env.flush_all()
        self.env.cr.precommit.run()
        looks = []

        def look(count):
            self._make_active_line(f"01{count}")
            lines = self.env["mvno.line"].search([("platform_id", "!=", False)])
            for line in lines:
                self.env["mvno.line.identity"]._follow(line)
            before = self.env.cr.sql_log_count
            self.env.cr.precommit.run()
            looks.append(self.env.cr.sql_log_count - before)

        look(1)
        for number in range(3):
            self._make_active_line(f"02{number}")
        look(2)
        self.assertEqual(looks[0], looks[1])

    def test_a_statement_of_one_person_counts_no_more_unknown_than_there_are(self):
        mine = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told("0007777", sms=["2026-10-03"]), statement=mine)
        self._make_active_line("0007777")
        self.attach()
        self.assertRecordValues(
            mine, [{"received_count": 1, "known_count": 1, "unknown_count": 0}]
        )
