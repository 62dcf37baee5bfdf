# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.brazil import formatted_document, masked_document

# TIP's support reads Portuguese, whatever language the attendant works in: these
# texts are part of what is sent, and are not translated.
REASONS = {
    "theft": "roubo ou furto",
    "loss": "perda",
    "broken": "defeito do SIM card",
}


class MvnoSupportRequest(models.Model):
    """The ready text for TIP's support.

    It is made when somebody looks at it and kept nowhere: it names the holder's
    document, without which TIP cannot act.
    """

    _inherit = "mvno.support.request"

    subject = fields.Char(compute="_compute_text")
    text = fields.Text(string="Text for TIP", compute="_compute_text")
    support_email = fields.Char(related="platform_id.support_email")

    @api.depends(
        "kind", "line_id", "simcard_id", "new_partner_id", "date", "note", "reason"
    )
    def _compute_text(self):
        for request in self:
            line = request.line_id
            number = line._format_number(line.number)
            kind = request._of_kind()
            request.subject = " – ".join(
                filter(None, [kind.subject, number, f"ref. {request._ref()}"])
            )
            parts = getattr(request, kind.text)() if line else []
            request.text = "\n".join(
                [
                    "Olá, equipe TIP.",
                    "",
                    *parts,
                    "",
                    "Por favor, informem o protocolo e avisem quando estiver feito.",
                    f"Nossa referência: {request._ref()}",
                ]
            )

    def _ref(self):
        return f"{self._origin.id or 0:06d}"

    def _text_sim_swap(self):
        line = self.line_id
        lines = [
            "Solicitamos a troca do SIM card da linha abaixo, por motivo de "
            f"{REASONS.get(self.reason, '')}.",
            "",
            f"Titular: {self.partner_id.commercial_partner_id.name}",
            f"CPF/CNPJ: {masked_document(self._holder().vat)}",
            *self._line_facts(),
            f"SIM card atual (ICCID): {self.old_simcard_id.iccid}",
            f"SIM card novo (ICCID): {self.simcard_id.iccid or '(a informar)'}",
            "",
            "O número e o plano continuam os mesmos.",
        ]
        if line.state in ("blocked", "partially_blocked"):
            lines.append(
                "A linha está bloqueada: ao trocar, avisem se o SIM card novo fica "
                "bloqueado ou não."
            )
        return lines

    def _text_holder_change(self):
        new = self.new_partner_id
        holder = new.commercial_partner_id
        address = new._mvno_address_values()
        city = new._mvno_address_holder().city_id.name or new.city or ""
        person = [
            f"Nome: {holder.name}",
            f"CPF/CNPJ: {formatted_document(holder.vat)}",
        ]
        if not holder.is_company and holder.birthdate_date:
            person.append(f"Data de nascimento: {holder.birthdate_date:%d/%m/%Y}")
        return [
            "Solicitamos a troca de titularidade da linha abaixo, a partir de "
            f"{self.date:%d/%m/%Y}."
            if self.date
            else "Solicitamos a troca de titularidade da linha abaixo.",
            "",
            *self._line_facts(),
            f"SIM card (ICCID): {self.line_id.simcard_id.iccid or ''}",
            "",
            "Titular atual",
            f"Nome: {self._holder().name}",
            f"CPF/CNPJ: {masked_document(self._holder().vat)}",
            "",
            "Novo titular",
            *person,
            f"Telefone: {self.line_id._format_number(new.phone or holder.phone)}",
            "Endereço: "
            + ", ".join(
                filter(
                    None,
                    [
                        f"{address['street_type']} {address['street']}".strip(),
                        address["street_number"],
                        address["district"],
                        f"{city}/{address['state']}",
                        f"CEP {address['postcode']}",
                    ],
                )
            ),
            "",
            "O número, o SIM card e o plano continuam os mesmos.",
        ]

    def _text_other(self):
        return [
            self.note or "",
            "",
            f"Titular: {self._holder().name}",
            f"CPF/CNPJ: {masked_document(self._holder().vat)}",
            *self._line_facts(),
            f"SIM card (ICCID): {self.line_id.simcard_id.iccid or ''}",
        ]

    def _holder(self):
        return self.partner_id.commercial_partner_id

    def _line_facts(self):
        line = self.line_id
        return [
            f"Número: {line._format_number(line.number) or '(sem número)'}",
            f"Contrato na TIP: {line.platform_contract or '(não informado)'}",
        ]

    def action_email(self):
        """Open the attendant's own mail program with the text in it.

        Odoo keeps no copy: it would keep the holder's document with it.

        :return: the action
        :raise UserError: when the platform has no address of its support
        """
        self.ensure_one()
        self.check_access("read")
        if not self.support_email:
            raise UserError(
                self.env._(
                    "Platform %(name)s has no e-mail address of TIP's support. Fill it "
                    "in on the platform, or copy the text.",
                    name=self.platform_id.name,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"mailto:{quote(self.support_email)}"
            f"?subject={quote(self.subject)}&body={quote(self.text)}",
        }
