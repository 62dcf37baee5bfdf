# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.actions import open_action
from ...tools.labels import label_of
from ...tools.simcard import iccid_stem, match_iccids
from ..simcard.mvno_simcard import IN_STOCK

DEFECT_REASONS = [
    ("no_signal", "Does not register on the network"),
    ("damaged", "Damaged"),
    ("misprint", "Print wrong or unreadable"),
    ("lost", "Lost"),
    ("other", "Other"),
]


class MvnoSimcard(models.Model):
    """Where the cards are that are in no telephone, and which of them are of no use.

    A card is in the hands of a technician, of a shop, or in the stock room. Thousands
    move or are counted at once, so what is written then is written in one statement,
    whatever their number.

    The platform knows nothing of a defect: to it the card goes on being available, so
    that this stands beside the mirrored state and survives every synchronization.
    """

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
    is_defective = fields.Boolean(
        string="Defective",
        readonly=True,
        copy=False,
        tracking=True,
        help="Set aside by hand: not offered to lines, not counted as available.",
    )
    defect_reason = fields.Selection(
        DEFECT_REASONS, string="Defect", readonly=True, copy=False, tracking=True
    )
    defect_note = fields.Char(string="Remark", readonly=True, copy=False)

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

    def _hand_over(self, keeper, note=None):
        """Note who has these cards from now on, and that they changed hands.

        :param keeper: ``res.partner``; empty for the stock room
        :param str note: why, for the history
        :return: the cards that changed hands
        """
        self.check_access("read")
        moved = self.filtered(lambda simcard: simcard.holder_id != keeper)
        if not moved:
            return moved
        self.env["mvno.simcard.move"]._record(moved, keeper, note)
        moved._write_at_once(
            SQL(
                "holder_id = %(keeper)s, missing_since = NULL",
                keeper=keeper.id or None,
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

    # === DEFECTIVE CARDS === #

    @api.model
    def _available_domain(self):
        """:return: the SIM cards that can be given to a line"""
        return [("state", "=", "available"), ("is_defective", "=", False)]

    def _defect_label(self):
        """:return: why it is set aside, in the reader's words"""
        label = label_of(self, "defect_reason")
        return ": ".join(filter(None, [label, self.defect_note]))

    def action_mark_defective(self, reason=None, note=None):
        """Set SIM cards aside; draft lines that hold one are told to choose another.

        :param str reason: a key of ``DEFECT_REASONS``; without one the dialog opens
        :param str note: more about it
        :return: the dialog's action, or True
        """
        self.check_access("read")
        if reason is None:
            return open_action(
                self.env,
                "tip_mvno.mvno_simcard_defect_action",
                context={"default_simcard_ids": self.ids},
            )
        simcards = self.sudo()
        simcards._take_off_drafts(
            lambda line: line.env._(
                "SIM card %(iccid)s was set aside as defective. Choose another one.",
                iccid=line.simcard_id.iccid,
            )
        )
        simcards.filtered("reserved_uid")._give_back()
        simcards.write(
            {"is_defective": True, "defect_reason": reason, "defect_note": note}
        )
        simcards.platform_id._check_stock()
        return True

    def action_mark_working(self):
        """Offer SIM cards again that were set aside."""
        self.check_access("read")
        simcards = self.sudo()
        simcards.write(
            {"is_defective": False, "defect_reason": False, "defect_note": False}
        )
        simcards.platform_id._check_stock()
        return True
