# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.labels import label_of
from .mvno_simcard_transfer import IN_TELEPHONES


class MvnoSimcardCount(models.TransientModel):
    """The dialog that compares the cards in a drawer with those expected in it."""

    _name = "mvno.simcard.count"
    _description = "Count SIM Cards"
    _inherit = ["mvno.simcard.scan"]

    place = fields.Selection(
        [
            ("all", "The whole platform"),
            ("stock", "The stock room"),
            ("holder", "A technician or shop"),
        ],
        string="Where",
        required=True,
        default="all",
    )
    holder_id = fields.Many2one("res.partner")
    take_over = fields.Boolean(
        string="Note That the Unexpected Are Here",
        default=True,
        help="The unexpected cards that are in no telephone are noted as being here.",
    )
    counted_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_count_counted",
        string="Counted",
        compute="_compute_result",
        help="They should be there, and are.",
    )
    counted_count = fields.Integer(compute="_compute_result")
    counted_list = fields.Text(compute="_compute_result")
    missing_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_count_missing",
        string="Missing",
        compute="_compute_result",
        help="They should be there, but were not scanned.",
    )
    missing_count = fields.Integer(compute="_compute_result")
    missing_list = fields.Text(compute="_compute_result")
    unexpected_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_count_unexpected",
        string="Unexpected",
        compute="_compute_result",
        help="They are there, but should not be: somebody else has them, or they are "
        "in use, cancelled, defective or eSIMs.",
    )
    unexpected_count = fields.Integer(compute="_compute_result")
    unexpected_list = fields.Text(compute="_compute_result")

    @api.depends("scanned", "platform_id", "place", "holder_id")
    def _compute_result(self):
        return super()._compute_result()

    def _sort_found(self, simcards, ambiguous):
        expected = self._expected()
        counted = simcards & expected
        # which of them it is nobody can tell, but one of them is here
        doubtful = expected.browse().union(*chain.from_iterable(ambiguous.values()))
        for name, cards in (
            ("counted", counted),
            ("unexpected", simcards - counted),
            ("missing", expected - counted - doubtful),
        ):
            self._show_found(name, cards)

    def _expected(self):
        """:return: the cards that should be where is counted"""
        simcards = self.env["mvno.simcard"]
        if self.place == "holder" and not self.holder_id:
            return simcards
        domain = list(simcards._in_drawers_domain())
        if self.platform_id:
            domain.append(("platform_id", "=", self.platform_id.id))
        if self.place != "all":
            domain.append(("holder_id", "=", self._here().id))
        return simcards.search_fetch(
            domain,
            ["iccid", "state", "holder_id", "is_defective", "is_esim"],
        )

    def _here(self):
        """:return: ``res.partner`` whose cards are counted; empty for the stock room"""
        holder = self.holder_id._origin
        return holder if self.place == "holder" else holder.browse()

    def action_confirm(self):
        """Note what was counted and what is missing.

        :return: a notification with the outcome
        :raise UserError: when nobody was chosen, or nothing was scanned
        """
        self.ensure_one()
        if self.place == "holder" and not self.holder_id:
            raise UserError(
                self.env._("Choose the technician or shop whose SIM cards you count.")
            )
        if not self.scanned_count:
            raise UserError(
                self.env._(
                    "Nothing was scanned yet: scan the SIM cards, or paste them."
                )
            )
        counted, missing = self.counted_ids, self.missing_ids
        unexpected = self.unexpected_ids.filtered(
            lambda simcard: simcard.state not in IN_TELEPHONES
        )
        if self.take_over and self.place != "all":
            unexpected._hand_over(self._here(), self.env._("Found by a count"))
        (counted | unexpected)._note_count(missing)
        message = self._outcome()
        self._leave_note(message)
        action = self.env["mvno.platform"]._notify(message, "success")
        action["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return action

    def _outcome(self):
        """:return: the count in one sentence"""
        return self.env._(
            "%(place)s: %(counted)s counted, %(missing)s missing, %(unexpected)s "
            "unexpected, %(unknown)s not in the stock.",
            place=self._here().display_name or label_of(self, "place"),
            counted=self.counted_count,
            missing=self.missing_count,
            unexpected=self.unexpected_count,
            unknown=self.unknown_count + self.ambiguous_count,
        )

    def _leave_note(self, message):
        """Keep the outcome, and who counted, in the platforms' history."""
        simcards = self.counted_ids | self.missing_ids | self.unexpected_ids
        platforms = (self.platform_id or simcards.platform_id).sudo()
        platforms._message_log_batch(bodies=dict.fromkeys(platforms.ids, message))
