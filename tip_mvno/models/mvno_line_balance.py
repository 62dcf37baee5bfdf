# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import INTERACTIVE, TipError
from .mvno_line import LIVE_STATES


class MvnoLine(models.Model):
    """What is left of a line's data, as the platform last told it."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    balance_mb = fields.Float(
        string="Data Left (MB)", digits=(16, 3), readonly=True, copy=False
    )
    balance_told = fields.Char(
        string="Data Left, as Told",
        readonly=True,
        copy=False,
        help="What the platform says where it is no amount, “unlimited” say.",
    )
    balance_at = fields.Datetime(string="Balance as of", readonly=True, copy=False)
    balance_text = fields.Char(string="Data Left", compute="_compute_balance_text")
    last_top_up = fields.Date(
        readonly=True, copy=False, help="As the platform told it with the balance."
    )

    @api.depends("balance_mb", "balance_told", "balance_at")
    @api.depends_context("lang")
    def _compute_balance_text(self):
        for line in self:
            if not line.balance_at:
                line.balance_text = False
            else:
                line.balance_text = line.balance_told or line._data_text(
                    line.balance_mb
                )

    def action_balance(self):
        """Ask the platform now what is left of these lines' data.

        :raise UserError: when a line is not in service, or the platform does not
            answer; says what to do
        """
        self.check_access("write")
        self.env["mvno.platform"]._check_while_waiting(self)
        for line in self:
            if line.state not in LIVE_STATES:
                raise UserError(
                    self.env._(
                        "Line %(line)s is not in service, so it has no balance.",
                        line=line.display_name,
                    )
                )
        answers = [(line, *line._read_balance()) for line in self]
        for line, balance, topped_up in answers:
            told_amount = balance.data_mb is not None
            line.sudo().write(
                {
                    "balance_mb": float(balance.data_mb) if told_amount else 0.0,
                    "balance_told": False
                    if told_amount
                    else balance.raw or self.env._("not told"),
                    "balance_at": fields.Datetime.now(),
                    "last_top_up": topped_up,
                }
            )
        return True

    def _read_balance(self):
        """:return: (``lib.Balance``, date of the last top-up or None)
        :raise UserError: with the reason in plain words
        """
        self.ensure_one()
        client = self.platform_id._client(INTERACTIVE)
        iccid = self.simcard_id.iccid
        try:
            balance = client.balance(iccid)
        except TipError as error:
            raise UserError(
                self.env._(
                    "Line %(line)s: %(reason)s",
                    line=self.display_name,
                    reason=self.platform_id._explain(error),
                )
            ) from None
        try:
            return balance, client.last_top_up(iccid)
        except TipError:
            # the balance was asked for; what was known of the top-up stays
            return balance, self.last_top_up
