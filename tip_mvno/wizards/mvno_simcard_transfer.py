# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

# In a telephone: their state says so.
IN_TELEPHONES = ("in_use", "blocked")


class MvnoSimcardTransfer(models.TransientModel):
    """The dialog that notes into whose hands SIM cards go."""

    _name = "mvno.simcard.transfer"
    _description = "Transfer SIM Cards"
    _inherit = ["mvno.simcard.scan"]

    destination = fields.Selection(
        [("holder", "To a technician or shop"), ("stock", "Back to the stock room")],
        required=True,
        default="holder",
    )
    holder_id = fields.Many2one(
        "res.partner", help="The technician or shop that gets the cards."
    )
    note = fields.Char(string="Remark")
    scanned = fields.Text(default=lambda self: self._default_scanned())
    simcard_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_transfer_found",
        string="To transfer",
        compute="_compute_result",
    )
    simcard_count = fields.Integer(compute="_compute_result")
    simcard_list = fields.Text(compute="_compute_result")
    there_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_transfer_there",
        string="Already there",
        compute="_compute_result",
    )
    there_count = fields.Integer(compute="_compute_result")
    there_list = fields.Text(compute="_compute_result")
    in_use_ids = fields.Many2many(
        "mvno.simcard",
        relation="mvno_simcard_transfer_in_use",
        string="In use",
        compute="_compute_result",
        help="They are in a customer's telephone and stay where they are.",
    )
    in_use_count = fields.Integer(compute="_compute_result")
    in_use_list = fields.Text(compute="_compute_result")

    @api.model
    def _default_scanned(self):
        if self.env.context.get("active_model") != "mvno.simcard":
            return False
        simcards = self.env["mvno.simcard"].search_fetch(
            [("id", "in", self.env.context.get("active_ids") or [])], ["iccid"]
        )
        return "\n".join([simcard.iccid for simcard in simcards])

    @api.depends("scanned", "platform_id", "destination", "holder_id")
    def _compute_result(self):
        return super()._compute_result()

    def _sort_found(self, simcards, ambiguous):
        target = self._target()
        in_use = simcards.filtered(lambda simcard: simcard.state in IN_TELEPHONES)
        there = (simcards - in_use).filtered(
            lambda simcard: simcard.holder_id == target
        )
        if self.destination == "holder" and not target:
            there = there.browse()  # nobody was chosen yet
        for name, found in (
            ("in_use", in_use),
            ("there", there),
            ("simcard", simcards - in_use - there),
        ):
            self._show_found(name, found)

    def _target(self):
        """:return: ``res.partner`` who gets the cards; empty for the stock room"""
        holder = self.holder_id._origin
        return holder if self.destination == "holder" else holder.browse()

    def action_transfer(self):
        """Hand over the cards that were found and are not in use.

        :return: a notification that says how many
        :raise UserError: when nobody was chosen, or there is nothing to transfer
        """
        self.ensure_one()
        target = self._target()
        if self.destination == "holder" and not target:
            raise UserError(
                self.env._("Choose the technician or shop that gets the SIM cards.")
            )
        if not self.simcard_ids:
            raise UserError(
                self.env._(
                    "There is nothing to transfer: scan SIM cards of the stock that "
                    "are neither in use nor there already."
                )
            )
        moved = self.simcard_ids._hand_over(target, self.note)
        message = self.env._(
            "%(count)s SIM cards are with %(holder)s now.",
            count=len(moved),
            holder=target.display_name or self.env._("the stock room"),
        )
        action = self.env["mvno.platform"]._notify(message, "success")
        action["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return action
