# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import contextmanager

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import BASE_URL, TOKEN, MvnoCase


@tagged("post_install", "-at_install")
class TestPlatformAccount(MvnoCase):
    """One token at one address is one platform: two would adopt and bill one SIM card
    twice."""

    @contextmanager
    def refused(self):
        with (
            self.assertRaisesRegex(ValidationError, "TIP has this token"),
            self.env.cr.savepoint(),
        ):
            yield
        self.env.invalidate_all()

    def test_a_second_platform_of_one_account_is_refused(self):
        for address, token in (
            (BASE_URL, TOKEN),
            (f"{BASE_URL}/", f" {TOKEN} "),
            (BASE_URL.replace("api", "API"), TOKEN),
        ):
            with self.subTest(address), self.refused():
                self._make_platform(name="Again", base_url=address, user_token=token)

    def test_nor_may_one_become_it(self):
        other = self._make_platform(name="Other", base_url=f"{BASE_URL}/other")
        with self.refused():
            other.write({"base_url": BASE_URL, "user_token": TOKEN})
        other.user_token = TOKEN
        with self.refused():
            other.base_url = BASE_URL

    def test_archived_ones_and_those_of_other_companies_count(self):
        self.platform.active = False
        company = self.env["res.company"].create({"name": "Outra"})
        with self.refused():
            self._make_platform(name="Again", user_token=TOKEN, company_id=company.id)

    def test_one_token_at_two_addresses_is_two_accounts(self):
        other = self._make_platform(
            name="Test", base_url=f"{BASE_URL}/test", user_token=TOKEN
        )
        self.assertEqual(other.user_token, TOKEN)

    def test_an_account_is_free_again_when_its_platform_has_another_token(self):
        self.platform.user_token = "another"
        other = self._make_platform(name="Other", user_token=TOKEN)
        other.unlink()
        self.platform.user_token = TOKEN
        self.assertEqual(self.platform.user_token, TOKEN)

    def test_who_comes_second_at_one_moment_is_kept_out_by_the_database(self):
        tokens = self.env["mvno.platform.token"]
        accounts = tokens._accounts({self.platform.id: BASE_URL})
        account = accounts[self.platform.id]
        self.assertFalse(tokens._claim_account(self.platform.id + 1, account))
        self.assertTrue(tokens._claim_account(self.platform.id, account))

    def test_two_that_exist_already_are_told_by_the_health_of_both(self):
        other = self._make_platform(name="Other")
        platforms = self.platform | other
        platforms.state = "connected"
        self.assertNotIn("same token", " ".join(map(str, self._problems(platforms))))
        self.env["mvno.platform.token"]._keep(other.id, TOKEN)
        told = self._problems(platforms)
        self.assertIn("Other uses the same token", told[0])
        self.assertIn("TIP uses the same token", told[1])
        self.assertNotIn(TOKEN, "".join(told))

    def _problems(self, platforms):
        self.env.invalidate_all()
        return platforms.mapped("health_problems")
