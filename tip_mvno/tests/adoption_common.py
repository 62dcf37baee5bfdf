# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of importing an existing base share: what the platform lists."""

import itertools

from ..tools.brazil import cnpj_check_digits
from .common import MvnoCase

# Maria is the customer of the tests, the others are nobody's yet.
MARIA, JOAO, ANA = "52998224725", "11144477735", "39053344705"
# with letters, as they are given out since July 2026
COMPANY = "FICTICIA0001" + cnpj_check_digits("FICTICIA0001")
CONTRACTS = itertools.count(700001)
ICCID = 8955888880000000000
# Lines in service are billed from this day on.
BILL_FROM = "2026-11-01"


class AdoptionCase(MvnoCase):
    """A platform with lines that Odoo does not know."""

    def listed(self, plan="5 GB", status="ATIVO", **more):
        """:return: a line as the platform lists it, unlike any other"""
        number = next(CONTRACTS)
        return {
            "status": status,
            "sim_card": str(ICCID + number),
            "numero_contrato": f"000{number}",
            "linha_contrato": f"119{number:08d}",
            "plano": plan,
            **more,
        }

    def subscriber(self, document, *lines, **more):
        """:return: a subscriber as the platform lists it"""
        company = len(document) == 14
        name = "razao_social" if company else "nome"
        return {
            "tipo_pessoa": "J" if company else "F",
            "cpf_cnpj": document,
            name: f"Assinante {document[:3]}",
            "contratos": list(lines),
            **more,
        }

    def import_base(self, *subscribers, platform=None):
        """Press the button and let the cron read.

        :return: the import
        """
        self.forget_answers()
        answer = {"codigo_status_tip": 0, "results": list(subscribers)}
        self.platform_says("GET", "/assinantes/listar", answer)
        platform = platform or self.platform
        platform.action_sync_lines()
        self.cron("sync")
        return self.env["mvno.adoption"].search(
            [("platform_id", "=", platform.id)], limit=1
        )

    def import_line(self, document=MARIA, **listed):
        """:return: the one line of an import of one line"""
        line = self.listed(**listed)
        return self.import_base(self.subscriber(document, line)).line_ids

    def apply(self, adoption, **vals):
        """Fill in what must be chosen and let the cron take the lines over."""
        adoption.write({"bill_from": BILL_FROM, **vals})
        adoption.action_apply()
        self.cron("sync")
