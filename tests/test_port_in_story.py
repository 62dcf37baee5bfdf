"""Port-ins to their ends over real HTTP, day by day of the platform's clock."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import freeze_time

from .case import PlatformCase

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


class TestPortInStory(PlatformCase):
    """A Monday morning: a number is to be brought, refused, corrected, brought."""

    CLOCK = datetime(2026, 10, 5, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.email = "sender@provider.example"
        cls.env.company.email = "hello@provider.example"
        cls.platform = cls.provider.platform
        cls.platform.user_id = cls.env.user
        # three business days later, as the database writes dates
        english = cls.env["res.lang"]._activate_lang("en_US")
        cls.window = f"{datetime(2026, 10, 8):{english.date_format}} at 09:00"
        with cls.now():
            cls.provider.synchronize()
            cls.plan = cls.provider.sell_plan()

    # === TIME === #

    @classmethod
    @contextmanager
    def now(cls):
        """Odoo's time is the platform's for as long as this lasts."""
        local = cls.simulated.now().replace(tzinfo=SAO_PAULO)
        with freeze_time(local.astimezone(UTC), tick=True, ignore=["tests.platform"]):
            yield

    def day(self, *moment):
        """It is another moment; the crons run."""
        self.simulated.set_clock(datetime(*moment))
        self.look()

    def look(self):
        with self.now():
            self.env["mvno.portability"].search([]).checked_at = False
            self.drive("mvno.portability", "cron_poll")

    # === RECORDS === #

    def bring(self, number, **customer):
        """:return: ``mvno.portability`` of a line just activated"""
        customer.setdefault("email", "customer@customer.example")
        with self.now():
            partner = self.provider.customer(lang="en_US", **customer)
            self.provider.contract(partner, [self.plan])
            dialog = self.provider.dialog(partner)
            dialog.line_ids.write({"portability": True, "number": number})
            dialog.action_subscribe()
            line = self.env["mvno.line"].search([("partner_id", "=", partner.id)])
            self.drive("mvno.command", "cron_process")
            self.drive("mvno.line", "cron_poll")
        self.assertEqual(line.state, "active")
        return line.portability_id

    def correct(self, port_in, number, **values):
        """:return: the port-in asked for again through the dialog"""
        with self.now():
            dialog = self.env["mvno.portability.correct"].create(
                {"portability_id": port_in.id, "number": number, **values}
            )
            dialog.action_send()
        return port_in.line_id.portability_id

    def mails(self, port_in):
        """:return: the subjects of the e-mails about a port-in, oldest first"""
        mails = self.env["mail.mail"].search(
            [("model", "=", port_in._name), ("res_id", "=", port_in.id)], order="id"
        )
        self.assertEqual(set(mails.mapped("state")) - {"outgoing"}, set())
        return mails.mapped("subject")

    # === STORIES === #

    def test_refused_corrected_brought(self):
        refused = self.bring("11912340001")
        line, temporary = refused.line_id, refused.line_id.number
        self.assertEqual(line.number_awaited, "(11) 91234-0001")
        self.day(2026, 10, 5, 11, 30)
        self.assertEqual(refused.state, "refused")
        self.assertEqual(refused.refusal_kind, "data")
        self.assertIn("titular não conferem", refused.refusal)
        self.assertIn("Correct and Send Again", refused.next_step)
        self.assertEqual(refused.activity_ids.user_id, self.env.user)
        self.assertEqual(line.state, "active")

        again = self.correct(refused, "(11) 91234-5678", correction="The holder's CPF")
        self.assertFalse(refused.activity_ids)
        self.assertTrue(again.is_waiting_for_tip)
        for known in ("(11) 91234-5678", "The holder's CPF", line.simcard_id.iccid):
            self.assertIn(known, again.support_request_ids.text)
        self.day(2026, 10, 5, 15)
        self.assertEqual((again.state, again.refusal), ("requested", False))
        self.assertFalse(again.sent_at)
        self.assertFalse(self.mails(again))

        self.simulated.repeat_port_in(line.simcard_id.iccid, "11912345678")
        self.look()
        self.assertTrue(again.sent_at)
        self.assertEqual(again.support_request_ids.state, "done")
        self.day(2026, 10, 5, 17)
        self.assertEqual(again.state, "awaiting_window")
        english = again.with_context(lang="en_US")
        self.assertEqual(english.window_text, self.window)
        self.assertEqual(line.number, temporary)
        self.day(2026, 10, 8, 12)
        self.assertEqual(again.state, "done")
        self.assertEqual((line.number, line.number_awaited), ("+5511912345678", False))

        self.assertEqual(
            self.mails(refused),
            [
                "We requested the port-in of your number (11) 91234-0001",
                "Your number (11) 91234-0001 could not be brought yet",
            ],
        )
        self.assertEqual(
            self.mails(again),
            [
                "We requested the port-in of your number (11) 91234-5678",
                f"Your number (11) 91234-5678 will be brought on {self.window}",
                "Your number (11) 91234-5678 is with us now",
            ],
        )
        self.assertFalse(again.alarmed_at)
        self.assertFalse(self.env["mail.activity"].search([("res_id", "=", again.id)]))

    def test_a_conflict_stands_still_and_is_replaced(self):
        port_in = self.bring("11912340002")
        self.day(2026, 10, 5, 12)
        self.assertEqual((port_in.state, port_in.is_open), ("conflict", True))
        self.assertEqual(port_in.refusal_kind, "other_request")
        self.assertEqual(len(self.mails(port_in)), 2)
        self.assertEqual(len(port_in.activity_ids), 1)

        again = self.correct(port_in, "11912340002")
        self.assertEqual((port_in.state, again.state), ("cancelled", "requested"))
        self.look()
        self.assertEqual(again.state, "requested")
        self.assertEqual(len(self.mails(port_in)), 2)
        # the other operator gave way
        self.simulated.repeat_port_in(port_in.line_id.simcard_id.iccid)
        self.look()
        self.simulated.advance_port_in(
            port_in.line_id.simcard_id.iccid, "PORTABILIDADE CONCLUÍDA"
        )
        self.look()
        self.assertEqual(again.state, "done")
        self.assertEqual(port_in.line_id.number, "+5511912340002")

    def test_a_no_to_the_sms_cancels(self):
        port_in = self.bring("11912340003")
        self.day(2026, 10, 5, 12)
        self.day(2026, 10, 6, 12)
        self.assertEqual(port_in.state, "cancelled")
        self.assertEqual(port_in.refusal_kind, "subscriber")
        self.assertIn("answered NO", port_in.next_step)
        self.assertEqual(
            self.mails(port_in),
            [
                "We requested the port-in of your number (11) 91234-0003",
                f"Your number (11) 91234-0003 will be brought on {self.window}",
                "The port-in of your number (11) 91234-0003 was cancelled",
            ],
        )

    def test_one_that_stands_still_raises_the_alarm_once(self):
        """Suspended on Tuesday the 6th: four business days later is Monday."""
        port_in = self.bring("11912340004")
        self.day(2026, 10, 6, 11)
        self.assertEqual(port_in.refusal_kind, "suspended")
        told = port_in.activity_ids
        self.day(2026, 10, 9, 18)
        with self.now():
            self.assertFalse(port_in.is_standing_still)
        for hour in (12, 13, 14):
            self.day(2026, 10, 12, hour)
            port_in.invalidate_recordset()
            with self.now():
                self.assertTrue(port_in.is_standing_still)
                found = port_in.search([("is_standing_still", "=", True)])
            self.assertEqual(found, port_in)
        alarm = port_in.activity_ids - told
        self.assertEqual(alarm.summary, "The port-in stands still")
        self.assertEqual(alarm.user_id, self.platform.user_id)
        self.assertEqual(len(self.mails(port_in)), 2)

    def test_nothing_is_sent_to_who_has_no_address(self):
        port_in = self.bring("11912345678", email=False)
        self.day(2026, 10, 5, 12)
        self.assertEqual(port_in.state, "awaiting_window")
        self.assertFalse(self.mails(port_in))
        notes = port_in.message_ids.filtered(lambda m: "no e-mail address" in m.body)
        self.assertEqual(len(notes), 2)

    def test_the_platform_asked_to_and_fro_tells_the_customer_once(self):
        port_in = self.bring("11912345678")
        iccid = port_in.line_id.simcard_id.iccid
        for _time in range(3):
            self.simulated.advance(timedelta(hours=2))
            self.look()
            self.assertEqual(port_in.state, "awaiting_window")
            for fallen_back in ("PENDENTE", "AGUARDANDO JANELA"):
                contract = self.simulated.sim(iccid).contract
                contract.port_in.status = type(contract.port_in.status)(fallen_back)
                self.look()
        self.assertEqual(len(self.mails(port_in)), 2)
