# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...lib import SimStatus, SubscriberContract
from ..common import AVAILABLE, CANCELLED, IN_USE, TOTAL, MvnoCase, broken

CPF = "52998224725"


class SwapCase(MvnoCase):
    """A line in service, and what the platform shows of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active", platform_contract="C1")
        cls.old = cls.line.simcard_id
        cls.new = cls._make_simcards()

    def _dialog(self, reason="theft", simcard=None, line=None):
        return self.env["mvno.simcard.swap"].create(
            {
                "line_id": (line or self.line).id,
                "reason": reason,
                "simcard_id": simcard and simcard.id,
            }
        )

    def _swap(self, reason="theft", **vals):
        """:return: the request that the dialog leaves, the new SIM card chosen"""
        if reason == "broken":
            self.sim_says(self.new, AVAILABLE)
        self._dialog(reason, self.new).action_replace()
        return self.line.support_request_id

    def _contract(self, simcard=None, contract="C1", status=SimStatus.IN_USE, **vals):
        """:return: a line of the platform's subscribers' list"""
        vals = {"number": "", "raw_status": "ATIVO", "plan": "5 GB", **vals}
        iccid = (simcard or self.new).iccid
        return SubscriberContract(
            iccid=iccid, platform_contract=contract, status=status, **vals
        )

    def _sweep(self, *contracts, document=CPF):
        """:return: the requests that a page of the subscribers' list closes"""
        return self.env["mvno.support.request"]._confirm_from_platform(
            self.platform, [(document, contract) for contract in contracts]
        )


