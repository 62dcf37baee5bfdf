# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..adoption_common import ANA, COMPANY, JOAO, MARIA, AdoptionCase


@tagged("post_install", "-at_install")
class TestMvnoAdoptionMatch(AdoptionCase):
    """What an import finds here, and what it makes of it."""

    def assertVerdict(self, line, verdict, *words):
        self.assertEqual(line.verdict, verdict, line.reason)
        for word in words:
            self.assertIn(word, line.reason)

    def _known_line(self, state="active", contract="000900001", **vals):
        line = self._make_line(state)
        line.write({"platform_contract": contract, **vals})
        return line

    # === CUSTOMERS === #

    def test_a_customer_is_found_by_cpf_however_it_is_written(self):
        for vat in ("529.982.247-25", "52998224725", "BR52998224725"):
            with self.subTest(vat):
                self.env.cr.execute(
                    "UPDATE res_partner SET vat = %s WHERE id = %s",
                    [vat, self.partner.id],
                )
                self.env.invalidate_all()
                line = self.import_line()
                self.assertEqual(line.partner_id, self.partner)
                self.assertVerdict(line, "create")
                line.adoption_id.action_close()

    def test_a_company_is_found_by_a_cnpj_with_letters(self):
        company = self._make_partner(name="Empresa", vat=COMPANY, is_company=True)
        self.assertEqual(self.import_line(COMPANY).partner_id, company)

    def test_a_company_is_found_by_the_document_its_contact_shares(self):
        company = self._make_partner(name="Empresa", vat=COMPANY, is_company=True)
        self._make_partner(name="Contato", parent_id=company.id)
        self.assertEqual(self.import_line(COMPANY).partner_id, company)

    def test_two_customers_with_one_document_are_a_conflict_until_one_is_chosen(self):
        other = self._make_partner(name="Maria Repetida", vat="52998224725")
        line = self.import_line()
        self.assertVerdict(line, "conflict", "2 customers", "Maria Repetida")
        line.partner_id = other
        self.assertVerdict(line, "create")

    def test_an_archived_customer_is_a_conflict(self):
        self.partner.active = False
        line = self.import_line()
        self.assertVerdict(line, "conflict", "Maria Exemplo", "archived")

    def test_another_companys_customer_is_nobody_here(self):
        company = self.env["res.company"].create({"name": "Outra"})
        self.partner.company_id = company
        self.assertVerdict(self.import_line(), "incomplete", "No customer")

    def test_an_unknown_customer_is_created_only_when_the_person_says_so(self):
        line = self.import_line(JOAO)
        self.assertVerdict(line, "incomplete", "No customer has this CPF")
        line.adoption_id.create_partners = True
        self.assertVerdict(line, "create", "A new customer")
        line.create_partner = False
        self.assertVerdict(line, "incomplete")

    def test_a_subscriber_without_a_valid_document_needs_a_customer(self):
        for document in ("", "12345678900"):
            with self.subTest(document):
                line = self.import_line(document)
                line.adoption_id.create_partners = True
                self.assertVerdict(line, "conflict", "no valid CPF or CNPJ")
                line.partner_id = self.partner
                self.assertVerdict(line, "create")
                line.adoption_id.action_close()

    # === PLANS === #

    def test_a_plan_is_found_by_name_or_code_whatever_the_capitals(self):
        for text in ("5 GB", "5gb", "0101"):
            with self.subTest(text):
                line = self.import_line(plan=text)
                self.assertEqual(line.product_id, self.product)
                self.assertEqual(line.price, 59.9)
                line.adoption_id.action_close()

    def test_a_plan_that_nothing_sells_is_to_be_chosen(self):
        line = self.import_line(plan="Plano Antigo")
        self.assertVerdict(line, "incomplete", "No plan here sells", "Plano Antigo")
        line.product_id = self.product
        self.assertVerdict(line, "create")

    def test_a_plan_that_several_products_sell_is_to_be_chosen(self):
        self._make_product(self.plan, name="O mesmo, mais caro")
        line = self.import_line()
        self.assertFalse(line.product_id)
        self.assertVerdict(line, "incomplete", "2 plans sell")

    def test_another_platforms_plan_is_not_proposed(self):
        other = self._make_platform(name="Outra", user_token="other")
        self._make_product(self._make_plan("9", "Só lá", other))
        self.assertVerdict(self.import_line(plan="Só lá"), "incomplete")

    # === LINES === #

    def test_a_line_is_found_by_its_contract_at_the_platform(self):
        known = self._known_line()
        line = self.import_line(
            numero_contrato="000900001", sim_card=known.simcard_id.iccid
        )
        self.assertEqual(line.line_id, known)
        self.assertVerdict(line, "matched", known.display_name)

    def test_a_line_without_contract_is_found_by_its_simcard(self):
        known = self._known_line(contract=False)
        line = self.import_line(sim_card=known.simcard_id.iccid)
        self.assertEqual(line.line_id, known)
        self.assertVerdict(line, "matched")

    def test_a_print_without_the_check_digit_is_the_same_simcard(self):
        known = self._known_line()
        iccid = known.simcard_id.iccid
        self.assertEqual(len(iccid), 19)
        line = self.import_line(sim_card=iccid + "0", numero_contrato="000900001")
        self.assertVerdict(line, "matched")

    def test_what_contradicts_is_a_conflict(self):
        known = self._known_line(number="+5511988887777")
        iccid = known.simcard_id.iccid
        draft = self._make_line()
        ended = self._known_line(
            "cancelled", "000900009", cancellation_date="2026-10-05"
        )
        for document, listed, word in (
            (MARIA, {"numero_contrato": "000900001"}, "another SIM|with SIM card"),
            (MARIA, {"sim_card": iccid}, "but contract 000900001"),
            (ANA, {"sim_card": iccid, "numero_contrato": "000900001"}, "another CPF"),
            (MARIA, {"linha_contrato": "11988887777"}, "has this number"),
            (MARIA, {"sim_card": draft.simcard_id.iccid}, "still to be activated"),
            (MARIA, {"numero_contrato": "000900009"}, "cancelled here"),
            (MARIA, {"sim_card": "123"}, "tells no ICCID"),
            (MARIA, {"status": "EM ANÁLISE"}, "EM ANÁLISE"),
        ):
            with self.subTest(word):
                line = self.import_line(document, **listed)
                line.adoption_id.create_partners = True
                self.assertEqual(line.verdict, "conflict", line.reason)
                self.assertRegex(line.reason, word)
                line.adoption_id.action_close()
        self.assertEqual(ended.state, "cancelled")

    def test_a_line_ended_at_the_platform_is_left_out(self):
        for status in ("CANCELADO", "DISPONÍVEL"):
            with self.subTest(status):
                line = self.import_line(status=status)
                self.assertVerdict(line, "skipped", "nothing to bill")
                line.adoption_id.action_close()

    def test_what_is_listed_twice_is_a_conflict_until_one_is_left_out(self):
        first, second = self.listed(), self.listed()
        second["sim_card"] = first["sim_card"]
        adoption = self.import_base(
            self.subscriber(MARIA, first), self.subscriber(JOAO, second)
        )
        self.assertEqual(adoption.line_ids.mapped("verdict"), ["conflict"] * 2)
        right, wrong = adoption.line_ids.sorted("document", reverse=True)
        wrong.skip = True
        self.assertVerdict(wrong, "skipped", "Left out by hand")
        self.assertVerdict(right, "create")
        wrong.skip = False
        self.assertVerdict(right, "conflict", "more than once")

    def test_a_line_whose_number_is_not_told_needs_its_area_code(self):
        line = self.import_line(linha_contrato="")
        self.assertVerdict(line, "incomplete", "DDD")
        line.area_code = "21"
        self.assertVerdict(line, "create")

    def test_the_stock_tells_how_a_blocked_line_is_blocked(self):
        simcard = self._make_simcards(platform_status="BLOQUEADO PARCIAL")
        line = self.import_line(status="BLOQUEADO", sim_card=simcard.iccid)
        self.assertEqual(line.status, "partially_blocked")
        self.assertVerdict(line, "create", "Blocked at the platform")
        self.assertEqual(line.simcard_id, simcard)

    # === READING AGAIN === #

    def test_reading_again_keeps_decisions_and_follows_the_platform(self):
        kept, gone = self.listed(plan="Plano Antigo"), self.listed()
        adoption = self.import_base(self.subscriber(MARIA, kept, gone))
        line = adoption.line_ids.filtered(lambda line: not line.product_id)
        line.write(
            {"product_id": self.product.id, "price": 10, "bill_from": "2026-12-01"}
        )
        adoption.action_read_again()
        kept["status"] = "BLOQUEADO"
        self.import_base(self.subscriber(MARIA, kept))
        self.assertEqual(adoption.line_ids, line)
        self.assertRecordValues(
            line,
            [{"status": "blocked", "product_id": self.product.id, "price": 10.0}],
        )
        self.assertEqual(str(line.bill_from), "2026-12-01")

    def test_matching_costs_no_query_per_line(self):
        few = [self.subscriber(MARIA, *(self.listed() for _i in range(2)))]
        many = [self.subscriber(MARIA, *(self.listed() for _i in range(40)))]
        costs = []
        for answer in (few, few, many):
            costs.append(
                self.count_queries(lambda answer=answer: self.import_base(*answer))
            )
            self.env["mvno.adoption"].search([]).filtered(
                lambda adoption: adoption.state == "review"
            ).action_close()
        self.assertLess(costs[2], costs[1] + 10)
