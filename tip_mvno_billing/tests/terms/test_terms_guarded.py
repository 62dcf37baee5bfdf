# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..billing_common import BillingCase

TEMPTING = {
    "mvno_billing_from": "2030-01-01",
    "mvno_discount_end": "2030-01-01",
    "mvno_discount_after": 99.0,
    "mvno_courtesy": True,
    "mvno_benefit": 0.0,
    "mvno_commitment_start": "2020-01-01",
    "mvno_bill_from": "port_in",
    "mvno_first_month": "free",
    "mvno_last_month": "full",
    "mvno_join_days": 5,
    "mvno_billing_timing": "advance",
    "mvno_overage": True,
    "mvno_allowance_share": "by_days",
    "mvno_price_minute": 0.01,
    "mvno_price_sms": 0.01,
    "mvno_price_mb": 0.01,
    "mvno_allowance_minutes": 7,
    "mvno_allowance_sms": 7,
    "mvno_allowance_mb": 7.0,
}


@tagged("post_install", "-at_install")
class TestTermsGuarded(BillingCase):
    """What was agreed for billing changes by dialogs, or on the contract's record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.contract_line = cls._make_active_line(price=50.0)
        cls.contract_line.mvno_benefit = 300.0
        cls.contract = cls.contract_line.contract_id

    def test_an_attendant_changes_none_of_it(self):
        self.contract_line.specific_price = 0.0
        seen = self.contract_line.with_user(self.attendant)
        for name, value in TEMPTING.items():
            with self.subTest(name):
                before = self.contract_line[name]
                with (
                    self.assertRaisesRegex(AccessError, "in service"),
                    self.cr.savepoint(),
                ):
                    seen.write({name: value})
                    self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self.contract_line[name], before)

    def test_the_form_shows_it_read_only(self):
        with Form(self.contract.with_user(self.attendant)) as form:
            with form.contract_line_ids.edit(0) as line:
                with self.assertRaises(AssertionError):
                    line.mvno_courtesy = True

    def test_a_manager_s_change_is_tracked(self):
        self.contract_line.with_user(self.manager).mvno_benefit = 100.0
        values = self.contract.message_ids[0].tracking_value_ids
        (value,) = values._tracking_value_format()
        self.assertEqual((value["oldValue"], value["newValue"]), (300.0, 100.0))

    def test_the_discount_dialog_goes_on_giving_discounts(self):
        line = self.contract_line.mvno_line_id
        dialog = (
            self.env["mvno.discount"]
            .with_user(self.manager)
            .with_context(active_id=line.id)
            .create({"percent": 10.0, "reason": "Fidelidade"})
        )
        dialog.action_apply()
        self.assertEqual(line.contract_line_ids[-1:].discount, 10.0)
