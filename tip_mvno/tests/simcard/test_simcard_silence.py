# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import AVAILABLE, MvnoCase
from ..silence_common import error_logs, refusing

ICCIDS = [f"895588877700000000{number}" for number in range(10, 13)]


@tagged("post_install", "-at_install")
class TestSimcardSilence(MvnoCase):
    """A statement that fails while the stock is read tells nobody's ICCID."""

    def test_new_simcards(self):
        rows = [{"sim_card": iccid, "status": AVAILABLE} for iccid in ICCIDS]
        self.platform_says("GET", "/estoque/listar", {"results": rows})
        self.platform.action_sync_simcards()
        with (
            refusing(self.cr, "mvno_simcard", "INSERT", "iccid", ICCIDS[1]),
            error_logs() as written,
        ):
            self.cron("sync")
        sync = self.platform.sync_ids.filtered(lambda sync: sync.kind == "simcards")
        self.assertIn("CheckViolation", sync.message)
        self.assertTrue([record for record in written if "not shown" in record])
        for iccid in ICCIDS:
            self.assertNotIn(iccid, "\n".join([*written, sync.message]))
