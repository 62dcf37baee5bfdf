# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import MARIA_CPF, OTHER_CPF, MvnoCase


@tagged("post_install", "-at_install")
class TestContactHolder(MvnoCase):
    """Who holds lines in service is no matter of a customer's form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("ana", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")
        cls.company = cls.env["res.partner"].create(
            {"name": "X Ltda", "is_company": True}
        )
        cls.merge = cls.env["base.partner.merge.automatic.wizard"]

    def _refused(self, call, kind=AccessError):
        with self.assertRaises(kind) as caught, self.env.cr.savepoint():
            call()
            self.env.flush_all()
        self.env.invalidate_all()
        return str(caught.exception)

    def test_an_attendant_moves_no_subscriber(self):
        partner = self.partner.with_user(self.attendant)
        vat = partner.vat
        for vals in (
            {"vat": False},
            {"vat": OTHER_CPF},
            {"parent_id": self.company.id},
            {"vat": False, "parent_id": self.company.id},
        ):
            with self.subTest(vals):
                told = self._refused(lambda vals=vals: partner.write(vals))
                self.assertIn("Ask a manager", told)
        self.assertEqual(partner.vat, vat)
        self.assertFalse(partner.parent_id)

    def test_nor_by_the_company_s_contacts_or_an_import(self):
        company = self.company.with_user(self.attendant)
        link = {"child_ids": [Command.link(self.partner.id)]}
        self._refused(lambda: company.write(link))
        loaded = self.env["res.partner"].with_user(self.attendant)
        result = loaded.load([".id", "vat"], [[str(self.partner.id), OTHER_CPF]])
        self.assertFalse(result["ids"])

    def test_a_document_written_another_way_is_the_same(self):
        self.partner.with_user(self.attendant).vat = "529.982.247-25"
        self.assertFalse(self.partner.mvno_contact_waits)

    def test_a_first_document_and_customers_without_lines_are_an_attendants(self):
        stranger = self.env["res.partner"].create({"name": "Nova", "vat": OTHER_CPF})
        stranger.with_user(self.attendant).write(
            {"vat": False, "parent_id": self.company.id}
        )
        self.partner.vat = False
        self.partner.with_user(self.attendant).vat = MARIA_CPF

    def test_a_manager_may_and_it_is_noted_and_waits(self):
        partner = self.partner.with_user(self.manager)
        partner.parent_id = self.company
        self.assertTrue(self.partner.mvno_contact_waits)
        self.assertTrue(self.company.mvno_contact_waits)
        self.assertIn("by hand", self.partner.message_ids[0].body)

    def test_contacts_with_lines_are_not_merged_by_an_attendant(self):
        mule = self.env["res.partner"].create({"name": "Mule"})
        merge = self.merge.with_user(self.attendant)
        ids = [self.partner.id, mule.id]
        told = self._refused(lambda: merge._merge(ids, mule), UserError)
        self.assertIn("Ask a manager", told)
        self.assertEqual(self.line.partner_id, self.partner)
        self.assertTrue(self.partner.exists())

    def test_a_manager_merges_one_holder_only(self):
        self.manager.group_ids |= self.env.ref("base.group_erp_manager") | self.env.ref(
            "account.group_account_invoice"
        )
        merge = self.merge.with_user(self.manager)
        other = self.env["res.partner"].create({"name": "Outra", "vat": OTHER_CPF})
        ids = [self.partner.id, other.id]
        told = self._refused(lambda: merge._merge(ids, other), UserError)
        self.assertIn("different holders", told)
        twin = self.env["res.partner"].create(
            {"name": "Maria again", "vat": MARIA_CPF, "email": self.partner.email}
        )
        merge._merge([self.partner.id, twin.id], self.partner.with_user(self.manager))
        self.assertFalse(twin.exists())

    def test_nor_does_a_manager_for_a_company_he_is_not_of(self):
        elsewhere = self.env["res.company"].create({"name": "B"})
        self.manager.write(
            {"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id}
        )
        mule = self.env["res.partner"].create({"name": "Mule"})
        merge = self.merge.with_user(self.manager)
        ids = [self.partner.id, mule.id]
        self._refused(lambda: merge._merge(ids, mule), UserError)
        self.assertEqual(self.line.partner_id, self.partner)

    def test_customers_without_lines_are_merged_as_ever(self):
        first, second = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        self.attendant.group_ids |= self.env.ref(
            "base.group_erp_manager"
        ) | self.env.ref("account.group_account_invoice")
        merge = self.merge.with_user(self.attendant)
        merge._merge([first.id, second.id], first.with_user(self.attendant))
        self.assertFalse(second.exists())
