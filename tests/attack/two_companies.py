"""A company with a row of everything, and the people of another one beside it."""

import inspect
from contextlib import contextmanager
from datetime import date

import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.models import BaseModel
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from ..case import SharedPlatformCase
from ..provider import TOKEN
from ..story import Story

TODAY = date(2026, 11, 22)
MONTH = "2026-10-01"
ADDON_NAMES = ("tip_mvno", "tip_mvno_billing")
ADDONS = tuple(f"odoo.addons.{name}." for name in ADDON_NAMES)
#: The people of a company: {role: its groups}
ROLES = {
    "attendant": "tip_mvno.group_attendant",
    "manager": "tip_mvno.group_manager",
    "call records": "tip_mvno.group_attendant,tip_mvno.group_call_records",
    "billing": "base.group_user,account.group_account_invoice",
}
# Of other addons, but walled or written by ours.
OTHERS = (
    "contract.contract",
    "contract.line",
    "contract.modification",
)
# What a value must have to be looked for in answers.
SHORTEST_MARK = 6
MARKED = {
    "res.partner": ("name", "vat", "phone", "email"),
    "mvno.platform": ("name", "base_url"),
    "mvno.line": ("number", "platform_contract"),
    "mvno.simcard": ("iccid", "esim_code"),
    "contract.contract": ("name",),
    "contract.modification": ("description",),
    "product.template": ("name",),
    "account.move": ("name", "access_token"),
    "mvno.adoption.line": ("subscriber_name",),
}


def our_models(registry):
    """:return: sorted names of the models of our addons"""
    return sorted(name for name in registry if name.startswith("mvno."))


def is_table(model):
    """:return: bool, whether a model keeps records that are no dialog's"""
    return not (model._abstract or model._transient)


def our_methods(registry, name):
    """:return: sorted names of the methods that our addons bring to a model and that
    anybody may call from outside; not those of Odoo's that they extend"""
    model = registry[name]
    ours, others = set(), set(dir(BaseModel))
    for base in model.__mro__:
        names = {key for key, value in vars(base).items() if inspect.isfunction(value)}
        # where a model is put together only, nothing is defined
        if base.__module__.startswith(ADDONS):
            ours |= names
        else:
            others |= names
    return sorted(
        method
        for method in ours - others
        if not method.startswith("_")
        and not getattr(getattr(model, method), "_api_private", False)
    )


def first_choice(model, name):
    """:return: the first value of a model's selection field"""
    return model._fields[name].get_values(model.env)[0]


