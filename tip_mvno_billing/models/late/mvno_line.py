# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import models

from odoo.addons.tip_mvno.tools.bulk import where

from ..run.mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)


class MvnoLine(models.Model):
    _inherit = "mvno.line"

    def _on_days_learnt(self, first_day, last_day, kind):
        """What was learnt of billed months is noted, to be settled afterwards. Whoever
        learns it is not undone by what follows for the money, but is tried again where
        somebody else was at the same rows."""
        result = super()._on_days_learnt(first_day, last_day, kind)
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env["mvno.billing.fact"].sudo()._note(
                    self, first_day, last_day, kind
                )
        except CONFLICTS:
            raise
        except Exception as error:
            _logger.error(
                "Lines %s: what was learnt of %s to %s is not noted: %s",
                self.ids,
                first_day,
                last_day,
                where(error),
            )
        return result
