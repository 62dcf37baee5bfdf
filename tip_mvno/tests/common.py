# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the models' tests share: a platform, a customer, and what the platform says.

No test here leaves the process: ``responses`` answers below ``requests``' adapter, at
a loopback address where nothing listens, which Odoo's test mode lets through.
"""

import itertools
import json as json_module
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
import responses

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.sql_db import Cursor
from odoo.tests import TransactionCase, new_test_user
from odoo.tests.test_cursor import TestCursor
from odoo.tools import format_date

BASE_URL = "http://127.0.0.1:1/api/public"
TOKEN = "s3cr3t-T0ken"
MARIA_CPF = "529.982.247-25"
OTHER_CPF = "111.444.777-35"
ICCIDS = itertools.count(8955000000000000001)
# One token at one address is one platform
TOKENS = map("{}-{}".format, itertools.repeat(TOKEN), itertools.count(2))
# How the platform words a SIM's states
AVAILABLE, IN_USE, CANCELLED = "DISPONÍVEL", "EM USO", "CANCELADO"
BLOCKED, PARTIAL, TOTAL = "BLOQUEADO", "BLOQUEADO PARCIAL", "BLOQUEADO TOTAL"
YES = {"codigo_status_tip": 0, "msg_usuario": "Sucesso"}
NO = {"codigo_status_tip": 99, "msg_usuario": "Não foi possível"}


class MvnoCase(TransactionCase):
    """A connected platform with a plan, a telephony product and a customer.

    Commands are sent only when a test calls :meth:`process`: a test's cursor runs no
    hooks after a commit.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(on_the_tests_clock())
        cls.startClassPatcher(
            patch.object(cls.registry["mvno.rate.limit"], "_take_slot", _slot_at_once)
        )
        # requests speak the language of whoever asked
        cls.env.user.lang = "en_US"
        cls.platform = cls._make_platform(name="TIP")
        cls.plan = cls._make_plan("0101", "5 GB")
        cls.product = cls._make_product(cls.plan, list_price=59.9, contract_months=12)
        cls.city = cls.env["res.city"].search([("ibge_code", "=", "3550308")])
        cls.partner = cls._make_partner(name="Maria Exemplo", vat=MARIA_CPF)

    def setUp(self):
        super().setUp()
        self.web = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.web.start()
        self.addCleanup(self.web.stop, allow_assert=False)

    # === RECORDS === #

    @classmethod
    def _make_quietly(cls, model, vals):
        """:return: new records, of whose creation there is no note"""
        quiet = cls.env[model].with_context(tracking_disable=True)
        return quiet.create(vals).with_env(cls.env)

    @classmethod
    def _make_platform(cls, **vals):
        return cls._make_quietly(
            "mvno.platform",
            {
                "base_url": BASE_URL,
                "user_token": next(TOKENS) if hasattr(cls, "platform") else TOKEN,
                "settle_first_read": 0,
                "settle_seconds": 0,
                **vals,
            },
        )

    @classmethod
    def _make_plan(cls, code, name, platform=None):
        platform = platform or cls.platform
        return cls.env["mvno.plan"].create(
            {"platform_id": platform.id, "code": code, "name": name}
        )

    @classmethod
    def _make_product(cls, plan, **vals):
        template = cls._make_quietly(
            "product.template",
            {
                "name": f"Plano {plan.name}",
                "is_telephony": True,
                "mvno_platform_id": plan.platform_id.id,
                "mvno_plan_id": plan.id,
                **vals,
            },
        )
        return template.product_variant_id

    @classmethod
    def _make_partner(cls, **vals):
        return cls._make_quietly(
            "res.partner",
            {
                "birthdate_date": "1990-05-20",
                "street": "Rua das Flores, 123",
                "street2": "Centro",
                "district": "Centro",
                "city_id": cls.city.id,
                "state_id": cls.city.state_id.id,
                "zip": "01310-100",
                "country_id": cls.env.ref("base.br").id,
                "phone": "+5511987654321",
                **vals,
            },
        )

    @classmethod
    def _make_contract(cls, count=1, partner=None, product=None, **vals):
        """:return: a customer's contract with `count` telephony lines"""
        product = product or cls.product
        return cls._make_quietly(
            "contract.contract",
            {
                "name": "Telefonia",
                "partner_id": (partner or cls.partner).id,
                "contract_line_ids": [
                    Command.create({"product_id": product.id}) for _i in range(count)
                ],
                **vals,
            },
        )

    @classmethod
    def _make_simcards(cls, count=1, platform=None, **vals):
        return cls._make_quietly(
            "mvno.simcard",
            [
                {
                    "platform_id": (platform or cls.platform).id,
                    "iccid": str(next(ICCIDS)),
                    "state": "available",
                    **vals,
                }
                for _i in range(count)
            ],
        )

    @classmethod
    def _make_line(cls, state="draft", contract_line=None, **vals):
        """:return: a line with a SIM card and a contract line, in any state"""
        contract_line = contract_line or cls._make_contract().contract_line_ids
        simcard = cls._make_simcards()
        line = cls._make_quietly(
            "mvno.line",
            {
                "platform_id": cls.platform.id,
                "partner_id": contract_line.contract_id.partner_id.id,
                "simcard_id": simcard.id,
                "area_code": "11",
                **vals,
            },
        )
        contract_line.mvno_line_id = line
        if state != "draft":
            vals = {"state": state, "number": f"+55119{line.id:08d}"}
            if state == "cancelled":
                vals["cancellation_date"] = cls.platform._today()
            line.write(vals)
            simcard.state = "in_use"
        return line

    @classmethod
    def _make_command(cls, line=None, operation="block_total", state="pending", **vals):
        line = line or cls._make_line("active")
        return cls._make_quietly(
            "mvno.command",
            {
                "operation": operation,
                "platform_id": line.platform_id.id,
                "line_id": line.id,
                "simcard_id": line.simcard_id.id,
                "state": state,
                **vals,
            },
        )

    @classmethod
    def _make_activating(cls, state="done", **vals):
        """:return: a line whose activation the platform accepted, or not yet"""
        line = cls._make_line(**vals)
        line.state = "activating"
        cls._make_command(line, "activate", state)
        return line

    @classmethod
    def _make_block(cls, line=None, reason="customer", level="total", **vals):
        """:return: the request that a hold of a line leads to"""
        line = line or cls._make_line("active")
        cls.env["mvno.line.hold"].create(
            {"line_id": line.id, "reason": reason, "level": level}
        )
        command = line.open_command_id
        command.write(vals)
        return command

    @classmethod
    def _make_user(cls, login, groups, **vals):
        vals = {"lang": "en_US", **vals}
        # nobody is invited by e-mail
        context = {"tracking_disable": True, "no_reset_password": True}
        user = new_test_user(cls.env, login, groups, context, **vals)
        return user.with_env(cls.env)

    # === THE PLATFORM === #

    def platform_says(self, method, path, json=None, status=200, body=None, **kwargs):
        """Answer the calls of a path; said twice, the calls are answered in turn.

        :param body: text, or an exception to raise, in place of `json`
        """
        if body is None:
            body = json_module.dumps(YES if json is None else json)
        self.web.add(method, BASE_URL + path, body=body, status=status, **kwargs)

    def sim_says(self, simcard, status, **more):
        """Answer the read of a SIM card."""
        detail = {"status": status, **more}
        self.platform_says("GET", f"/estoque/{simcard.iccid}", {"results": detail})

    def write_says(self, simcard, action, json=None, **kwargs):
        """Answer a write: `action` is the end of its path."""
        path = f"/simcard/{simcard.iccid}/{action}"
        self.platform_says("POST", path, json, **kwargs)

    def forget_answers(self):
        """Take back what the platform says, and what it was asked."""
        self.web.reset()

    def asked(self, *ends):
        """:return: the calls so far whose path has one of these ends, as
        ``METHOD end-of-path``"""
        paths = [
            f"{call.request.method} {urlsplit(call.request.url).path}"
            for call in self.web.calls
        ]
        return [path for path in paths if not ends or path.endswith(ends)]

    def told(self, click):
        """Press a button that tells a person of something; what it wrote before stays,
        as it does where a click is committed.

        :param click: callable
        :return: the sentence of the ``UserError``
        """
        try:
            click()
        except UserError as error:
            return str(error)
        return self.fail("Nobody was told anything.")

    def process(self, commands=None):
        """Run the driver of the commands as after a commit.

        :return: number of commands handled
        """
        with self.enter_registry_test_mode():
            return self.env["mvno.command"]._process(
                command_ids=commands.ids if commands else None
            )

    def make_due(self, commands):
        """Let the time pass until these commands may be tried again."""
        commands.next_attempt = fields.Datetime.now()

    def cron(self, name):
        """Run a cron's driver as the scheduler does; what it raises, the test sees."""
        with self.enter_registry_test_mode():
            self.env.ref(f"tip_mvno.ir_cron_{name}").method_direct_trigger()

    def triggers(self, name):
        """:return: when a cron was asked to run"""
        cron = self.env.ref(f"tip_mvno.ir_cron_{name}")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        return triggers.mapped("call_at")

    def _written(self, year, month, day):
        """:return: a date as a sentence of ours writes it"""
        return format_date(self.env, date(year, month, day))

    def count_queries(self, call):
        """:return: the number of queries `call` makes with nothing cached"""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


