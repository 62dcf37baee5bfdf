# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .mvno_simcard import IN_STOCK

# SIM cards given back before the work is committed.
EXPIRED_AT_ONCE = 500


class MvnoSimcard(models.Model):
    """Who keeps a SIM card that is not in use yet, and until when.

    A draft line keeps the one it has, an open dialog the one picked in it. Dialogs and
    drafts are abandoned, so both end at ``reserved_until``.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.simcard"

    reserved_until = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the SIM card returns to the stock by itself, unless its line is "
        "being activated by then. Empty: never.",
    )
    reserved_uid = fields.Many2one(
        "res.users",
        string="Picked by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who picked it in a dialog that is not saved yet.",
    )

    def write(self, vals):
        if vals.get("state", "reserved") != "reserved":
            vals = {"reserved_until": False, "reserved_uid": False, **vals}
        return super().write(vals)

    # === FOR A LINE === #

    def _reserve(self):
        """Keep SIM cards of the stock for the draft lines that hold them.

        :raise UserError: when one is defective, or in a dialog of somebody else
        """
        simcards = self.filtered(lambda simcard: simcard.state in IN_STOCK)
        for simcard in simcards:
            elsewhere = simcard.reserved_uid and simcard.reserved_uid != self.env.user
            if simcard.is_defective or elsewhere:
                raise UserError(simcard._not_available_sentence())
        simcards._keep()

    def _renew_reservation(self):
        """The lines that hold these are drafts once more: keep them as at first."""
        self.filtered(lambda simcard: simcard.state == "reserved")._keep()

    def _give_back(self):
        """Return reserved SIM cards to the stock."""
        reserved = self.sudo().filtered(lambda simcard: simcard.state == "reserved")
        reserved.write({"state": "available"})

    def _take_off_drafts(self, sentence):
        """Take SIM cards off the draft lines that hold them, and say why on each.

        :param sentence: callable; gets a line in the language of who is responsible
            for its platform, returns the note
        """
        drafts = (
            self.env["mvno.line"]
            .sudo()
            .search([("simcard_id", "in", self.ids), ("state", "=", "draft")])
        )
        for platform, lines in drafts.grouped("platform_id").items():
            lines = platform._in_language_of_reader(lines)
            notes = {line.id: sentence(line) for line in lines}
            lines.write({"simcard_id": False})
            lines._message_log_batch(bodies=notes)

    # === FOR A DIALOG === #

    def _is_offered(self):
        """:return: whether this user may give this SIM card to a line"""
        self.ensure_one()
        mine = self.state == "reserved" and self.reserved_uid == self.env.user
        return not self.is_defective and (self.state == "available" or mine)

    def _pick(self):
        """Keep SIM cards for the dialog this user has open.

        :return: the ones that are kept now; the others were taken meanwhile
        """
        kept = self.sudo().filtered(lambda simcard: simcard._is_offered())
        kept._keep(self.env.user)
        return self & kept

    def _put_back(self):
        """Return SIM cards this user had picked in a dialog and did not want."""
        self.sudo().filtered(
            lambda simcard: simcard.reserved_uid == self.env.user
        )._give_back()

    def _keep(self, user=None):
        """Reserve SIM cards as long as their platform's setting says.

        :param user: who has them in a dialog; nobody when a line holds them
        """
        simcards = self.sudo()
        taken = simcards.filtered(lambda simcard: simcard.state == "available")
        for platform, kept in simcards.grouped("platform_id").items():
            kept.write(
                {
                    "state": "reserved",
                    "reserved_until": platform._reservation_end(),
                    "reserved_uid": user.id if user else False,
                }
            )
        taken.platform_id._check_stock()

    # === CRON === #

    @api.model
    def _expired_domain(self):
        """:return: SIM cards whose time is over; not those of lines under way"""
        return Domain(
            [
                ("state", "=", "reserved"),
                ("reserved_until", "<=", fields.Datetime.now()),
                (
                    "line_ids",
                    "not any",
                    [("state", "not in", ("draft", "cancelled"))],
                ),
            ]
        )

    @api.model
    def _give_back_expired(self, limit=EXPIRED_AT_ONCE):
        """Return to the stock what abandoned drafts and dialogs kept.

        :param int limit: SIM cards at most
        :return: number of SIM cards given back
        """
        simcards = self.sudo().with_context(tracking_disable=True)
        expired = simcards.search(
            self._expired_domain(), order="reserved_until, id", limit=limit
        )
        expired = expired.try_lock_for_update()
        expired._take_off_drafts(
            lambda line: line.env._(
                "SIM card %(iccid)s was kept for this line for too long and is in the "
                "stock again. Choose a SIM card before you activate the line.",
                iccid=line.simcard_id.iccid,
            )
        )
        expired._give_back()
        expired.platform_id._check_stock()
        return len(expired)

    @api.model
    def cron_give_back(self):
        """Driver: return expired reservations to the stock, some at a time."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        remaining = self.sudo().search_count(self._expired_domain())
        cron._commit_progress(remaining=remaining)
        while count := self._give_back_expired():
            remaining = max(0, remaining - count)
            if not cron._commit_progress(count, remaining=remaining):
                return
