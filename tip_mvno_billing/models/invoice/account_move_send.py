# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from .account_move import SENDING


class AccountMoveSend(models.AbstractModel):
    """Says of the e-mail with an invoice that it is that."""

    _inherit = "account.move.send"

    def _send_mail(self, move, mail_template, **kwargs):
        sending = move.with_context(mvno_sends_invoice=SENDING)
        return super()._send_mail(sending, mail_template, **kwargs)
