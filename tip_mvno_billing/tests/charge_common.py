# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of charges share: a line in service and services to charge."""

from freezegun import freeze_time

from odoo.tests import Form

from .billing_common import DECEMBER_1, NOVEMBER, BillingCase


@freeze_time(DECEMBER_1)
class ChargeCase(BillingCase):
    """A line in service since 1 November 2026, and a SIM card for 10.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.card = cls.env["product.product"].create(
            {
                "name": "SIM card",
                "type": "service",
                "list_price": 10.0,
                "taxes_id": False,
            }
        )
        cls.attendant = cls._make_user("ana", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("otto", "tip_mvno.group_manager")
        cls.line = cls._make_active_line("2026-11-01", price=60)
        cls.mobile = cls.line.mvno_line_id

    def _charge(self, line=None, **vals):
        """:return: a charge of November"""
        line = line or self.line
        return self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": line.mvno_line_id.id,
                "contract_line_id": line.id,
                "product_id": self.card.id,
                "price": 10.0,
                "text": "SIM card",
                "date": "2026-11-12",
                "competence": NOVEMBER,
                **vals,
            }
        )

    def _dialog(self, user=None, **vals):
        """:return: the dialog that charges a service, as the form fills it in"""
        action = self.mobile.with_user(user or self.env.user).action_charge_service()
        dialog = Form(
            self.env["mvno.charge.service"]
            .with_user(user or self.env.user)
            .with_context(
                **action["context"], active_id=action["context"]["active_ids"][0]
            )
        )
        dialog.product_id = self.card
        for name, value in vals.items():
            setattr(dialog, name, value)
        return dialog

    def _billed_on(self, charge):
        """:return: the invoice line that bills a charge now"""
        billed = charge.item_ids.filtered(lambda item: item.state == "billed")
        return billed.move_line_id

    def _issue(self, run, charge):
        return run.issue_ids.filtered(lambda issue: issue.charge_id == charge)
