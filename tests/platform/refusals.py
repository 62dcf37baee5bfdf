"""How an operation says no: in business terms, in form, or for want of the SIM."""

# `codigo_status_tip` and `msg_usuario` of each business refusal.
REFUSALS: dict[str, tuple[int, str]] = {
    "sim_in_use": (11, "SIM card já está em uso."),
    "sim_cancelled": (12, "SIM card cancelado não pode ser ativado."),
    "plan_unknown": (13, "Plano não encontrado para este cliente."),
    "document_invalid": (14, "CPF/CNPJ inválido."),
    "area_code_invalid": (15, "DDD inválido ou não atendido."),
    "port_area_code": (16, "O número a portar não é do DDD informado."),
    "port_number_invalid": (17, "Número a portar inválido: não é um celular."),
    "port_number_taken": (18, "Número a portar já pertence a uma linha da plataforma."),
    "line_not_active": (21, "A linha não está ativa."),
    "line_blocked_already": (22, "A linha já está bloqueada."),
    "line_not_blocked": (23, "A linha não está bloqueada."),
    "line_cancelled": (24, "A linha está cancelada."),
    "plan_same": (25, "A linha já está neste plano."),
    "refused": (99, "Operação não permitida pela operadora. Procure o suporte."),
}


class Refusal(Exception):
    """A business refusal: HTTP 2xx with a code that is not 0."""

    def __init__(self, name: str = "refused", code: int = 0, text: str = "") -> None:
        standard = REFUSALS[name]
        self.code = code or standard[0]
        self.text = text or standard[1]
        super().__init__(self.text)


class Invalid(Exception):
    """A request in bad form.

    :param messages: one sentence for each fault
    :param status: 422, or 400 when the body cannot be read at all
    """

    def __init__(self, *messages: str, status: int = 422) -> None:
        self.messages = list(messages)
        self.status = status
        super().__init__("; ".join(messages))


class NotFound(Exception):
    """No such SIM card or line."""
