# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of a customer's invoices share."""

from odoo import Command

from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from .billing_common import BillingCase

# A Tuesday, noon in São Paulo
NOON = "2026-11-10 15:00:00"


class InvoicesCase(BillingCase):
    """A customer with a line, an attendant who may not invoice, and who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.email = "maria@example.com"
        cls.line = cls._make_active_line().mvno_line_id
        cls.other = cls._make_partner(name="Outra Pessoa", vat=OTHER_CPF)
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.clerk = cls._make_user(
            "clerk", "tip_mvno.group_attendant,account.group_account_invoice"
        )
        cls.seen = cls.line.with_user(cls.attendant)

    @classmethod
    def _invoice(cls, due, amount=50.0, partner=None, post=True, **vals):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.partner).id,
                "journal_id": cls.company.mvno_journal_id.id,
                "invoice_date": "2026-10-01",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Telefonia",
                            "price_unit": amount,
                            "account_id": cls.income_account.id,
                            "tax_ids": False,
                        }
                    )
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def _pay(self, move):
        """Pay by hand: the accounts of the test need no bank."""
        payable = move.line_ids.filtered(
            lambda line: line.account_id == self.receivable_account
        )
        entry = self.env["account.move"].create(
            {
                "journal_id": self.env["account.journal"]
                .create({"name": "Caixa", "code": "CXT", "type": "general"})
                .id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable_account.id,
                            "partner_id": move.partner_id.id,
                            "credit": move.amount_total,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.income_account.id,
                            "debit": move.amount_total,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (
            payable
            | entry.line_ids.filtered(
                lambda line: line.account_id == self.receivable_account
            )
        ).reconcile()
