# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import AVAILABLE, IN_USE, OTHER_CPF, YES, MvnoCase, broken, unreachable


@tagged("post_install", "-at_install")
class TestMvnoSubscribe(MvnoCase):
    """The dialog that turns contracted telephony plans into mobile lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._make_contract(count=2)
        cls.first, cls.second = cls.contract.contract_line_ids
        cls.simcards = cls._make_simcards(2)

    def _dialog(self, partner=None):
        """:return: the dialog, opened by the + beside a customer"""
        partner = partner or self.partner
        context = partner.action_mvno_subscribe()["context"]
        return Form(self.env["mvno.subscribe"].with_context(**context))

    def _filled(self, **changes):
        """:return: the dialog saved with its two lines filled, but for `changes` of
        the second one"""
        dialog = self._dialog().save()
        for line, simcard in zip(dialog.line_ids, self.simcards, strict=True):
            line.write({"simcard_id": simcard.id, "area_code": "11"})
        dialog.line_ids[1].write(changes)
        return dialog

    def _port_in(self, number="(11) 91234-0003", **more):
        return {"portability": True, "number": number, "donor": "Outra", **more}

    def _refused(self, dialog, *words, save=True):
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            dialog.action_save() if save else dialog.action_subscribe()
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertFalse(self.partner.mvno_line_ids)
        return str(caught.exception)

    # === THE DIALOG === #

    def test_it_offers_the_customers_plans_without_a_line(self):
        self._make_line("active", self.first)
        self._make_contract(partner=self._make_partner(name="João Exemplo"))
        dialog = self._dialog().save()
        self.assertEqual(dialog.contract_line_ids, self.second)
        self.assertEqual(dialog.line_ids.contract_line_id, self.second)
        self.assertEqual(dialog.line_ids.product_id, self.product)

    def test_it_proposes_the_ddd_of_the_customers_phone(self):
        self.assertEqual(
            self._dialog().save().line_ids.mapped("area_code"), ["11", "11"]
        )
        self.partner.phone = "0800 123 456"
        self.assertEqual(
            self._dialog().save().line_ids.filtered("area_code"),
            self.env["mvno.subscribe.line"],
        )

    def test_a_plan_may_be_left_out(self):
        with self._dialog() as dialog:
            dialog.contract_line_ids.remove(id=self.first.id)
        self.assertEqual(dialog.record.line_ids.contract_line_id, self.second)

    def test_it_says_where_the_number_comes_from(self):
        with self._dialog() as dialog, dialog.line_ids.edit(0) as line:
            self.assertIn("platform will assign", line.number_hint)
            line.simcard_id = self.simcards[0]
            line.area_code = False
            line.portability = True
            self.assertFalse(line.number_hint)
            line.number = "11912340003"
            self.assertEqual(line.number, "(11) 91234-0003")
            self.assertEqual(line.area_code, "11")
            line.number = "(21) 91234-0003"
            self.assertEqual(line.area_code, "21", "a number keeps its DDD")
            line.number = "91234-0004"
            self.assertEqual(line.number, "(21) 91234-0004")

    def test_it_offers_available_simcards_of_the_plans_platform_only(self):
        domain = self.env["mvno.subscribe.line"]._fields["simcard_id"].domain
        self.assertIn("'available'", domain)
        self.assertIn("platform_id", domain)

    # === SAVE === #

    def test_saving_makes_draft_lines_and_asks_the_platform_nothing(self):
        action = self._filled(**self._port_in()).action_save()
        lines = self.env["mvno.line"].search(action["domain"], order="id")
        self.assertRecordValues(
            lines,
            [
                {
                    "state": "draft",
                    "partner_id": self.partner.id,
                    "contract_line_id": contract_line.id,
                    "simcard_id": simcard.id,
                    "area_code": "11",
                    "product_id": self.product.id,
                }
                for contract_line, simcard in zip(
                    self.contract.contract_line_ids, self.simcards, strict=True
                )
            ],
        )
        self.assertEqual(lines.portability_ids.number, "+5511912340003")
        self.assertEqual(lines.portability_ids.donor, "Outra")
        self.assertEqual(self.simcards.mapped("state"), ["reserved"] * 2)
        self.assertFalse(lines.command_ids or self.asked())

    def test_one_line_is_shown_as_a_form(self):
        self._make_line("active", self.first)
        dialog = self._dialog().save()
        dialog.line_ids.write({"simcard_id": self.simcards[0].id, "area_code": "11"})
        action = dialog.action_save()
        self.assertEqual(self.second.mvno_line_id.id, action["res_id"])

    # === SAVE AND ACTIVATE === #

    def test_saving_and_activating_asks_for_each_line(self):
        self._filled(**self._port_in()).action_subscribe()
        lines = self.partner.mvno_line_ids
        self.assertEqual(lines.mapped("state"), ["activating"] * 2)
        self.assertEqual(lines.command_ids.mapped("operation"), ["activate"] * 2)
        self.assertFalse(self.asked(), "what was entered is committed first")
        for simcard, number in zip(self.simcards, ("1", "2"), strict=True):
            self.sim_says(simcard, AVAILABLE)
            self.write_says(simcard, "ativar", YES)
            self.sim_says(simcard, IN_USE, numero=f"1191111111{number}")
        self.process(lines.command_ids)
        self.assertEqual(lines.mapped("state"), ["active"] * 2)
        port_in = lines.portability_ids
        self.assertTrue(port_in.sent_at)
        self.assertNotEqual(port_in.line_id.number, port_in.number, "not yet ported")

    def test_the_simcards_are_looked_at_before_anything_is_sent(self):
        self._filled().action_subscribe()
        free, taken = self.simcards
        for status in (AVAILABLE, IN_USE):
            self.sim_says(free, status)
        self.write_says(free, "ativar", YES)
        self.sim_says(taken, IN_USE)
        lines = free.line_ids | taken.line_ids
        self.process(lines.command_ids)
        self.assertEqual(lines.mapped("state"), ["activating", "draft"])
        refused = taken.line_ids.command_ids
        self.assertEqual((refused.state, refused.attempts), ("refused", 0))
        self.assertIn(taken.iccid, refused.error)
        self.assertIn(IN_USE, refused.error)
        self.assertIn(IN_USE, taken.line_ids.activity_ids.note)
        self.assertEqual(taken.state, "in_use")
        self.assertEqual(len(self.asked("ativar")), 1)

    def test_a_platform_that_does_not_answer_loses_nothing(self):
        self._filled().action_subscribe()
        lines = self.partner.mvno_line_ids
        commands = lines.command_ids
        for simcard, silent in zip(
            self.simcards, (unreachable(), broken()), strict=True
        ):
            self.platform_says("GET", f"/estoque/{simcard.iccid}", body=silent)
        self.process(commands)
        self.assertEqual(lines.mapped("state"), ["activating"] * 2)
        self.assertEqual(commands.mapped("state"), ["pending"] * 2)
        first, second = (simcard.line_ids.command_ids for simcard in self.simcards)
        self.assertIn("could not be reached", first.error)
        self.assertIn("goes on by itself", second.error)
        self.assertFalse(any(commands.mapped("attempts")))
        self.forget_answers()
        for simcard in self.simcards:
            for status in (AVAILABLE, IN_USE):
                self.sim_says(simcard, status)
            self.write_says(simcard, "ativar", YES)
        self.make_due(commands)
        self.process(commands)
        self.assertEqual(commands.mapped("state"), ["done"] * 2)

    def test_everything_wrong_is_listed_at_once(self):
        """The customer's address used to come up only after the SIM was corrected."""
        self.partner.write({"zip": False, "birthdate_date": False})
        self.simcards[0].state = "in_use"
        dialog = self._filled(simcard_id=False, **self._port_in("1234", area_code="20"))
        words = (
            "CEP",
            "birth date",
            "is not available (In use)",
            "choose an available SIM card",
            "20 is no DDD in use",
            "DDD and nine digits",
        )
        said = self._refused(dialog, *words, save=False)
        self.assertEqual(said.count("•"), len(words))
        self.assertFalse(self.asked())

    def test_a_plan_gone_from_the_catalogue_is_listed(self):
        self.plan.active = False
        for simcard in self.simcards:
            self.sim_says(simcard, AVAILABLE)
        self._refused(self._filled(), "is not in the platform's catalogue", save=False)

    # === WHAT CANNOT BE === #

    def test_a_simcard_is_chosen_once(self):
        dialog = self._filled(simcard_id=self.simcards[0].id)
        self._refused(dialog, "is chosen twice")

    def test_a_simcard_of_a_draft_line_is_not_given_again(self):
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        taken = self._make_line(
            contract_line=self._make_contract(partner=other).contract_line_ids
        )
        dialog = self._filled(simcard_id=taken.simcard_id.id)
        self._refused(dialog, taken.simcard_id.iccid, "is not available (Reserved)")

    def test_a_simcard_of_another_platform_is_not_taken(self):
        other = self._make_platform(name="Other")
        simcard = self._make_simcards(platform=other)
        dialog = self._filled(simcard_id=simcard.id)
        with self.assertRaisesRegex(ValidationError, "belongs to platform Other"):
            dialog.action_save()

    def test_a_number_is_brought_once(self):
        dialog = self._filled(**self._port_in("(11) 91234-0003"))
        for same in ("(11) 91234-0003", "11912340003", "+55 11 91234-0003"):
            with self.subTest(same):
                dialog.line_ids[0].write(self._port_in(same))
                self._refused(dialog, "(11) 91234-0003 is under way already")

    def test_a_number_under_way_is_not_brought_again(self):
        self.env["mvno.portability"].create(
            {"line_id": self._other_line().id, "number": "+5511912340003"}
        )
        self._refused(self._filled(**self._port_in()), "is under way already")

    def test_a_number_of_one_s_own_is_not_brought(self):
        own = self._other_line()
        own.number = "+5511912340003"
        self._refused(self._filled(**self._port_in()), "serves a line of your own")
        own.write({"state": "cancelled", "cancellation_date": "2026-11-20"})
        self._filled(**self._port_in()).action_save()

    def _other_line(self):
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        contract = self._make_contract(partner=other)
        return self._make_line("active", contract.contract_line_ids)

    def test_a_number_keeps_its_ddd(self):
        self._refused(self._filled(**self._port_in("21912340003")), "keeps its DDD")

    def test_a_number_is_a_mobile_one(self):
        for number in ("", "abc", "1133334444", "+351 912 345 678"):
            with self.subTest(number):
                dialog = self._filled(**self._port_in(number))
                self._refused(dialog, "DDD and nine digits")

    def test_a_dialog_opened_twice_makes_one_line(self):
        one, two = self._filled(), self._filled()
        one.action_save()
        two.line_ids.simcard_id = False
        two.line_ids[0].simcard_id, two.line_ids[1].simcard_id = self._make_simcards(2)
        for dialog in (two, one):
            with self.assertRaisesRegex(UserError, "has a mobile line already"):
                dialog.action_save()
        self.assertEqual(len(self.partner.mvno_line_ids), 2)

    def test_a_contract_line_for_several_pieces_is_named(self):
        """The database refused it with a sentence of its own."""
        self.second.quantity = 2
        self._refused(self._filled(), "its quantity is 1")

    def test_a_customer_without_open_plans_is_told(self):
        nobody = self._make_partner(name="João Exemplo")
        dialog = self._dialog(nobody).save()
        with self.assertRaisesRegex(UserError, "João Exemplo has no telephony plan"):
            dialog.action_save()

    def test_a_contract_of_another_company_is_named(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.contract.company_id = company
        with self.assertRaisesRegex(ValidationError, "another company"):
            self._filled().action_save()
