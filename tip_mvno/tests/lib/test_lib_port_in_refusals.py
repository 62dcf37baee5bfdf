# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import BaseCase, tagged

from ...lib import PortIn, PortInRefusal, PortInStatus, said_of_refusal, same_words

KNOWN = {
    PortInRefusal.DATA: (
        "Dados do titular não conferem com os da operadora doadora.",
        "DADOS INCOMPLETOS",
        "CPF/CNPJ divergente",
        "Divergência de dados cadastrais; confirme o nome do cliente",
    ),
    PortInRefusal.OTHER_REQUEST: (
        "Existe outra solicitação de portabilidade em andamento para este número.",
        "Número já possui pedido de portabilidade",
        "BP em aberto",
    ),
    PortInRefusal.NUMBER: (
        "Número inexistente",
        "terminal nao designado",
        "Número temporário",
        "Telefone não encontrado na prestadora doadora",
        "Código de acesso vago",
    ),
    PortInRefusal.FIXED_LINE: ("Portabilidade de fixo para móvel não permitida",),
    PortInRefusal.SUBSCRIBER: (
        "Portabilidade cancelada pelo assinante por SMS.",
        "Recusada pelo titular",
        "Desistência",
        "Cancelado a pedido do cliente",
    ),
    PortInRefusal.SUSPENDED: (
        "Portabilidade suspensa pela operadora doadora.",
        "SUSPENSA",
    ),
    PortInRefusal.PARTIAL_FAILURE: (
        "Falha parcial no provisionamento da portabilidade.",
        "FALHA PARCIAL",
    ),
    PortInRefusal.UNKNOWN: ("", None, "RECUSADA", "Erro 4711", "Cancelada"),
}


@tagged("post_install", "-at_install")
class TestPortInRefusals(BaseCase):
    """The reasons the platform gives in free text, whatever their spelling."""

    def test_known_reasons_are_recognized(self):
        for kind, texts in KNOWN.items():
            for text in texts:
                with self.subTest(text):
                    self.assertEqual(PortInRefusal.from_wire(text), kind)

    def test_accents_case_and_punctuation_do_not_matter(self):
        for text in ("NÚMERO NÃO EXISTE", "numero nao existe.", "Número  não-existe"):
            with self.subTest(text):
                self.assertEqual(PortInRefusal.from_wire(text), PortInRefusal.NUMBER)
        self.assertTrue(same_words("Número não existe.", "NUMERO NAO EXISTE"))
        self.assertFalse(same_words("Número não existe.", "Numero existe"))

    def test_the_first_text_that_tells_something_decides(self):
        kind = PortInRefusal.from_wire("Erro 4711", "Titular diverge", "SUSPENSA")
        self.assertEqual(kind, PortInRefusal.DATA)

    def test_what_is_quoted_is_never_the_news_that_reading_went_well(self):
        for reason, message, quoted in (
            ("Número vago", "Sucesso", "Número vago"),
            ("", "Fale com a doadora", "Fale com a doadora"),
            ("", "Consulta realizada com sucesso.", "RECUSADA"),
        ):
            with self.subTest(quoted):
                port_in = PortIn(
                    PortInStatus.REFUSED, "RECUSADA", message, None, reason
                )
                self.assertEqual(said_of_refusal(port_in), quoted)
