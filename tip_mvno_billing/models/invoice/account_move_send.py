# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..run.mvno_billing_run_invoice import BY_RUN
from .account_move import SENDING

# Names the invoices that go out once more.
COPIES = "mvno_copies"


class AccountMoveSend(models.AbstractModel):
    """Says of the e-mail with an invoice that it is that, unless it is a copy: what a
    person sends once more goes without the detailed statement."""

    _inherit = "account.move.send"

    @api.model
    def _generate_and_send_invoices(self, moves, from_cron=False, **kwargs):
        copies = moves.filtered(
            lambda move: move.is_move_sent
            and not (from_cron and (move.sending_data or {}).get(BY_RUN))
        ).ids
        sending = self.with_context(
            **{COPIES: (*self.env.context.get(COPIES, ()), *copies)}
        )
        return super(AccountMoveSend, sending)._generate_and_send_invoices(
            moves, from_cron=from_cron, **kwargs
        )

    def _send_mail(self, move, mail_template, **kwargs):
        if move.id not in self.env.context.get(COPIES, ()):
            move = move.with_context(mvno_sends_invoice=SENDING)
        return super()._send_mail(move, mail_template, **kwargs)
