# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of statements share: a line and what the platform tells of a month."""

import json

from odoo.tools import SQL

from odoo.addons.tip_mvno.tests.common import YES, MvnoCase

PATH = "/consumo-detalhado"
MONTH = "2026-10-01"


def call(at, seconds=60, **more):
    """:return: a call as the platform tells it"""
    return {"data": at, "consumo_segundos": seconds, **more}


def session(at, upload="1.5", download="10"):
    """:return: a data session as the platform tells it"""
    return {"data": at, "consumo_upload": upload, "consumo_download": download}


class StatementCase(MvnoCase):
    """One active line since September 2026, for 59.90, and October's statement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line("0007001")
        cls.statement = cls._make_statement()

    @classmethod
    def _make_active_line(cls, platform_contract, partner=None, since="2026-09-01"):
        contract = cls._make_contract(partner=partner)
        contract.contract_line_ids.date_start = since
        return cls._make_line(
            "active",
            contract_line=contract.contract_line_ids,
            platform_contract=platform_contract,
            activation_date=since,
        )

    @classmethod
    def _make_statement(cls, **vals):
        return cls.env["mvno.statement"].create(
            {"platform_id": cls.platform.id, "competence": MONTH, **vals}
        )

    # === THE PLATFORM === #

    def told(self, contract=None, calls=(), sms=(), data=(), **more):
        """:return: a line of the platform's statement"""
        contract = self.line.platform_contract if contract is None else contract
        return {
            "numero_contrato": contract,
            "linha": "",
            "cliente_cnpj_cpf": "52998224725",
            "telefonia": list(calls),
            "sms": list(sms),
            "internet": list(data),
            **more,
        }

    def statement_says(self, *lines):
        """Answer the next call for the detailed usage, and only that one's like."""
        self.forget_answers()
        self.platform_says("POST", PATH, {**YES, "results": list(lines)})

    def import_again(self, statement=None):
        """Press Import and let the cron run."""
        statement = statement or self.statement
        statement.action_import()
        self.run_imports()

    def import_says(self, *lines, statement=None):
        """Import a statement that tells of these lines."""
        self.statement_says(*lines)
        self.import_again(statement)

    def run_imports(self):
        """Run the driver, whose commits need a cursor of their own."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["mvno.statement"].cron_import()

    def asked_for(self):
        """:return: the bodies of the calls so far"""
        return [json.loads(sent.request.body) for sent in self.web.calls]

    # === WHAT THERE IS === #

    def events(self, *fields):
        """:return: the month's events in the database, as sorted tuples"""
        records = self.env["mvno.usage.event"].search(
            [("platform_id", "=", self.platform.id)]
        )
        return sorted(tuple(record[name] for name in fields) for record in records)

    def versions(self, table):
        """:return: what changes with any write to a row: its place and transactions"""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id, ctid::text, xmin::text, xmax::text, cmin::text FROM %s "
                "ORDER BY id",
                SQL.identifier(table),
            )
        )
        return self.env.cr.fetchall()
