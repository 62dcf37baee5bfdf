# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of billing share: a company that invoices, and active lines."""

from datetime import date

from freezegun import freeze_time

from odoo import Command

from odoo.addons.tip_mvno.tests.common import MvnoCase

# Noon in São Paulo: the clock of a test that names none.
DECEMBER_1 = "2026-12-01 15:00:00"
JANUARY_1 = "2027-01-01 15:00:00"
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)

# The time within a block of a test.
at_time = freeze_time


class BillingCase(MvnoCase):
    """A company with a telephony journal, whatever its chart of accounts is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.platform.company_id
        cls.partner.lang = "en_US"
        cls._make_accounts()
        cls.company.write(
            {
                "mvno_journal_id": cls._make_journal().id,
                "mvno_posting": "posted",
                "mvno_due_day": 10,
            }
        )

    def at(self, moment):
        """Let it be this moment (UTC) until the test is over, or travels again."""
        self.startPatcher(freeze_time(moment))

    def _delete_as_if_it_could_be(self, contract_line):
        """What pays for a line in service stays on record today; older databases may
        have lost it, and an administrator of the database can."""
        self.env.flush_all()
        self.cr.execute("DELETE FROM contract_line WHERE id = %s", contract_line.ids)
        self.env.invalidate_all()

    @classmethod
    def _make_accounts(cls):
        accounts = cls.env["account.account"].create(
            [
                {"code": "mvno1", "name": "Telephony", "account_type": "income"},
                {
                    "code": "mvno2",
                    "name": "Customers",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                },
            ]
        )
        cls.income_account, cls.receivable_account = accounts
        cls.env["ir.default"].set(
            "res.partner",
            "property_account_receivable_id",
            cls.receivable_account.id,
            company_id=cls.company.id,
        )

    @classmethod
    def _make_journal(cls, **vals):
        journals = cls.env["account.journal"]
        if "l10n_latam_use_documents" in journals._fields:
            vals = {"l10n_latam_use_documents": False, **vals}
        return journals.create(
            {
                "name": "Telefonia",
                "code": "TLT",
                "type": "sale",
                "default_account_id": cls.income_account.id,
                **vals,
            }
        )

    @classmethod
    def _make_active_line(
        cls, since="2026-11-01", contract_line=None, price=None, **vals
    ):
        """:return: the contract line of a mobile line in service since a day"""
        if not contract_line:
            contract_line = cls._make_contract().contract_line_ids
        cls._make_line("active", contract_line, activation_date=since, **vals)
        contract_line.date_start = since
        if price is not None:
            contract_line.specific_price = price
        return contract_line

    @classmethod
    def _sign_anew(cls, lines):
        """Let what their plans say now be what was agreed on these contract lines."""
        lines._compute_mvno_allowances()
        lines._compute_mvno_rules()

    @classmethod
    def _suspend(cls, mobile, start, end=None, reason="nonpayment"):
        """Block a line totally, at the platform too, from one moment to another.

        :param start: UTC datetime
        :param end: UTC datetime; it goes on without one
        :return: the hold
        """
        hold = cls.env["mvno.line.hold"].create(
            {
                "line_id": mobile.id,
                "reason": reason,
                "date_start": start,
                "lifted_at": end,
            }
        )
        with freeze_time(start):
            mobile._transition("block_total")
        if end:
            with freeze_time(end):
                mobile._transition("unblock")
        return hold

    @classmethod
    def _make_fibre(cls, contract, **vals):
        """:return: a line of another service, invoiced by the contract itself"""
        fibre = cls.env["product.product"].create(
            {"name": "Fibra", "type": "service", "taxes_id": False}
        )
        contract.write(
            {
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Fibra 300 Mb",
                            "product_id": fibre.id,
                            "specific_price": 100.0,
                            "date_start": "2026-11-01",
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "recurring_invoicing_type": "pre-paid",
                            **vals,
                        }
                    )
                ],
            }
        )
        return contract.contract_line_ids - contract.contract_line_ids.filtered(
            "is_telephony"
        )

    @classmethod
    def _bill(cls, competence, **vals):
        """:return: the billing run of a month, after its work"""
        run = cls.env["mvno.billing.run"].create(
            {"platform_id": cls.platform.id, "competence": competence, **vals}
        )
        return cls._run(run)

    @classmethod
    def _run(cls, run):
        run.action_run()
        while run.state in ("waiting", "running"):
            run._run_slice()
        return run

    @classmethod
    def _invoices(cls, contract_lines):
        return cls.env["account.move"].search(
            [("invoice_line_ids.contract_line_id", "in", contract_lines.ids)],
            order="mvno_competence, id",
        )

    def _drive(self):
        """Run the billing cron as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref("tip_mvno_billing.ir_cron_billing").method_direct_trigger()
