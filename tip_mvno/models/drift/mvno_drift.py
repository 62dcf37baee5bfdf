# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass

from odoo import api, fields, models

from ...tools.brazil import masked_document
from ...tools.cursor import database_now
from ...tools.labels import labels_of

# Every legal change of a drift's state: {state: {event: next state}}.
TRANSITIONS = {
    "open": {"ask": "waiting", "ignore": "ignored", "resolve": "resolved"},
    "waiting": {"reopen": "open", "ignore": "ignored", "resolve": "resolved"},
    "ignored": {"reopen": "open", "resolve": "resolved"},
    "resolved": {},
}
# What makes out one contradiction among those of a platform.
KEY = ("subject", "kind")
# What is known of it, taken over again whenever it is seen.
TOLD = (
    "line_id",
    "simcard_id",
    "iccid",
    "number",
    "platform_contract",
    "platform_status",
    "here",
    "there",
    "holder",
    "document",
)


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of contradiction.

    :param label: of the field's selection
    :param question: what TIP's support is asked about it, in its language
    :param ways_out: what may follow besides asking TIP and ignoring it
    """

    label: str
    question: str
    ways_out: tuple[str, ...] = ()


KINDS = {
    "cancelled_there": Kind(
        label="Cancelled at TIP, in service here",
        ways_out=("cancel_here", "port_out"),
        question="Esta linha aparece cancelada no sistema da TIP ({status}), e não "
        "pedimos o cancelamento. Quando e por que foi cancelada? Foi portada a outra "
        "operadora?",
    ),
    "active_there": Kind(
        label="Cancelled here, in service at TIP",
        ways_out=("cancel_there",),
        question="Cancelamos esta linha, mas ela continua em serviço no sistema da TIP "
        "({status}). Favor cancelar e informar a partir de quando não é mais cobrada.",
    ),
    "unknown_here": Kind(
        label="In service at TIP, unknown here",
        ways_out=("take_over",),
        question="Esta linha aparece em serviço na nossa conta ({status}) e não a "
        "conhecemos. Quem a solicitou, e quando?",
    ),
    "missing_there": Kind(
        label="In service here, not listed by TIP",
        ways_out=("cancel_here", "port_out", "read"),
        question="Esta linha está em serviço para nós, mas não consta na lista de "
        "assinantes da TIP. Ela está ativa? Foi cancelada ou portada, e quando?",
    ),
    "other_plan": Kind(
        label="Another plan at TIP",
        ways_out=("follow_plan", "change_plan"),
        question="Esta linha aparece no plano “{there}” no sistema da TIP; o correto é "
        "“{here}”. Favor corrigir, ou informar quando o plano foi alterado.",
    ),
    "other_holder": Kind(
        label="Another holder at TIP",
        question="Esta linha aparece no sistema da TIP com o CPF/CNPJ {there}; o "
        "correto é {here}. Favor corrigir o titular.",
    ),
    "other_simcard": Kind(
        label="Another SIM card at TIP",
        ways_out=("follow_simcard",),
        question="Esta linha aparece no SIM card {there} no sistema da TIP; para nós, "
        "está no SIM card {here}. O SIM card foi trocado? Quando?",
    ),
    "other_contract": Kind(
        label="Another contract at TIP",
        ways_out=("follow_contract",),
        question="Este SIM card aparece no contrato {there} no sistema da TIP; para "
        "nós, está no contrato {here}. Trata-se da mesma linha?",
    ),
    "foreign_answer": Kind(
        label="TIP answers about another line",
        ways_out=("read",),
        question="Ao consultarmos o SIM card desta linha, o sistema da TIP responde "
        "com dados de outra linha ou de outro titular. Favor verificar o cadastro.",
    ),
    "same_number": Kind(
        label="One number on several lines",
        ways_out=("read",),
        question="O número {here} consta em mais de uma linha nossa em serviço. De "
        "qual SIM card ele é?",
    ),
    "blocked_there": Kind(
        label="Blocked at TIP, not by us",
        ways_out=("unblock",),
        question="Esta linha aparece bloqueada no sistema da TIP ({status}), e não "
        "pedimos o bloqueio. Por que foi bloqueada? Podemos desbloquear?",
    ),
    "unblocked_there": Kind(
        label="Not blocked at TIP, though we hold it",
        ways_out=("block_again",),
        question="Pedimos o bloqueio desta linha, mas ela continua em serviço no "
        "sistema da TIP ({status}). Favor bloquear.",
    ),
    "simcard_gone": Kind(
        label="SIM card not in TIP's stock any more",
        question="Este SIM card não consta mais no nosso estoque na TIP. Ele ainda é "
        "nosso?",
    ),
}


class MvnoDrift(models.Model):
    """Something the platform and we contradict each other about.

    The daily comparison lists it, a person decides; it is resolved by itself when a
    later comparison no longer sees it.
    """

    _name = "mvno.drift"
    _description = "Drift from the Platform"
    _inherit = ["mvno.stateful"]
    _order = "first_seen, id"
    _rec_names_search = ["number", "iccid", "line_id"]
    _transitions = TRANSITIONS
    _open_states = ("open", "waiting")

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [(key, kind.label) for key, kind in KINDS.items()],
        string="What",
        required=True,
        readonly=True,
    )
    subject = fields.Char(
        required=True,
        readonly=True,
        help="What it is about: a line here, else an ICCID or contract there.",
    )
    line_id = fields.Many2one(
        "mvno.line", index=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="line_id.partner_id", string="Subscriber")
    simcard_id = fields.Many2one(
        "mvno.simcard", string="SIM Card", index=True, readonly=True, ondelete="cascade"
    )
    iccid = fields.Char(string="ICCID at TIP", readonly=True)
    number = fields.Char(string="Number at TIP", readonly=True)
    platform_contract = fields.Char(string="Contract at TIP", readonly=True)
    platform_status = fields.Char(string="Status at the Platform", readonly=True)
    here = fields.Char(string="We Say", readonly=True)
    there = fields.Char(string="TIP Says", readonly=True)
    holder = fields.Char(string="Holder at TIP", readonly=True)
    document = fields.Char(string="Holder's CPF or CNPJ at TIP", readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("waiting", "Waiting for TIP"),
            ("ignored", "Ignored"),
            ("resolved", "Resolved"),
        ],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    first_seen = fields.Datetime(
        required=True, readonly=True, default=lambda self: database_now(self.env.cr)
    )
    last_seen = fields.Datetime(
        required=True, readonly=True, default=lambda self: database_now(self.env.cr)
    )
    seen_in = fields.Integer(
        readonly=True, help="The number of the comparison that saw it last."
    )
    days = fields.Integer(compute="_compute_days", help="How long it has been so.")
    note = fields.Text(help="For whoever looks after it.")
    explanation = fields.Text(compute="_compute_explanation")
    support_text = fields.Text(
        string="Text for TIP",
        compute="_compute_support_text",
        help="Copy it to TIP's support.",
    )

    _open_once = models.UniqueIndex(
        "(platform_id, subject, kind) WHERE state != 'resolved'",
        "This contradiction is listed already.",
    )

    # === KINDS === #

    @api.model
    def _kinds(self):
        """Tell what is particular to each kind. Another addon adds a kind here and to
        the field's selection.

        :return: dict {kind: :class:`Kind`}
        """
        return KINDS

    def _of_kind(self):
        """:return: :class:`Kind` of this contradiction"""
        self.ensure_one()
        return self._kinds()[self.kind]

    # === COMPUTES === #

    @api.depends("kind", "line_id.display_name", "iccid", "platform_contract")
    def _compute_display_name(self):
        labels = labels_of(self, "kind")
        for drift in self:
            subject = (
                drift.line_id.display_name
                or drift.iccid
                or drift.simcard_id.iccid
                or drift.platform_contract
                or ""
            )
            drift.display_name = f"{labels.get(drift.kind, '')}: {subject}"

    @api.depends("first_seen", "last_seen", "state")
    def _compute_days(self):
        now = database_now(self.env.cr)
        for drift in self:
            end = drift.last_seen if drift.state == "resolved" else now
            drift.days = (end - drift.first_seen).days if drift.first_seen else 0

    # === LISTING WHAT A COMPARISON FOUND === #

    @api.model
    def _list(self, platform, found, answer):
        """List what a comparison found; what is listed already was seen once more.

        :param platform: ``mvno.platform`` record
        :param list found: dicts with ``kind``, ``subject`` and values of ``TOLD``
        :param Answer answer: the platform's, that the comparison is with
        :return: the drifts, new and known
        """
        by_key = {tuple(values[name] for name in KEY): values for values in found}
        if not by_key:
            return self.browse()
        known = self.search(
            [
                ("platform_id", "=", platform.id),
                ("state", "!=", "resolved"),
                ("subject", "in", [values["subject"] for values in by_key.values()]),
            ]
        ).filtered(lambda drift: (drift.subject, drift.kind) in by_key)
        seen = {"last_seen": database_now(self.env.cr), "seen_in": answer.number}
        known.write(seen)
        for drift in known:
            told = by_key.pop((drift.subject, drift.kind))
            written = drift._convert_to_write({name: drift[name] for name in TOLD})
            changed = {
                name: told.get(name) or False
                for name in TOLD
                if (written[name] or False) != (told.get(name) or False)
            }
            if changed:
                drift.write(changed)
        return known | self.create(
            [
                {
                    **values,
                    "platform_id": platform.id,
                    "first_seen": seen["last_seen"],
                    **seen,
                }
                for values in by_key.values()
            ]
        )

    def _settle_gone(self):
        """Resolve what the platform and we no longer contradict each other about."""
        self._transition(
            "resolve", self.env._("The comparison does not see it any more.")
        )

    # === EXPLANATION, AND TEXT FOR TIP === #

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
            "foreign_answer": self.env._(
                "When TIP was asked about this line's SIM card it told of another "
                "line or holder, so nothing was taken over. Compare with TIP's panel, "
                "ask TIP to correct it, then choose “Read Now”."
            ),
            "same_number": self.env._(
                "Another line in service here has this number, too: one of them was "
                "told wrongly. Compare the SIM cards with TIP's panel, then choose "
                "“Read Now” on both."
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
        question = self._of_kind().question.format(
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
