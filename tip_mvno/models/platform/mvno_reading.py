# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import plaintext2html

# So often a reading may begin without coming to an end.
BEGUN_MAX = 3


class MvnoReading(models.AbstractModel):
    """Reading from a platform in the background, which its worker may not survive.

    Whoever fails plans the next try; a process that was killed cannot. So a beginning
    is counted, and committed, before it is made; what has begun too often without an
    end, good or bad, is for a person.
    """

    _name = "mvno.reading"
    _description = "Reading in the background"

    begun_count = fields.Integer(
        readonly=True,
        copy=False,
        help="How often it has begun since it last came to an end.",
    )

    def _note_begin(self):
        """Count a reading that is about to begin; commit before it does.

        :return: None where it may begin; else a sentence about why not, which the
            platform's responsible is told
        """
        self.ensure_one()
        if self.begun_count < BEGUN_MAX:
            self.begun_count += 1
            return None
        sentence = self.env._(
            "%(what)s was begun %(count)s times, and each time the server's process "
            "ended before it did. It is not begun again by itself: have the server's "
            "log looked at, then start it again.",
            what=self.display_name,
            count=self.begun_count,
        )
        self.begun_count = 0
        platform = self.platform_id
        platform.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("A reading was stopped"),
            note=plaintext2html(sentence),
            user_id=(platform.user_id or platform.create_uid).id,
        )
        return sentence

    def _note_end(self):
        """The reading has come to an end, a bad one maybe."""
        self.filtered("begun_count").begun_count = 0
