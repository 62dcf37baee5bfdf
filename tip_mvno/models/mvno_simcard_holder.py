# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.simcard import iccid_stem, match_iccids
from .mvno_simcard import IN_STOCK


class MvnoSimcard(models.Model):
    """In whose hands the cards are: a technician's, a shop's, or the stock room's.

    Thousands of cards move or are counted at once, so what is written here is written
    in one statement, whatever their number.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.simcard"

    holder_id = fields.Many2one(
        "res.partner",
        string="Held by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The technician or shop that has the card. Empty: the stock room.",
    )
    move_ids = fields.One2many("mvno.simcard.move", "simcard_id", string="Transfers")
    counted_at = fields.Datetime(
        string="Last Counted",
        readonly=True,
        copy=False,
        help="When somebody last had it in hands during a count.",
    )
    missing_since = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When a count first did not find it. It ends when the card is counted or "
        "changes hands.",
    )

    # === SCANNING === #

    @api.model
    def _match_prints(self, iccids, platform=None):
        """Find the SIM cards whose prints were scanned, with or without check digit.

        :param list iccids: see ``tools.simcard.read_iccids``
        :param platform: ``mvno.platform``, or None for all the user may see
        :return: see ``tools.simcard.match_iccids``
        """
        stems = list({iccid_stem(iccid) for iccid in iccids})
        domain = [("iccid_stem", "in", stems)]
        if platform:
            domain.append(("platform_id", "=", platform.id))
        simcards = self.search_fetch(
            domain,
            ["iccid", "platform_id", "state", "holder_id", "is_defective", "is_esim"],
        )
        return match_iccids(iccids, simcards)

    @api.model
    def _in_drawers_domain(self):
        """:return: the cards that are in somebody's drawer and not in a telephone"""
        return [
            ("state", "in", IN_STOCK),
            ("is_esim", "=", False),
            ("is_defective", "=", False),
        ]

    # === CHANGING HANDS === #

    def _hand_over(self, holder, note=None):
        """Note who has these cards from now on, and that they changed hands.

        :param holder: ``res.partner``; empty for the stock room
        :param str note: why, for the history
        :return: the cards that changed hands
        """
        self.check_access("read")
        moved = self.filtered(lambda simcard: simcard.holder_id != holder)
        if not moved:
            return moved
        self.env["mvno.simcard.move"]._record(moved, holder, note)
        moved._write_at_once(
            SQL(
                "holder_id = %(holder)s, missing_since = NULL",
                holder=holder.id or None,
            ),
            ["holder_id", "missing_since"],
        )
        return moved

    def _note_count(self, missing):
        """Note that these cards were counted, and which ones were not found.

        :param missing: the cards that should have been there
        """
        (self | missing).check_access("read")
        now = fields.Datetime.now()
        if self:
            self._write_at_once(
                SQL("counted_at = %(now)s, missing_since = NULL", now=now),
                ["counted_at", "missing_since"],
            )
        if missing:
            missing._write_at_once(
                SQL("missing_since = COALESCE(missing_since, %(now)s)", now=now),
                ["missing_since"],
            )

    def _write_at_once(self, assignments, names):
        """Change many cards in one statement; the ORM writes a hundred at a time.

        :param SQL assignments: what follows SET
        :param list names: of the fields it changes
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                "UPDATE mvno_simcard SET %(assignments)s, write_uid = %(uid)s, "
                "write_date = now() AT TIME ZONE 'UTC' "
                "WHERE id = ANY(%(ids)s) RETURNING id",
                assignments=assignments,
                uid=self.env.uid,
                ids=list(self.ids),
            )
        )
        self.invalidate_model([*names, "write_uid", "write_date"], flush=False)
