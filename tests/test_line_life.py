"""A line's life at the hands of TIP's people, over real HTTP: another SIM card, another
holder, and the usage of the month in which that happened."""

from datetime import date, datetime, timedelta

from .case import SynchronizedCase
from .platform import SimStatus
from .story import PlatformControl, believing

OCTOBER = date(2026, 10, 1)


class TestLineLife(SynchronizedCase):
    def setUp(self):
        super().setUp()
        self.control = PlatformControl(self.simulated.url)
        self.line = self.subscribed()
        self.drive("mvno.command", "cron_process")
        with believing(self.registry):
            self.line.action_refresh()
        self.assertEqual(self.line.state, "active")

    def at(self, day, hour=10):
        """Let the platform's clock be at a day of October."""
        self.simulated.set_clock(datetime(2026, 10, day, hour))

    def staff(self, **what):
        """TIP's people do something to the line."""
        return self.control.change_line(self.line.platform_contract, **what)

    def swap(self, reason):
        """:return: the request that the dialog leaves, with a new SIM card"""
        simcard = self.env["mvno.simcard"].search(
            [
                ("platform_id", "=", self.provider.platform.id),
                ("state", "=", "available"),
            ],
            limit=1,
        )
        dialog = self.env["mvno.simcard.swap"].create(
            {"line_id": self.line.id, "reason": reason, "simcard_id": simcard.id}
        )
        dialog.action_replace()
        self.drive("mvno.command", "cron_process")
        return self.line.support_request_id

    def sweep(self):
        """:return: the requests that the platform's subscribers' list closes"""
        client = self.provider.platform._client()
        with client.subscribers() as subscribers:
            shown = [
                (subscriber.document, contract)
                for subscriber in subscribers
                for contract in subscriber.contracts
            ]
        requests = self.env["mvno.support.request"]
        closed = requests._confirm_from_platform(self.provider.platform, shown)
        self.drive("mvno.command", "cron_process")
        return closed

    def told(self, month=OCTOBER):
        """:return: {contract at the platform: lines} of the month's imported events"""
        statement = self.env["mvno.statement"].create(
            {"platform_id": self.provider.platform.id, "competence": month}
        )
        statement.action_import()
        self.drive("mvno.statement", "cron_import")
        events = self.env["mvno.usage.event"].search([("competence", "=", month)])
        return {
            contract: some.mvno_line_id
            for contract, some in events.grouped("platform_contract").items()
        }

    # === ANOTHER SIM CARD === #

    def test_a_stolen_phone_from_the_block_to_the_new_simcard(self):
        old, number = self.line.simcard_id, self.line.number
        request = self.swap("theft")
        self.assertEqual(self.simulated.sim(old.iccid).status, SimStatus.BLOCKED_TOTAL)
        self.assertEqual(self.simulated.sim(old.iccid).contract.block_reason, 1)
        self.assertFalse(self.sweep(), "TIP has not done it yet")
        new = request.simcard_id
        self.staff(sim=new.iccid)
        self.assertEqual(self.sweep(), request)
        self.assertEqual(self.line.simcard_id, new)
        self.assertEqual(self.line.number, number)
        # the new card came blocked: what follows is one unblock, of this card
        self.assertEqual(self.line.state, "active")
        self.assertEqual(self.simulated.sim(new.iccid).status, SimStatus.IN_USE)
        self.assertEqual(len(self.simulated.effects("unblock")), 1)
        self.provider.synchronize()
        self.assertEqual(old.state, "cancelled")
        self.assertFalse(old._is_offered())

    def test_a_card_that_comes_unblocked_is_asked_nothing_more(self):
        request = self.swap("theft")
        self.staff(sim=request.simcard_id.iccid)
        self.control.set_status(request.simcard_id.iccid, "in_use")
        self.simulated.reset_log()
        self.sweep()
        self.assertEqual(self.line.state, "active")
        self.assertFalse(self.simulated.calls())

    def test_a_click_sees_what_tip_did(self):
        request = self.swap("broken")
        self.staff(sim=request.simcard_id.iccid)
        request.action_done()
        self.assertEqual(request.state, "done")
        self.assertEqual(self.line.simcard_id, request.simcard_id)
        self.assertEqual(self.line.state, "active")

    def test_the_kept_card_survives_a_synchronization(self):
        request = self.swap("broken")
        self.provider.synchronize()
        self.assertEqual(request.simcard_id.state, "reserved")

    def test_a_new_contract_with_the_card_keeps_the_month_in_one_line(self):
        self.at(15)
        first, number = self.line.platform_contract, self.line.number
        request = self.swap("loss")
        self.staff(sim=request.simcard_id.iccid, fresh=True)
        self.sweep()
        second = self.line.platform_contract
        self.assertNotEqual(first, second)
        self.assertEqual(self.line.number, number)
        self.simulated.set_clock(datetime(2026, 11, 2, 9))
        told = self.told()
        self.assertEqual(told[first], self.line)
        self.assertEqual(told[second], self.line)

    # === ANOTHER HOLDER === #

    def test_a_change_of_holder_splits_the_days_and_keeps_the_debts(self):
        self.at(20)
        before = self.line.partner_id
        paid = self.line.contract_line_id
        new = self.provider.customer(2)
        dialog = self.env["mvno.holder.change"].create(
            {
                "line_id": self.line.id,
                "new_partner_id": new.id,
                "date": self.line.platform_id._today(),
                "price": 39.9,
            }
        )
        dialog.action_ask()
        request = self.line.support_request_id
        self.assertFalse(self.sweep(), "TIP has not done it yet")
        self.staff(document=new.vat, name=new.name)
        self.assertEqual(self.sweep(), request)
        self.assertEqual(self.line.partner_id, new)
        self.assertEqual(paid.date_end, request.date - timedelta(days=1))
        self.assertEqual(paid.contract_id.partner_id, before)
        paying = self.line.contract_line_ids - paid
        self.assertEqual(paying.contract_id.partner_id, new)
        self.assertEqual((paying.date_start, paying.price_unit), (request.date, 39.9))
        self.assertFalse(self.simulated.effects("cancel"))
        self.assertFalse(self.sweep(), "a second sweep finds nothing to do")
