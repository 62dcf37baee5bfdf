# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import defaultdict

from odoo import api, fields, models

from .mvno_line_activation import NUMBER
from .mvno_line_read import IN_SERVICE

_logger = logging.getLogger(__name__)


class MvnoDrift(models.Model):
    """What is only late knowledge: lines follow as after a read of each."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.drift"

    @api.model
    def _note_reads(self, lines, rows):
        """Keep what the platform calls these lines' status, and when it told it."""
        by_status = defaultdict(list)
        for line in lines.filtered(rows.get):
            row, simcard = rows[line], line.simcard_id
            # the stock speaks as a read of one SIM card does
            in_stock = row.is_live and row._is_sim(simcard.iccid)
            told = simcard.platform_status if in_stock else False
            by_status[told or row.raw_status].append(line.id)
        now = fields.Datetime.now()
        for raw_status, ids in by_status.items():
            same = lines.browse(ids)
            same.filtered(
                lambda line, told=raw_status: line.platform_status != told
            ).write({"platform_status": raw_status})
            same.write({"checked_at": now})

    @api.model
    def _follow_all(self, lines, followed):
        """Take over what is only late; one line must not keep the others from it.

        :param lines: lines to be followed
        :param dict followed: {line: (row, ``lib.SimStatus``)}
        """
        if not lines:
            return
        # what the caller wrote fails as the caller's own, not in here
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self._follow(lines, {line: followed[line] for line in lines})
        except Exception:
            if len(lines) == 1:
                _logger.exception("Line %s could not follow the platform", lines.id)
                return
            half = len(lines) // 2
            self._follow_all(lines[:half], followed)
            self._follow_all(lines[half:], followed)

    @api.model
    def _follow(self, lines, followed):
        """Take over for these lines what a read of each would have brought.

        :param dict followed: {line: (row, ``lib.SimStatus``)}
        """
        self._fill_in(lines, followed)
        starting = [
            line
            for line, (_row, status) in followed.items()
            if line.state == "activating" and line.number and status in IN_SERVICE
        ]
        for line in starting:
            line._start_service(line._accepted_on())
        answers = {
            line.id: (status, row.raw_status)
            for line, (row, status) in followed.items()
            if line._is_news(status)
        }
        lines.browse(answers)._take_block_states(answers)

    @api.model
    def _fill_in(self, lines, followed):
        """Take over numbers, and contracts that no other line has."""
        news = {}
        for line, (row, _status) in followed.items():
            vals = {}
            if row.number != line.number and NUMBER.fullmatch(row.number or ""):
                vals["number"] = row.number
            if row.platform_contract and not line.platform_contract:
                vals["platform_contract"] = row.platform_contract
            if vals:
                news[line] = vals
        contracts = [
            vals["platform_contract"]
            for vals in news.values()
            if "platform_contract" in vals
        ]
        taken = contracts and lines.search_fetch(
            [
                ("platform_id", "in", lines.platform_id.ids),
                ("platform_contract", "in", contracts),
                ("state", "!=", "cancelled"),
            ],
            ["platform_contract"],
        ).mapped("platform_contract")
        for line, vals in news.items():
            if vals.get("platform_contract") in (taken or ()):
                del vals["platform_contract"]
            line.write(vals)
