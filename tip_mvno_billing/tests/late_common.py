# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of facts that are learnt late share."""

from datetime import date, datetime

from odoo import Command

from .billing_common import DECEMBER_1, NOVEMBER, BillingCase, at_time

# Noon in São Paulo.
DECEMBER_5 = "2026-12-05 15:00:00"


class LateCase(BillingCase):
    """A line in service since 01/11/2026 at 60.00 a month, billed on 01/12; on the 5th
    something is learnt of November."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line(price=60)
        cls.mobile = cls.line.mvno_line_id
        with at_time(DECEMBER_1):
            cls.run_ = cls._bill(NOVEMBER)
        cls.invoice = cls._invoices(cls.line)
        cls.month = cls.line.mvno_item_ids

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_5)

    # === WHAT IS LEARNT === #

    def _cancel(self, day, mobile=None):
        """The platform tells that a line was cancelled on a day."""
        (mobile or self.mobile)._on_cancelled("port_out", day)

    def _learn(self, mobile, kind, first, last=date(2026, 12, 5)):
        """It was noted here when it was: the platform told of it only now."""
        mobile._on_days_learnt(first, last, kind)

    def _block(self, mobile=None, start=(10, 13), end=(20, 13)):
        """The platform tells of a block for non-payment from the 10th to the 20th, at
        10 o'clock there."""
        mobile = mobile or self.mobile
        self._suspend(mobile, datetime(2026, 11, *start), datetime(2026, 11, *end))
        self._learn(mobile, "block", date(2026, 11, start[0]), date(2026, 11, end[0]))

    # === WHAT BECOMES OF IT === #

    def _facts(self, mobile=None):
        return self.env["mvno.billing.fact"].search(
            [("mvno_line_id", "=", (mobile or self.mobile).id)], order="id"
        )

    def _settle(self):
        """Run the cron that settles."""
        with self.enter_registry_test_mode():
            self.env.ref("tip_mvno_billing.ir_cron_late_facts").method_direct_trigger()
        self.env.invalidate_all()

    def _fact(self, mobile=None):
        """:return: what is left of what was learnt of a line, settled or not"""
        return self._facts(mobile).filtered(lambda fact: fact.state != "void")

    def _adjustments(self, line=None):
        """:return: list of the amounts by which a contract line's months were corrected
        on invoices"""
        items = (line or self.line).mvno_item_ids.filtered(
            lambda item: item.kind == "adjustment" and item.state == "billed"
        )
        return items.sorted("id").mapped("amount")

    def _second_line(self, price=60.0):
        """:return: the contract line of another mobile line of the customer, in service
        since December"""
        return self._make_active_line(
            "2026-12-01",
            contract_line=self._make_contract(partner=self.partner).contract_line_ids,
            price=price,
        )

    def _pay(self, move, amount=None):
        """Pay an invoice by hand: the accounts of the test need no bank."""
        amount = amount or move.amount_residual
        entry = self.env["account.move"].create(
            {
                "journal_id": self.env["account.journal"]
                .create(
                    {"name": "Caixa", "code": f"CX{move.id}"[-5:], "type": "general"}
                )
                .id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable_account.id,
                            "partner_id": move.partner_id.id,
                            "credit": amount,
                        }
                    ),
                    Command.create(
                        {"account_id": self.income_account.id, "debit": amount}
                    ),
                ],
            }
        )
        entry.action_post()
        (move | entry).line_ids.filtered(
            lambda line: line.account_id == self.receivable_account
        ).reconcile()
