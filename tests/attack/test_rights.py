"""Each model, method and route has a row in the table of rights, and it is true."""

from odoo.tests import TransactionCase, new_test_user, tagged

from .rights import GROUPS, ROUTES, method_rights, model_rights
from .two_companies import ADDON_NAMES, our_methods, our_models

OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}
# Written by people, but for what no other company has.
UNWALLED = ("mvno.platform",)
# Stored, and recomputed for whoever changes what it follows; its dialog is made of what
# its user may read.
RECOMPUTED = ("mvno.price.adjustment.row.partner_id",)
# Of other addons, to which ours bring methods.
EXTENDED = (
    "account.move",
    "contract.contract",
    "contract.line",
    "product.template",
    "res.city",
    "res.config.settings",
    "res.partner",
)


@tagged("post_install", "-at_install")
class TestRights(TransactionCase):
    def _models(self):
        """:return: our models that have records"""
        models = [self.env[name] for name in our_models(self.registry)]
        return [model for model in models if not model._abstract]

    def _wall(self, model):
        """:return: what the rules for everybody say of whose records one sees"""
        rules = self.env["ir.rule"].search(
            [("model_id.model", "=", model._name), ("groups", "=", False)]
        )
        domains = " ".join(rules.mapped("domain_force"))
        if "company_ids" in domains:
            return "company"
        return "own" if "create_uid" in domains else "-"

    def _rights(self, model, group):
        """:return: letters of what a user of a group may do"""
        is_type = group in ("base.group_user", "base.group_portal")
        groups = group if is_type else f"base.group_user,{group}"
        context = {"tracking_disable": True, "no_reset_password": True}
        login = f"user of {group}"
        user = self.env["res.users"].search([("login", "=", login)])
        user = user or new_test_user(self.env, login, groups, context)
        model = model.with_user(user)
        letters = [key for key, name in OPERATIONS.items() if model.has_access(name)]
        return "".join(letters) or "-"

    def test_each_model_has_a_row_with_its_rights(self):
        found = {
            model._name: (
                self._wall(model),
                {
                    column: self._rights(model, group)
                    for column, group in GROUPS.items()
                },
            )
            for model in self._models()
        }
        self.maxDiff = None
        self.assertEqual(found, model_rights())

    def test_who_is_in_none_of_the_groups_may_do_nothing(self):
        for model in self._models():
            for group in ("base.group_user", "base.group_portal"):
                with self.subTest(model._name, group=group):
                    self.assertEqual(self._rights(model, group), "-")

    def test_walls_stand_on_columns_and_dialogs_are_ones_own(self):
        for model in self._models():
            wall, _rights = model_rights()[model._name]
            with self.subTest(model._name):
                self.assertEqual(wall == "own", model._transient)
                if wall == "company" and model._auto:
                    self.assertTrue(model._fields["company_id"].store)

    def test_no_dialog_reads_as_superuser(self):
        """Neither related fields nor computed ones: Odoo's default is the superuser's
        rights for the one, and for the other when they are stored."""
        found = [
            str(field)
            for model in self._models()
            if model._transient
            for field in model._fields.values()
            if field._module in ADDON_NAMES and field.compute_sudo
        ]
        self.assertEqual(found, [*RECOMPUTED])

    def test_whoever_may_be_written_takes_no_unreadable_record(self):
        """What people write, or a dialog does for them, is walled: ``mvno.walled``."""
        walled = self.registry["mvno.walled"]
        for model in self._models():
            _wall, rights = model_rights()[model._name]
            written = set("cw") & set("".join(rights.values()))
            with self.subTest(model._name):
                if written and model._name not in UNWALLED:
                    self.assertTrue(issubclass(type(model), walled))

    def test_each_method_has_a_row(self):
        models = [*our_models(self.registry), *EXTENDED]
        found = {
            (name, method)
            for name in models
            if not self.registry[name]._abstract
            for method in our_methods(self.registry, name)
        }
        self.assertEqual(found, set(method_rights()))

    def test_each_route_has_a_row(self):
        router = self.env["ir.http"]
        found = {
            address: endpoint.routing["auth"]
            for address, endpoint in router._generate_routing_rules(
                list(ADDON_NAMES), converters=router._get_converters()
            )
            if endpoint.func.__module__.startswith(
                tuple(f"odoo.addons.{name}." for name in ADDON_NAMES)
            )
        }
        self.assertEqual(found, ROUTES)
