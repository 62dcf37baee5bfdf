# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..tools.labels import labels_of
from ..tools.simcard import read_iccids

# Lines a listing shows; a browser is slow with thousands of records in a dialog.
SHOWN = 50


class MvnoSimcardScan(models.AbstractModel):
    """A dialog into which a bar code scanner types, or a list is pasted.

    What it found is computed, not stored: two thousand cards cost as many queries as
    two.
    """

    _name = "mvno.simcard.scan"
    _description = "Scanned SIM Cards"
    _inherit = ["mvno.walled"]

    platform_id = fields.Many2one(
        "mvno.platform", default=lambda self: self._default_platform_id()
    )
    several_platforms = fields.Boolean(
        default=lambda self: self.env["mvno.platform"].search_count([], limit=2) > 1
    )
    scanned = fields.Text(
        string="ICCIDs",
        help="One ICCID per line, as scanners type it, or a list copied from a "
        "spreadsheet.",
    )
    scanned_count = fields.Integer(string="Scanned", compute="_compute_result")
    unknown = fields.Text(
        string="Not in the stock",
        compute="_compute_result",
        help="No SIM card of the stock has this number.",
    )
    unknown_count = fields.Integer(compute="_compute_result")
    ambiguous = fields.Text(
        string="Several SIM cards answer",
        compute="_compute_result",
        help="Numbers that fit several SIM cards but for the check digit.",
    )
    ambiguous_count = fields.Integer(compute="_compute_result")

    def _default_platform_id(self):
        platforms = self.env["mvno.platform"].search([], limit=2)
        return platforms if len(platforms) == 1 else False

    def _compute_result(self):
        """Say what was scanned; what was found is for :meth:`_sort_found`."""
        for dialog in self:
            iccids, rest = read_iccids(dialog.scanned)
            found, ambiguous, unknown = dialog.env["mvno.simcard"]._match_prints(
                iccids, dialog.platform_id
            )
            dialog.scanned_count = len(iccids) + len(rest)
            dialog.unknown = dialog._first_lines(unknown + rest)
            dialog.unknown_count = len(unknown) + len(rest)
            dialog.ambiguous = dialog._first_lines(
                [
                    f"{iccid}: {dialog._ambiguous_text(simcards)}"
                    for iccid, simcards in ambiguous.items()
                ]
            )
            dialog.ambiguous_count = len(ambiguous)
            simcards = dialog.env["mvno.simcard"].union(*found.values())
            dialog._sort_found(simcards, ambiguous)

    def _show_found(self, name, simcards):
        """Fill the three fields of one kind: the cards, their number, their listing.

        :param str name: what the fields' names begin with
        :param simcards: ``mvno.simcard`` records
        """
        self[f"{name}_ids"] = simcards
        self[f"{name}_count"] = len(simcards)
        self[f"{name}_list"] = self._listing(simcards)

    def _first_lines(self, lines):
        """:return: the first of these lines as text, and how many more there are"""
        text = "\n".join(lines[:SHOWN])
        if len(lines) > SHOWN:
            more = self.env._("... and %(count)s more", count=len(lines) - SHOWN)
            text = f"{text}\n{more}"
        return text or False

    def _listing(self, simcards):
        """:return: text, one line per SIM card with what matters of it"""
        labels = labels_of(simcards, "state")
        lines = []
        for simcard in simcards[:SHOWN]:
            facts = [
                simcard.iccid,
                labels[simcard.state],
                simcard.is_defective and self.env._("defective"),
                simcard.is_esim and "eSIM",
                simcard.holder_id.display_name,
            ]
            lines.append(" · ".join(filter(None, facts)))
        return self._first_lines(lines + [""] * (len(simcards) - len(lines)))

    def _ambiguous_text(self, simcards):
        """:return: the SIM cards a number fits, as text"""
        if len({simcard.iccid for simcard in simcards}) == 1 < len(simcards):
            return ", ".join(simcard.platform_id.name for simcard in simcards)
        return ", ".join(simcard.iccid for simcard in simcards)

    def _sort_found(self, simcards, ambiguous):
        """Sort the cards that were found into the dialog's fields.

        :param simcards: ``mvno.simcard`` records
        :param dict ambiguous: see ``tools.simcard.match_iccids``
        """
        raise NotImplementedError

    def _reopen(self):
        """:return: the action that shows this dialog again, with what was found"""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self._description,
        }

    def action_check(self):
        """Show what was found; nothing is written."""
        return self._reopen()
