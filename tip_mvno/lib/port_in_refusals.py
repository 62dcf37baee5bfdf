# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Why a port-in does not go on, read from the platform's free text.

The platform gives no code for it: operators word the same reason in many ways, with
and without accents. What is not recognised here is quoted to people as it came.
"""

import re
from enum import Enum

from . import dialect


class PortInRefusal(Enum):
    """A reason people know what to do about."""

    DATA = "data"
    OTHER_REQUEST = "other_request"
    NUMBER = "number"
    FIXED_LINE = "fixed_line"
    SUBSCRIBER = "subscriber"
    SUSPENDED = "suspended"
    PARTIAL_FAILURE = "partial_failure"
    UNKNOWN = "unknown"

    @classmethod
    def from_wire(cls, *texts):
        """:param texts: what the platform says, the most telling text first
        :return: the reason the first recognised text means, else UNKNOWN"""
        for text in map(dialect.folded, texts):
            for kind, pattern in _PATTERNS:
                if pattern.search(text):
                    return kind
        return cls.UNKNOWN


_REQUEST = r"(SOLICITACAO|SOLICITACOES|PEDIDO|PORTABILIDADE|PROCESSO|BILHETE|BP)"
_NUMBER = r"\b(NUMERO|TERMINAL|ACESSO|LINHA|TELEFONE|MSISDN|CODIGO DE ACESSO)\b"
# The order decides: "recusada pelo titular por SMS" is no matter of the holder's data.
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            PortInRefusal.SUBSCRIBER,
            r"\bSMS\b|\b7678\b|DESIST"
            r"|\b(CANCELAD|RECUSAD|NEGAD|REJEITAD)\w* "
            r"(PEL[OA]|POR) (PROPRI[OA] )?(ASSINANTE|CLIENTE|USUARI[OA]|TITULAR)\b"
            r"|\bA PEDIDO D[OA] (ASSINANTE|CLIENTE|USUARI[OA]|TITULAR)\b",
        ),
        (
            PortInRefusal.OTHER_REQUEST,
            rf"\bOUTR[AO]S?\b.*\b{_REQUEST}\b"
            rf"|\b{_REQUEST}\b.*\bEM (ANDAMENTO|ABERTO|CURSO|TRAMITACAO)\b"
            rf"|\bJA (EXISTE|HA|POSSUI|TEM)\b.*\b{_REQUEST}\b",
        ),
        (
            PortInRefusal.FIXED_LINE,
            r"\bFIX[OA]\b|\bSTFC\b|\b(SERVICO|TIPO)\b.*\bDIFERENTES?\b",
        ),
        (
            PortInRefusal.DATA,
            r"\bDADOS\b|\bCPF\b|\bCNPJ\b|\bDOCUMENTO\b|\bTITULAR(IDADE)?\b|\bNOME\b"
            r"|CADASTRA(L|IS)\b|\bINCOMPLET|\bDIVERG|\bNAO (CONFERE|CONFEREM)\b",
        ),
        (
            PortInRefusal.NUMBER,
            rf"{_NUMBER}.*\b(INEXISTENTE|DESCONHECID|TEMPORARI|VAG[OA]\b|INVALID"
            r"|DESATIVAD|CANCELAD"
            r"|NAO (EXISTE|DESIGNAD|ATRIBUID|LOCALIZAD|ENCONTRAD|PERTENCE|ATIV"
            r"|CADASTRAD|IDENTIFICAD))"
            r"|\bNAO (DESIGNAD|ATRIBUID)",
        ),
        (PortInRefusal.PARTIAL_FAILURE, r"\bFALHA PARCIAL\b|\bPARCIALMENTE\b"),
        (PortInRefusal.SUSPENDED, r"\bSUSPENS[AO]\b|\bSUSPENDID"),
    )
)


def same_words(text, other):
    """:return: whether two texts differ in case, accents and punctuation at most."""
    return dialect.folded(text) == dialect.folded(other)


def said_of_refusal(port_in):
    """Choose what to quote of a port-in that does not go on.

    Many answers carry a sentence that only says that the reading went well.

    :param port_in: :class:`~.schemas.PortIn`
    :return: text as the platform gave it, never empty unless it said nothing at all
    """
    if port_in.reason:
        return port_in.reason
    if port_in.message and "SUCESSO" not in dialect.folded(port_in.message).split():
        return port_in.message
    return port_in.raw_status