class SettleCase(MvnoCase):
    """A request that blocks a line totally, and what the platform answers."""

    def _send(self, answer, **vals):
        command = self._make_block(**vals)
        self.write_says(command.simcard_id, "bloquear/total", **answer)
        self.process(command)
        return command

    def _lose(self, **vals):
        """:return: a request whose outcome is not known"""
        self.platform.settle_seconds = 900
        command = self._send({"body": broken()}, **vals)
        self.assertEqual(command.state, "unknown")
        return command

    def _read(self, command, status=None, **more):
        self.forget_answers()
        if status:
            self.sim_says(command.simcard_id, status, **more)
        else:
            self.platform_says("GET", f"/estoque/{command.simcard_id.iccid}", **more)
        self.make_due(command)
        self.process(command)

    def _time_passes(self, command):
        command.unknown_since -= timedelta(seconds=self.platform.settle_seconds + 1)


def broken():
    """:return: a connection that breaks after the request was sent"""
    return requests.exceptions.ConnectionError("broken")


def unreachable():
    """:return: a connection that never came about"""
    return requests.exceptions.ConnectTimeout("no answer")


@contextmanager
def on_the_tests_clock():
    """Let the database's clock be the test's, in seconds, as most moments are kept.

    A cursor of Odoo's test mode keeps its first moment for ever, as if what it commits
    were still the same transaction.
    """

    def now(_cursor):
        return datetime.now().replace(microsecond=0)

    with patch.object(Cursor, "now", now), patch.object(TestCursor, "now", now):
        yield


def _slot_at_once(self, key, requests_per_minute, priority):
    return 0.0
