# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of what a line shows share."""

from datetime import date

from freezegun import freeze_time

from .common import MvnoCase

NOON = "2026-11-10 15:00:00"
NOVEMBER = date(2026, 11, 1)


@freeze_time(NOON)
class LineViewCase(MvnoCase):
    """A line as an attendant sees it, at noon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.seen = cls.line.with_user(cls.attendant).with_context(lang="en_US")

    def assertReads(self, text, expected):
        """Check a text of numbers, whatever the database's decimal sign is."""
        self.assertEqual(text.replace(",", "."), expected)

    def _used(self, line=None, month=NOVEMBER, **vals):
        return self.env["mvno.usage"].create(
            {"line_id": (line or self.line).id, "competence": month, **vals}
        )