class TwoCompaniesCase(SharedPlatformCase):
    """Company A's first month was told, and it has a row of every model besides.

    ``rows`` are its records by model, as superuser.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the story registers it itself: one account is one platform
        cls.provider.platform.unlink()
        cls.story = Story(
            cls.env(context={**cls.env.context, "lang": "en_US"}),
            cls.simulated.url,
            TOKEN,
            today=TODAY,
            commit=cls.env.flush_all,
            drive=cls.drive,
        )
        cls.story.tell()
        cls.line = cls.story.lines.filtered("portability_ids")[:1]
        cls._tell_more()
        cls.env.flush_all()
        tables = [name for name in our_models(cls.registry) if is_table(cls.env[name])]
        cls.rows = {
            name: cls.env[name].sudo().with_context(active_test=False).search([])
            for name in (*tables, *OTHERS)
        }
        # beside what the template of the test's database has
        cls.rows |= {
            "res.partner": cls.story.customers,
            "product.template": cls.story.plans,
            "product.product": cls.story.plans.product_variant_id,
            "account.move": cls.story.run.invoice_ids,
        }

    @classmethod
    def _make(cls, model, **values):
        quiet = cls.env[model].sudo().with_context(tracking_disable=True)
        return quiet.create(values)

    @classmethod
    def _tell_more(cls):
        """Have what no first month has."""
        line, platform, run = cls.line, cls.story.platform, cls.story.run
        cls.story.customers.company_id = platform.company_id
        contract_line = line.contract_line_id
        simcard = cls.env["mvno.simcard"].search([("state", "=", "available")], limit=1)
        simcard._set_esim_code("LPA:1$smdp.example$SEGREDO-DE-A")
        simcard._hand_over(line.partner_id)
        of_line = {"line_id": line.id}
        cls._make("mvno.line.hold", **of_line, reason="theft")
        cls._make(
            "mvno.plan.change",
            **of_line,
            product_id=line.product_id.id,
            date="2030-01-01",
        )
        cls._make("mvno.support.request", **of_line, note="?")
        cls._make("mvno.usage", **of_line, competence=MONTH)
        cls._make(
            "mvno.drift",
            **of_line,
            platform_id=platform.id,
            kind="missing_there",
            subject=f"line {line.id}",
        )
        cls.env.cr.execute(
            SQL(
                "INSERT INTO mvno_drift_seen (platform_id, iccid) VALUES (%s, %s)",
                platform.id,
                simcard.iccid,
            )
        )
        adoption = cls._make("mvno.adoption", platform_id=platform.id)
        cls._make(
            "mvno.adoption.line",
            adoption_id=adoption.id,
            key="1",
            status="active",
            subscriber_name="Assinante a Importar",
        )
        cls._make(
            "mvno.billing.charge",
            kind="one_off",
            mvno_line_id=line.id,
            contract_line_id=contract_line.id,
            product_id=line.product_id.id,
            price=10.0,
            text="Taxa",
            date=TODAY,
            competence="2026-11-01",
        )
        cls._make(
            "mvno.billing.issue",
            run_id=run.id,
            competence=MONTH,
            partner_id=line.partner_id.id,
            code=first_choice(cls.env["mvno.billing.issue"], "code"),
            reason="?",
        )
        item = cls.env["mvno.billing.item"].search(
            [("contract_line_id", "=", contract_line.id)], limit=1
        )
        cls._make(
            "mvno.billing.fact",
            item_id=item.id,
            kind=first_choice(cls.env["mvno.billing.fact"], "kind"),
            competence=MONTH,
            learnt_on=TODAY,
        )
        cls._make(
            "mvno.billing.preview",
            run_id=run.id,
            invoice_number=1,
            invoice=line.partner_id.name,
            due_date=TODAY,
            currency_id=platform.company_id.currency_id.id,
        )
        plan = line.product_id.mvno_plan_id
        cls._make("mvno.plan.cost", plan_id=plan.id, date_start=MONTH, cost=7.0)
        bill = cls._make(
            "mvno.platform.bill", platform_id=platform.id, competence=MONTH
        )
        cls._make(
            "mvno.platform.bill.line",
            bill_id=bill.id,
            kind=first_choice(cls.env["mvno.platform.bill.line"], "kind"),
            amount=7.0,
        )
        statement = cls.story.statement
        cls._make(
            "mvno.statement.difference",
            statement_id=statement.id,
            kind=first_choice(cls.env["mvno.statement.difference"], "kind"),
        )
        cls._make(
            "mvno.file.mapping",
            platform_id=platform.id,
            kind=first_choice(cls.env["mvno.file.mapping"], "kind"),
            name="total",
        )
        cls._make("mvno.file.problem", res_model="mvno.platform.bill", res_id=bill.id)
        cls._make(
            "contract.contract",
            name="Contrato sem Linha",
            partner_id=line.partner_id.id,
            contract_line_ids=[Command.create({"product_id": line.product_id.id})],
        )
        cls._make(
            "contract.modification",
            contract_id=line.contract_id.id,
            date=TODAY,
            description="O que mudou no contrato de A",
        )

    # === PEOPLE === #

    @classmethod
    def make_people(cls, company):
        """:return: {role: ``res.users`` record} of a company"""
        return {
            role: cls.make_user(role, groups, company) for role, groups in ROLES.items()
        }

    @classmethod
    def make_user(cls, role, groups, company):
        return new_test_user(
            cls.env,
            f"{role} of {company.id}",
            groups,
            {"tracking_disable": True, "no_reset_password": True},
            lang="en_US",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def as_user(self, user):
        """:return: environment of a user's click"""
        context = {"allowed_company_ids": user.company_ids.ids, "lang": "en_US"}
        return self.env(user=user, context=context)

    @contextmanager
    def clicked(self):
        """What is refused leaves nothing behind, as a request does.

        :return: list; gets the refusal, if there is one
        """
        refusals = []
        with mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule"):
            try:
                with self.env.cr.savepoint():
                    yield refusals
            except (UserError, ValueError, psycopg2.Error) as error:
                refusals.append(error)
            else:
                self.env.invalidate_all()
