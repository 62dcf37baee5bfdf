# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from .mvno_support_request_text import masked_document

# What TIP's support is asked, in its language.
QUESTIONS = {
    "cancelled_there": "Esta linha aparece cancelada no sistema da TIP ({status}), e "
    "não pedimos o cancelamento. Quando e por que foi cancelada? Foi portada a outra "
    "operadora?",
    "active_there": "Cancelamos esta linha, mas ela continua em serviço no sistema da "
    "TIP ({status}). Favor cancelar e informar a partir de quando não é mais cobrada.",
    "unknown_here": "Esta linha aparece em serviço na nossa conta ({status}) e não a "
    "conhecemos. Quem a solicitou, e quando?",
    "missing_there": "Esta linha está em serviço para nós, mas não consta na lista de "
    "assinantes da TIP. Ela está ativa? Foi cancelada ou portada, e quando?",
    "other_plan": "Esta linha aparece no plano “{there}” no sistema da TIP; o correto "
    "é “{here}”. Favor corrigir, ou informar quando o plano foi alterado.",
    "other_holder": "Esta linha aparece no sistema da TIP com o CPF/CNPJ {there}; o "
    "correto é {here}. Favor corrigir o titular.",
    "other_simcard": "Esta linha aparece no SIM card {there} no sistema da TIP; para "
    "nós, está no SIM card {here}. O SIM card foi trocado? Quando?",
    "other_contract": "Este SIM card aparece no contrato {there} no sistema da TIP; "
    "para nós, está no contrato {here}. Trata-se da mesma linha?",
    "blocked_there": "Esta linha aparece bloqueada no sistema da TIP ({status}), e "
    "não pedimos o bloqueio. Por que foi bloqueada? Podemos desbloquear?",
    "unblocked_there": "Pedimos o bloqueio desta linha, mas ela continua em serviço no "
    "sistema da TIP ({status}). Favor bloquear.",
    "simcard_gone": "Este SIM card não consta mais no nosso estoque na TIP. Ele ainda "
    "é nosso?",
}


class MvnoDrift(models.Model):
    """What a contradiction means, for the person who decides and for TIP's support."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.drift"

    @api.depends("kind", "here", "there", "state")
    def _compute_explanation(self):
        for drift in self:
            drift.explanation = drift._explain()

    def _explain(self):
        """:return: what is so, and what to do about it"""
        self.ensure_one()
        sentences = {
            "cancelled_there": self.env._(
                "TIP has cancelled this line, here it is in service and goes on being "
                "billed. If the customer took the number to another operator, choose "
                "“Ported Out”; else find out why it was cancelled and choose “Cancel "
                "Here”. If it should live, ask TIP."
            ),
            "active_there": self.env._(
                "This line was cancelled here, but TIP has it in service and charges "
                "you for it. Choose “Cancel at TIP” to have it cancelled there, too."
            ),
            "unknown_here": self.env._(
                "TIP has this line in service and charges you for it; no line here is "
                "this one, so nobody pays for it. A manager brings it under a contract "
                "with “Take Over”; or ask TIP whose it is."
            ),
            "missing_there": self.env._(
                "This line is in service here, but TIP did not list it. Choose “Read "
                "Now” to see what TIP says of its SIM card. If the line is gone, "
                "choose “Ported Out” or “Cancel Here”; else ask TIP."
            ),
            "other_plan": self.env._(
                "TIP has this line in another plan than its contract. If TIP is right, "
                "choose “Follow TIP's Plan”: the contract line ends and one of that "
                "plan begins. If the contract is right, choose “Send Our Plan”."
            ),
            "other_holder": self.env._(
                "TIP has registered this line for another CPF or CNPJ. Compare the "
                "subscriber here with TIP's panel; correct the customer's document "
                "here, or ask TIP to correct the holder."
            ),
            "other_simcard": self.env._(
                "TIP has this line on another SIM card. If the customer's SIM card was "
                "replaced, choose “Use TIP's SIM Card”; else ask TIP."
            ),
            "other_contract": self.env._(
                "TIP has this SIM card under another contract code than the one known "
                "here, for the same holder. If it is the same line, choose “Use TIP's "
                "Contract”: usage is told by that code."
            ),
            "blocked_there": self.env._(
                "TIP has blocked this line and nobody here asked for it; it stays "
                "blocked until you decide. Ask TIP why, or choose “Unblock”."
            ),
            "unblocked_there": self.env._(
                "Here this line is held, but TIP has it in service, and the last "
                "request to block it did not go through. Choose “Block Again”, or lift "
                "the hold on the line."
            ),
            "simcard_gone": self.env._(
                "TIP's stock does not list this SIM card any more, so it cannot be "
                "given to a customer. Compare the ICCID with TIP's panel."
            ),
        }
        return sentences.get(self.kind, "")

    @api.depends("kind", "here", "there", "number", "iccid", "platform_contract")
    def _compute_support_text(self):
        for drift in self:
            drift.support_text = drift._support_text()

    def _support_text(self):
        """:return: what to write to TIP: what is asked, and which line it is"""
        self.ensure_one()
        line = self.line_id
        here, there = self.here or "", self.there or ""
        if self.kind == "other_holder":
            here, there = masked_document(here), masked_document(there)
        question = QUESTIONS[self.kind].format(
            here=here, there=there, status=self.platform_status or "não listada"
        )
        facts = (
            ("Número", line._format_number(line.number or self.number)),
            (
                "SIM card (ICCID)",
                line.simcard_id.iccid or self.iccid or self.simcard_id.iccid,
            ),
            ("Contrato na TIP", line.platform_contract or self.platform_contract),
        )
        return "\n".join(
            [
                "Olá,",
                "",
                question,
                "",
                *(f"{label}: {value}" for label, value in facts if value),
            ]
        )
