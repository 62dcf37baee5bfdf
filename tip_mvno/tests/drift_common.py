# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields

from ..tools.brazil import clean_document
from .common import IN_USE, MvnoCase


class DriftCase(MvnoCase):
    """The platform lists what a test says, and is compared with what is here.

    ``self.there`` is what the platform has: {ICCID: its row of the stock} and the rows
    of its contracts; :meth:`sweep` compares.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.state = "connected"

    def setUp(self):
        super().setUp()
        self.stock = {}
        self.contracts = []

    def live_line(self, state="active", **vals):
        """:return: a line in service, with a number and contract, known so there"""
        line = self._make_line(state, **vals)
        line.platform_contract = f"{line.id:09d}"
        # a line made in the second of the answer is left alone, and tests are quick
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mvno_line SET create_date = create_date - interval '1 day' "
            "WHERE id = %s",
            [line.id],
        )
        line.invalidate_recordset(["create_date"])
        self.lists(line)
        return line

    def lists(self, line, status="ATIVO", in_stock=IN_USE, **changes):
        """Let the platform list a line as it is here, but for some changes.

        :return: the row, to be changed further
        """
        iccid = changes.get("sim_card", line.simcard_id.iccid)
        if in_stock:
            self.stock[iccid] = {"sim_card": iccid, "status": in_stock}
        row = {
            "status": status,
            "sim_card": line.simcard_id.iccid,
            "numero_contrato": line.platform_contract,
            "linha_contrato": (line.number or "").removeprefix("+55"),
            "plano": line.product_id.product_tmpl_id.mvno_plan_id.name,
            "cpf_cnpj": clean_document(line.partner_id.vat),
            "nome": line.partner_id.name,
            **changes,
        }
        self.contracts.append(row)
        return row

    def row_of(self, line):
        """:return: the platform's row of a line's contract"""
        return next(
            row
            for row in self.contracts
            if row["numero_contrato"] == line.platform_contract
        )

    def _subscribers(self):
        holders = {}
        for row in self.contracts:
            contract = dict(row)
            document, name = contract.pop("cpf_cnpj"), contract.pop("nome")
            holder = holders.setdefault(
                document,
                {
                    "tipo_pessoa": "F",
                    "cpf_cnpj": document,
                    "nome": name,
                    "contratos": [],
                },
            )
            holder["contratos"].append(contract)
        return list(holders.values())

    def answer_sweep(self, stock=None, subscribers=None):
        """Let the platform answer the calls of one comparison.

        :param dict stock, subscribers: keywords of :meth:`platform_says` in place of
            the true answers
        """
        self.forget_answers()
        rows = list(self.stock.values())
        self.platform_says("GET", "/estoque/listar", **(stock or {"json": rows}))
        answer = {"json": {"codigo_status_tip": 0, "results": self._subscribers()}}
        self.platform_says("GET", "/assinantes/listar", **(subscribers or answer))

    def sweep(self, stock=None, subscribers=None):
        """Compare everything with the platform.

        :return: the drifts that are not resolved
        """
        self.answer_sweep(stock, subscribers)
        self.env["mvno.sync"]._request(self.platform, "drift")
        self.cron("sync")
        self.env.invalidate_all()
        return self.env["mvno.drift"].search([("state", "!=", "resolved")])

    @property
    def sync(self):
        """The platform's comparison."""
        return self.platform.sync_ids.filtered(lambda sync: sync.kind == "drift")

    def assert_listed(self, line, *kinds):
        """Only these kinds of drift are listed, all of them about a line."""
        drifts = self.env["mvno.drift"].search([("state", "!=", "resolved")])
        self.assertEqual(sorted(drifts.mapped("kind")), sorted(kinds))
        self.assertEqual(drifts.line_id, line if kinds else drifts.line_id.browse())
        return drifts

    def settle_long_ago(self, line):
        """Let the requests of a line have been settled before the settling time."""
        line.command_ids.settled_at = fields.Datetime.subtract(
            fields.Datetime.now(), days=1
        )
