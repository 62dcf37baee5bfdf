# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..common import OTHER_CPF, MvnoCase


@tagged("post_install", "-at_install")
class TestResPartnerSubscriber(MvnoCase):
    """Who is a subscriber, and how many lines he has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._make_partner(name="João Exemplo", vat=OTHER_CPF)

    def _is_subscriber(self, partner=None):
        """:return: what the field says; the search must agree, either way round"""
        partner = partner or self.customer
        partner.invalidate_recordset()
        told = partner.is_mvno_subscriber
        for domain, expected in (
            ([("is_mvno_subscriber", "=", True)], told),
            ([("is_mvno_subscriber", "!=", False)], told),
            ([("is_mvno_subscriber", "=", False)], not told),
            ([("is_mvno_subscriber", "!=", True)], not told),
            ([("is_mvno_subscriber", "in", [True])], told),
            ([("is_mvno_subscriber", "in", [False])], not told),
        ):
            found = partner.search([("id", "=", partner.id), *domain])
            self.assertEqual(bool(found), expected, domain)
        return told

    # === WHO IS ONE === #

    def test_a_customer_with_an_active_telephony_contract_is_a_subscriber(self):
        self.assertFalse(self._is_subscriber())
        self._make_contract(partner=self.customer)
        self.assertTrue(self._is_subscriber())

    def test_a_contract_without_telephony_makes_no_subscriber(self):
        cable = self.env["product.product"].create({"name": "Cable"})
        contract = self._make_contract(count=0, partner=self.customer)
        self.env["contract.line"].create(
            {"contract_id": contract.id, "product_id": cable.id, "name": "Cable"}
        )
        self.assertFalse(self._is_subscriber())

    def test_a_purchase_makes_no_subscriber(self):
        self._make_contract(partner=self.customer, contract_type="purchase")
        self.assertFalse(self._is_subscriber())

    def test_an_archived_contract_makes_no_subscriber(self):
        self._make_contract(partner=self.customer).active = False
        self.assertFalse(self._is_subscriber())

    def test_a_cancelled_contract_line_makes_no_subscriber(self):
        contract = self._make_contract(partner=self.customer)
        contract.contract_line_ids.is_canceled = True
        self.assertFalse(self._is_subscriber())

    def test_a_contract_that_ended_makes_no_subscriber(self):
        contract = self._make_contract(partner=self.customer)
        contract.contract_line_ids.write(
            {"date_start": date(2026, 8, 1), "date_end": date(2026, 10, 5)}
        )
        with freeze_time("2026-10-05 12:00:00"):
            self.assertTrue(self._is_subscriber(), "its last day")
        with freeze_time("2026-10-06 12:00:00"):
            self.assertFalse(self._is_subscriber())

    def test_a_new_product_of_an_old_line_counts_at_once(self):
        contract = self._make_contract(partner=self.customer)
        contract.contract_line_ids.product_id = self.env["product.product"].create(
            {"name": "Cable"}
        )
        self.assertFalse(self._is_subscriber())

    # === COUNTS === #

    def test_lines_and_contracted_plans_without_one_are_counted(self):
        contract = self._make_contract(count=3, partner=self.customer)
        self._make_line("active", contract.contract_line_ids[0])
        self._make_line("cancelled", contract.contract_line_ids[1])
        self.assertEqual(self.customer.mvno_line_count, 1)
        self.assertEqual(self.customer.mvno_pending_count, 1)

    def test_the_list_of_subscribers_costs_no_query_each(self):
        partners = self.env["res.partner"].union(
            *(self._make_partner(name=f"Exemplo {index}") for index in range(20))
        )
        for partner in partners:
            self._make_line(
                "active", self._make_contract(partner=partner).contract_line_ids
            )
        names = ("is_mvno_subscriber", "mvno_line_count", "mvno_pending_count", "name")

        def read(some):
            return lambda: some.read(names)

        self.count_queries(read(partners))
        few = self.count_queries(read(partners[:2]))
        self.assertEqual(self.count_queries(read(partners)), few)
        search = [("is_mvno_subscriber", "=", True)]
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["res.partner"].search(search, limit=80)

    def test_the_buttons_are_of_this_customer(self):
        action = self.customer.action_mvno_subscribe()
        self.assertEqual(action["context"]["default_partner_id"], self.customer.id)
        self.assertEqual(action["res_model"], "mvno.subscribe")
        action = self.customer.action_view_mvno_lines()
        self.assertEqual(action["domain"], [("partner_id", "=", self.customer.id)])
