# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.actions import open_form


class MvnoSimcardMove(models.Model):
    """A SIM card that changed hands: from whom, to whom, by whom and when."""

    _name = "mvno.simcard.move"
    _description = "SIM Card Transfer"
    _order = "id desc"
    _rec_name = "simcard_id"
    _log_access = False

    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="SIM Card",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    holder_from_id = fields.Many2one(
        "res.partner",
        string="Was with",
        readonly=True,
        ondelete="restrict",
        help="Empty: the stock room.",
    )
    holder_to_id = fields.Many2one(
        "res.partner",
        string="Handed to",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the stock room.",
    )
    note = fields.Char(string="Remark", readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True)
    date = fields.Datetime(string="When", required=True, readonly=True, index=True)
    origin = fields.Char(string="Came from", compute="_compute_places")
    destination = fields.Char(string="Went to", compute="_compute_places")

    @api.depends("holder_from_id", "holder_to_id")
    def _compute_places(self):
        stock_room = self.env._("the stock room")
        for move in self:
            move.origin = move.holder_from_id.display_name or stock_room
            move.destination = move.holder_to_id.display_name or stock_room

    @api.model
    def _record(self, simcards, keeper, note=None):
        """Note that cards change hands, before they do, in one statement.

        :param simcards: ``mvno.simcard`` records, still with who has them so far
        :param keeper: ``res.partner``; empty for the stock room
        :param str note: why
        """
        simcards.flush_model(["holder_id", "company_id"])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO mvno_simcard_move
                       (simcard_id, company_id, holder_from_id, holder_to_id, note,
                        user_id, date)
                SELECT id, company_id, holder_id, %(keeper)s, %(note)s, %(user)s,
                       %(now)s
                  FROM mvno_simcard
                 WHERE id = ANY(%(ids)s)
                 ORDER BY iccid
             RETURNING id
                """,
                keeper=keeper.id or None,
                note=note or None,
                user=self.env.uid,
                now=fields.Datetime.now(),
                ids=list(simcards.ids),
            )
        )
        simcards.invalidate_model(["move_ids"], flush=False)

    def action_open_simcard(self):
        """Open the card that changed hands."""
        self.ensure_one()
        return open_form(self.simcard_id)
