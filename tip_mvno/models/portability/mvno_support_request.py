# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ...tools.brazil import formatted_document


class MvnoSupportRequest(models.Model):
    """A port-in that TIP's support asks for again, as no operation of ours can."""

    _inherit = "mvno.support.request"

    portability_id = fields.Many2one(
        "mvno.portability",
        string="Port-in",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    _port_in_complete = models.Constraint(
        "CHECK(kind != 'port_in' OR portability_id IS NOT NULL)",
        "A port-in to be sent again has to be named.",
    )

    def _text_port_in(self):
        """:return: what TIP's support needs; the document in full, as it may be what
        was wrong"""
        port_in = self.portability_id
        line = self.line_id
        holder = self._holder()
        before = port_in.predecessor_id
        facts = [
            ("Número a portar", port_in.display_name),
            ("Operadora doadora", port_in.donor),
            ("Titular", holder.name),
            ("CPF/CNPJ", formatted_document(holder.vat)),
            ("Número temporário", line._format_number(line.number)),
            ("Contrato na TIP", line.platform_contract),
            ("SIM card (ICCID)", line.simcard_id.iccid),
            ("Recusa anterior", before.refusal or before.platform_status),
            ("O que foi corrigido", port_in.correction),
        ]
        return [
            "Solicitamos refazer a portabilidade da linha abaixo, que já está em "
            "serviço com um número temporário.",
            "",
            *(f"{label}: {fact}" for label, fact in facts if fact),
        ]

    def _done_port_in(self):
        """TIP took the port-in up: from here on the platform tells how it goes on."""
        self.portability_id.action_taken_up()

    def _give_up_port_in(self, reason):
        """A port-in that nobody asks TIP for any more is given up, too."""
        waiting = self.portability_id.filtered("is_waiting_for_tip")
        if waiting:
            waiting._transition("withdraw", reason)
            waiting.is_given_up = True

    def _wording_port_in(self):
        return self.env._(
            "port-in of the number %(number)s, once more",
            number=self.portability_id.display_name,
        )
