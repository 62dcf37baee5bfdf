# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

DEFECT_REASONS = [
    ("no_signal", "Does not register on the network"),
    ("damaged", "Damaged"),
    ("misprint", "Print wrong or unreadable"),
    ("lost", "Lost"),
    ("other", "Other"),
]


class MvnoSimcard(models.Model):
    """SIM cards set aside because they are of no use.

    The platform knows nothing of it: to it the card goes on being available, so that
    this stands beside the mirrored state and survives every synchronization.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.simcard"

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

    @api.model
    def _available_domain(self):
        """:return: the SIM cards that can be given to a line"""
        return [("state", "=", "available"), ("is_defective", "=", False)]

    def _defect_label(self):
        """:return: why it is set aside, in the reader's words"""
        self.ensure_one()
        labels = dict(self._fields["defect_reason"]._description_selection(self.env))
        return ": ".join(
            filter(None, [labels.get(self.defect_reason), self.defect_note])
        )

    def action_mark_defective(self, reason=None, note=None):
        """Set SIM cards aside; draft lines that hold one are told to choose another.

        :param str reason: a key of ``DEFECT_REASONS``; without one the dialog opens
        :param str note: more about it
        :return: the dialog's action, or True
        """
        self.check_access("read")
        if reason is None:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "tip_mvno.mvno_simcard_defect_action"
            )
            return {**action, "context": {"default_simcard_ids": self.ids}}
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
