# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
class TestTelephonyJournal(BillingCase):
    """Telephony never becomes an NF-e."""

    def test_without_a_choice_the_first_sale_journal_counts(self):
        self.company.mvno_journal_id = False
        journal = self.company._mvno_get_journal()
        self.assertEqual((journal.type, journal.company_id), ("sale", self.company))

    @freeze_time(DECEMBER_1)
    def test_a_company_without_a_sale_journal_is_told_what_to_do(self):
        company = self.env["res.company"].create({"name": "Provedor Novo"})
        platform = self._make_platform(name="Novo", company_id=company.id)
        run = self.env["mvno.billing.run"].create(
            {"platform_id": platform.id, "competence": NOVEMBER}
        )
        with self.assertRaisesRegex(UserError, "Settings > Telefonia MVNO"):
            run.action_run()
        self.assertEqual(run.state, "draft")

    def test_a_company_without_a_chart_is_told_to_choose_one_first(self):
        company = self.env["res.company"].create({"name": "Provedor Novo"})
        with self.assertRaisesRegex(UserError, "Fiscal Localization"):
            company._mvno_create_journal()

    def test_the_telephony_journal_is_made_once(self):
        if not self.company.chart_template:
            self.company.chart_template = "generic_coa"
        self.company.mvno_journal_id = False
        journal = self.company._mvno_create_journal()
        self.assertEqual(self.company.mvno_journal_id, journal)
        self.assertFalse(self.company._mvno_journal_problem())
        self.assertEqual(self.company._mvno_create_journal(), journal)


@tagged("post_install", "-at_install")
class TestBrazilianChart(BillingCase):
    """With core l10n_br the only sale journal issues fiscal documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.has_chart = "l10n_br" in cls.env["ir.module.module"]._installed()
        if not cls.has_chart:
            return
        if cls.company.chart_template != "br":
            cls._make_brazilian_company()
        cls.company.mvno_journal_id = False
        cls.platform = cls._make_platform(name="BR", company_id=cls.company.id)
        cls.plan = cls._make_plan("0303", "20 GB")
        cls.product = cls._make_product(cls.plan, list_price=70)
        cls.partner = cls.partner.with_env(cls.env)

    @classmethod
    def _make_brazilian_company(cls):
        """The chart takes seconds to load: only where the database has another one."""
        cls.company = cls.env["res.company"].create(
            {"name": "Provedor Brasil", "country_id": cls.env.ref("base.br").id}
        )
        cls.env["account.chart.template"].try_loading(
            "br", cls.company, install_demo=False
        )
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.company.ids)
        )

    @freeze_time(DECEMBER_1)
    def test_a_journal_of_fiscal_documents_is_refused_with_the_way_out(self):
        if not self.has_chart:
            return
        line = self._make_active_line()
        with self.assertRaisesRegex(UserError, "NF-e.*Settings > Telefonia MVNO"):
            self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))

    @freeze_time(DECEMBER_1)
    def test_in_its_own_journal_telephony_is_posted_without_a_document(self):
        if not self.has_chart:
            return
        self.company._mvno_create_journal()
        self.company.mvno_posting = "posted"
        line = self._make_active_line()
        run = self._bill(NOVEMBER)
        self.assertFalse(run.issue_ids.mapped("reason"))
        invoice = self._invoices(line)
        self.assertEqual(invoice.state, "posted")
        self.assertFalse(invoice.l10n_latam_document_type_id)
        self.assertTrue(invoice.name.startswith("TEL/"))
        self.assertEqual(invoice.amount_untaxed, 70)
