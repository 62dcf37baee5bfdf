# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoFileUpload(models.TransientModel):
    """What is asked of a month's statement that comes from a file."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.file.upload"

    whole_month = fields.Boolean(
        default=True,
        help="The file tells of all lines, complete: call records of this month that "
        "are not in it are removed. Otherwise they stay, except those of the contracts "
        "at the platform that the file names.",
    )

    def _load(self, target, headings):
        if self.res_model == "mvno.statement":
            target.sudo().file_whole_month = self.whole_month
        return super()._load(target, headings)