@tagged("post_install", "-at_install")
class TestMvnoSimcardSwap(SwapCase):
    """A SIM card that was lost, stolen or broke, and the one in its place."""

    # === ASKING === #

    def test_a_theft_blocks_at_once_and_the_new_card_is_kept(self):
        request = self._swap("theft")
        self.assertEqual(self.line.open_command_id.operation, "block_total")
        self.assertEqual(self.line.open_command_id.priority, "0")
        self.assertRecordValues(
            request,
            [
                {
                    "kind": "sim_swap",
                    "state": "waiting",
                    "reason": "theft",
                    "old_simcard_id": self.old.id,
                    "simcard_id": self.new.id,
                    "hold_id": self.line.hold_ids.id,
                    "partner_id": self.partner.id,
                }
            ],
        )
        self.assertEqual(self.new.state, "reserved")
        self.assertFalse(self.new.reserved_until)

    def test_a_broken_card_blocks_nothing(self):
        self._swap("broken")
        self.assertFalse(self.line.hold_ids)
        self.assertFalse(self.line.command_ids)

    def test_a_theft_is_blocked_without_a_new_card_which_is_chosen_later(self):
        self._dialog("theft").action_replace()
        request = self.line.support_request_id
        self.assertEqual((request.state, request.problem), ("draft", False))
        self.assertEqual(self.line.hold_level, "total")
        dialog = Form(
            self.env["mvno.simcard.swap"].with_context(
                active_model="mvno.line", active_id=self.line.id
            )
        )
        self.assertEqual(dialog.reason, "theft")
        dialog.simcard_id = self.new
        dialog.save().action_replace()
        self.assertEqual((request.state, request.simcard_id), ("waiting", self.new))
        self.assertEqual(len(self.line.hold_ids), 1)

    def test_a_theft_is_blocked_even_if_the_new_card_is_none(self):
        self.new.state = "cancelled"
        self._dialog("theft", self.new).action_replace()
        request = self.line.support_request_id
        self.assertEqual((request.state, request.simcard_id.id), ("draft", False))
        self.assertIn(self.new.iccid, request.problem)
        self.assertEqual(self.line.hold_level, "total")

    def test_a_card_that_is_not_available_is_refused(self):
        self.sim_says(self.new, IN_USE)
        with self.assertRaisesRegex(UserError, self.new.iccid):
            self._dialog("broken", self.new).action_replace()
        with self.assertRaisesRegex(UserError, "Choose the new SIM card"):
            self._dialog("broken").action_replace()
        other = self._make_simcards(platform=self._make_platform(name="Other"))
        with self.assertRaisesRegex(UserError, other.iccid):
            self._dialog("broken", other).action_replace()
        self.assertFalse(self.line.support_request_ids)

    def test_a_second_click_finds_the_open_request(self):
        request = self._swap("theft")
        self.assertEqual(self.line.action_swap_simcard()["res_id"], request.id)
        action = self._dialog("theft", self._make_simcards()).action_replace()
        self.assertEqual(action["res_id"], request.id)
        self.assertEqual(len(self.line.support_request_ids), 1)

    def test_the_text_names_everything_tip_needs_and_the_person_masked(self):
        request = self._swap("theft").with_context(lang="en_US")
        for part in (
            "roubo",
            "Contrato na TIP: C1",
            self.line._format_number(self.line.number),
            self.old.iccid,
            self.new.iccid,
            "***.982.247-**",
        ):
            self.assertIn(part, request.text)
        self.assertNotIn("529", request.text.replace(self.old.iccid, ""))
        self.assertNotIn("982", str(request.message_ids.mapped("body")))

    def test_the_text_goes_into_the_attendant_s_own_mail(self):
        request = self._swap("theft")
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            request.action_email()
        self.platform.support_email = "suporte@example.com"
        url = request.action_email()["url"]
        self.assertTrue(url.startswith("mailto:suporte%40example.com?subject=Troca"))
        self.assertNotIn("\n", url)

    # === THE NEW CARD IS KEPT === #

    def test_the_kept_card_cannot_be_given_to_another_line(self):
        self._swap("theft")
        with self.assertRaisesRegex(UserError, "waits for TIP"):
            self._make_line().sudo().simcard_id = self.new
        other = self._make_line("active")
        with self.assertRaisesRegex(UserError, self.new.iccid):
            self._dialog("broken", self.new, other).action_replace()

    def test_the_kept_card_stays_kept_while_the_platform_calls_it_available(self):
        self._swap("theft")
        self.sim_says(self.new, AVAILABLE)
        self.new.action_refresh()
        self.assertEqual(self.new.state, "reserved")

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_it_too(self):
        self._swap("theft")
        other = self._make_line("active")
        with self.assertRaises(Exception) as refused, self.cr.savepoint():
            self.env["mvno.support.request"].create(
                {
                    "kind": "sim_swap",
                    "line_id": other.id,
                    "reason": "broken",
                    "old_simcard_id": other.simcard_id.id,
                    "simcard_id": self.new.id,
                }
            )
        self.assertNotIsInstance(refused.exception, ValidationError)

    def test_giving_up_returns_the_card_and_leaves_the_block(self):
        request = self._swap("theft")
        request.action_cancel()
        self.assertEqual((request.state, self.new.state), ("cancelled", "available"))
        self.assertEqual(self.line.hold_level, "total")
        self.assertTrue(request.closed_at)

    # === TIP DID IT === #

    def _blocked(self):
        """:return: the request of a theft whose block the platform has done"""
        request = self._swap("theft")
        self.write_says(self.old, "bloquear/total")
        self.process(self.line.command_ids)
        self.assertEqual(self.line.state, "blocked")
        return request

    def test_the_sweep_sees_the_new_card_under_the_same_contract(self):
        request = self._blocked()
        self.assertEqual(self._sweep(self._contract()), request)
        self.assertRecordValues(
            self.line,
            [
                {
                    "simcard_id": self.new.id,
                    "state": "active",
                    "hold_level": "none",
                    "platform_contract": "C1",
                }
            ],
        )
        self.assertEqual((self.new.state, self.old.state), ("in_use", "cancelled"))
        self.assertEqual(request.state, "done")
        self.assertFalse(self.line.open_command_id)
        self.assertEqual(
            self.line.identity_ids.sorted("id").simcard_id, self.old | self.new
        )
        self.assertIn(self.new.iccid, str(self.line.message_ids.mapped("body")))

    def test_the_sweep_sees_it_under_the_same_number_and_a_new_contract(self):
        self._blocked()
        contract = self._contract(contract="C2", number=self.line.number)
        self.assertTrue(self._sweep(contract))
        self.assertEqual(self.line.platform_contract, "C2")
        self.assertEqual(
            self.line.identity_ids.sorted("id").mapped("platform_contract"),
            ["C1", "C2"],
        )

    def test_what_stays_blocked_at_the_platform_is_unblocked_on_the_new_card(self):
        self._blocked()
        self._sweep(self._contract(status=SimStatus.TOTALLY_BLOCKED))
        command = self.line.open_command_id
        self.assertEqual((command.operation, command.simcard_id), ("unblock", self.new))

    def test_a_hold_of_another_reason_goes_on_with_the_new_card(self):
        self._blocked()
        self.line.action_block_total("nonpayment")
        self._sweep(self._contract())
        self.assertEqual(self.line.hold_level, "total")
        command = self.line.open_command_id
        self.assertEqual(
            (command.operation, command.simcard_id), ("block_total", self.new)
        )

    def test_a_block_for_the_same_theft_that_was_there_before_ends_too(self):
        self.line.action_block_total("theft")
        self._blocked()
        self._sweep(self._contract())
        self.assertEqual(self.line.hold_level, "none")

    def test_contract_line_and_commitment_stay(self):
        paying = self.line.contract_line_id
        before = paying.read(["date_start", "date_end", "commitment_end"])
        self._blocked()
        self._sweep(self._contract())
        self.assertEqual(self.line.contract_line_id, paying)
        self.assertEqual(
            paying.read(["date_start", "date_end", "commitment_end"]), before
        )

    def test_the_old_card_is_never_offered_again(self):
        self._blocked()
        self._sweep(self._contract())
        self.sim_says(self.old, AVAILABLE)
        self.old.action_refresh()
        self.assertFalse(self.old._is_offered())

    def test_what_is_not_this_line_on_the_new_card_closes_nothing(self):
        request = self._blocked()
        for contract in (
            self._contract(contract="C9", number="+5511900000009"),
            self._contract(contract="", number=""),
            self._contract(status=SimStatus.CANCELLED),
            self._contract(self.old),
        ):
            self.assertFalse(self._sweep(contract))
        self.assertEqual(request.state, "waiting")

    def test_the_list_is_not_gone_through_when_nothing_waits(self):
        shown = iter([(CPF, self._contract())])
        requests = self.env["mvno.support.request"]
        self.assertFalse(requests._confirm_from_platform(self.platform, shown))
        self.assertEqual(len(list(shown)), 1)

    def test_a_request_pending_for_the_old_card_is_not_sent(self):
        self._swap("theft")
        (command,) = self.line.command_ids
        self._sweep(self._contract())
        self.assertEqual(command.state, "cancelled")
        self.assertEqual((self.line.state, self.line.hold_level), ("active", "none"))

    def test_a_request_on_its_way_to_the_old_card_is_waited_for(self):
        request = self._swap("theft")
        self.line.command_ids.state = "unknown"
        self.assertFalse(self._sweep(self._contract()))
        self.assertEqual(request.state, "waiting")
        self.assertIn("on its way", request.problem)
        self.line.command_ids.state = "done"
        self.assertTrue(self._sweep(self._contract()))
        self.assertFalse(request.problem)

    # === BY A CLICK === #

    def test_tip_did_it_reads_the_new_card(self):
        request = self._blocked()
        self.sim_says(
            self.new, IN_USE, numero_contrato="C1", numero=self.line.number[3:]
        )
        request.action_done()
        self.assertEqual((request.state, self.line.simcard_id), ("done", self.new))

    def test_what_the_platform_does_not_show_is_explained(self):
        request = self._blocked()
        for answer, words in (
            ({"status": AVAILABLE}, "does not show it yet"),
            ({"status": CANCELLED}, "does not show it yet"),
            ({"status": TOTAL, "numero_contrato": "C9"}, "contract C9"),
        ):
            self.forget_answers()
            self.sim_says(self.new, **answer)
            with self.assertRaisesRegex(UserError, words):
                request.action_done()
        self.forget_answers()
        self.platform_says("GET", f"/estoque/{self.new.iccid}", body=broken())
        with self.assertRaisesRegex(UserError, self.new.iccid):
            request.action_done()
        self.assertEqual(request.state, "waiting")

    def test_a_cancelled_line_waits_for_nothing(self):
        request = self._swap("theft")
        self.line._on_cancelled("customer", self.platform._today())
        self.assertEqual((request.state, self.new.state), ("cancelled", "available"))
