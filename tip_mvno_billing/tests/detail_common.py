# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of the detailed statement share: October, imported and invoiced."""

from datetime import datetime
from decimal import Decimal

from odoo import Command

from odoo.addons.tip_mvno.lib import UsageRow

from .billing_common import OCTOBER
from .invoices_common import InvoicesCase


class DetailCase(InvoicesCase):
    """A customer whose line has calls, messages and data in October."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US").write(
            {"decimal_point": ".", "thousands_sep": ","}
        )
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls.secret = cls._make_user(
            "secret", "tip_mvno.group_attendant,tip_mvno.group_call_records"
        )
        cls.plan.write({"voice_minutes": 1, "data_mb": 10, "sms": 0})
        cls.statement = cls.env["mvno.statement"].create(
            {"platform_id": cls.platform.id, "competence": OCTOBER}
        )
        cls.line = cls._make_active_line(
            since="2026-09-01", platform_contract="C1"
        ).mvno_line_id
        cls._tell(
            cls._told("data", datetime(2026, 10, 3, 9), download=Decimal(2000)),
            cls._told(
                "voice", datetime(2026, 10, 31, 23, 30), seconds=90, amount="1.239"
            ),
            cls._told("data", datetime(2026, 10, 3, 22), download=Decimal("48")),
            cls._told("sms", datetime(2026, 10, 3, 12)),
            cls._told("voice", datetime(2026, 10, 4, 8), called_number="181"),
        )

    @classmethod
    def _told(cls, kind, moment, amount=None, contract="C1", **more):
        if kind == "voice":
            more = {"seconds": 60, "called_number": "11933334444", **more}
        return UsageRow(
            contract,
            "",
            kind,
            moment,
            amount=amount and Decimal(amount),
            **more,
        ).line("mb", "America/Sao_Paulo")

    @classmethod
    def _tell(cls, *lines):
        """Import a month that tells of these lines."""
        events = cls.env["mvno.usage.event"]
        events._begin_load()
        for _count in events._load(lines):
            pass
        counts = events._merge(cls.platform, OCTOBER, whole_month=True)
        cls.statement._transition("import")
        cls.statement._finish(datetime(2026, 11, 5, 12), counts, [])
        cls.env["mvno.statement.line"]._rebuild(cls.statement)

    @classmethod
    def _invoice_line(cls, line=None, partner=None):
        """:return: October's invoice of a mobile line"""
        return cls._invoice(
            "2026-11-20",
            partner=partner,
            mvno_competence=OCTOBER,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Telefonia",
                        "price_unit": 50.0,
                        "account_id": cls.income_account.id,
                        "tax_ids": False,
                        "mvno_line_id": (line or cls.line).id,
                    }
                )
            ],
        )

    def _shown(self, line=None):
        """:return: the statement's line, as who may read call records"""
        return self.statement.line_ids.filtered(
            lambda shown: shown.mvno_line_id == (line or self.line)
        ).with_user(self.secret)
