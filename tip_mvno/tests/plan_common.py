# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of a line's operations share: another plan of its platform."""

from datetime import date
from unittest.mock import patch

from .common import SettleCase


class PlanCase(SettleCase):
    """A line in service, and another plan of its platform."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_plan = cls._make_plan("0102", "10 GB")
        cls.other = cls._make_product(
            cls.other_plan, list_price=89.9, contract_months=24
        )
        cls.line = cls._make_line("active")
        cls.contract_line = cls.line.contract_line_id
        cls.contract_line.date_start = "2026-01-10"

    def at(self, day):
        """Let it be this day where the platform is."""
        today = patch.object(
            self.registry["mvno.platform"],
            "_today",
            lambda platform: date.fromisoformat(day),
        )
        self.startPatcher(today)

    def accept(self, action, **kwargs):
        self.write_says(self.line.simcard_id, action, **kwargs)
