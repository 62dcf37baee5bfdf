# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import Counter, defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

from ...lib import SimStatus
from ...tools.brazil import clean_document
from ...tools.bulk import where
from ...tools.cursor import database_now
from ...tools.labels import labels_of
from ..activation.mvno_line import NUMBER
from ..hold.mvno_line import STATE_OF_LEVEL
from ..line.mvno_line_read import IN_SERVICE, NOTHING_FOREIGN
from .mvno_drift_seen import Listed

_logger = logging.getLogger(__name__)

# What makes a row another line's: nothing of it is taken over.
FOREIGN = frozenset(("other_holder", "other_simcard", "other_contract"))
TOLD_LEVELS = (SimStatus.PARTIALLY_BLOCKED, SimStatus.TOTALLY_BLOCKED)


class Answer(NamedTuple):
    """The platform's answer that lines are compared with.

    :param number: of the comparison, among those of the platform
    :param began_at: when its stock was begun to be read
    :param at: when its subscribers were asked for
    :param is_complete: False where nothing may be concluded from what is missing
    """

    number: int
    began_at: object
    at: object
    is_complete: bool


class MvnoDrift(models.Model):
    """How lines are compared with what the platform listed, many at once.

    What is only late knowledge is taken over, as a read of the line would; what
    contradicts is listed.
    """

    _inherit = "mvno.drift"

    @api.model
    def _compare_lines(self, platform, lines, answer):
        """Compare lines of a platform, in a number of queries that they do not change.

        :param platform: ``mvno.platform`` record
        :param lines: its ``mvno.line`` records in service or being activated
        :param Answer answer: what they are compared with
        :return: the drifts listed
        """
        lines = lines.with_context(tracking_disable=True)
        documents = {
            line: clean_document(line.partner_id.commercial_partner_id.vat)
            for line in lines
        }
        rows = self._listed(platform, lines).match(documents)
        self.env["mvno.drift.seen"].browse(row.id for row in rows.values()).write(
            {"claimed": True}
        )
        judged = lines - self._left_alone(platform, lines, answer)
        accepted = judged.filtered(lambda line: line._was_accepted())
        found = []
        followed = {}
        for line in accepted:
            row = rows.get(line)
            status = self._true_status(line, row, answer)
            if status == SimStatus.CANCELLED:
                found.append(self._cancelled_there(line, row))
            elif row:
                contradictions = self._contradictions(line, row, documents[line])
                found += contradictions
                if FOREIGN.isdisjoint(drift["kind"] for drift in contradictions):
                    followed[line] = (row, status)
            elif line.state in line._live_states and answer.is_complete:
                found.append(
                    self._found(
                        "missing_there",
                        line,
                        here=line._state_label(),
                        there=line.simcard_id.platform_status,
                    )
                )
            elif line.state in line._live_states:
                # whether it is gone cannot be told from this answer
                judged -= line
        foreign = {drift["line_id"] for drift in found if drift["kind"] in FOREIGN}
        self._note_reads(accepted.filtered(lambda line: line.id not in foreign), rows)
        self._follow_all(lines.browse(line.id for line in followed), followed)
        found += self._foreign_answers(judged)
        self._read_doubted(followed)
        found += self._block_drifts(followed)
        return self._conclude(platform, judged, found, answer)

    @api.model
    def _listed(self, platform, lines):
        """:return: :class:`Listed` about these lines"""
        seen = self.env["mvno.drift.seen"]._of_lines(lines)
        elsewhere = self.env["mvno.line"].search_fetch(
            [
                ("platform_id", "=", platform.id),
                ("state", "in", lines._compared_states()),
                ("id", "not in", lines.ids),
                ("platform_contract", "in", seen.mapped("platform_contract")),
            ],
            ["platform_contract"],
        )
        return Listed(seen, set(elsewhere.mapped("platform_contract")) - {False})

    @api.model
    def _left_alone(self, platform, lines, answer):
        """:return: the lines with a request on its way, or settled too short before the
        answer: what the platform says of them may lag behind"""
        lately = answer.at - timedelta(minutes=platform.drift_grace)
        commands = self.env["mvno.command"]
        groups = commands._read_group(
            [
                ("line_id", "in", lines.ids),
                "|",
                ("state", "in", commands._open_states),
                ("settled_at", ">", lately),
            ],
            ["line_id"],
        )
        recent = lines.filtered(lambda line: line.create_date > answer.at)
        return recent | lines.browse(line.id for (line,) in groups)

    @api.model
    def _true_status(self, line, row, answer):
        """What the platform has this line as; its list of subscribers tells less than
        its stock, which was read a little before.

        :return: ``lib.SimStatus``, or None when it tells nothing
        """
        simcard = line.simcard_id
        fresh = simcard.checked_at and simcard.checked_at >= answer.began_at
        in_stock = SimStatus.from_wire(simcard.platform_status) if fresh else None
        if row is None:
            return SimStatus.CANCELLED if in_stock == SimStatus.CANCELLED else None
        told = row._sim_status()
        if not row._is_sim(simcard.iccid):
            return told
        if in_stock == SimStatus.CANCELLED:
            return in_stock
        if told == SimStatus.BLOCKED and in_stock in TOLD_LEVELS:
            return in_stock
        return told

    # === FINDING CONTRADICTIONS === #

    @api.model
    def _found(self, kind, line, row=None, **vals):
        """:return: dict of values of a drift about a line"""
        found = {
            "kind": kind,
            "subject": f"line {line.id}",
            "line_id": line.id,
            "simcard_id": line.simcard_id.id,
            **vals,
        }
        return {**found, **self._row_values(row)} if row else found

    @api.model
    def _row_values(self, row):
        """:return: dict, what a row tells of its line, as values of a drift"""
        return {
            "iccid": row.iccid,
            "number": row.number,
            "platform_contract": row.platform_contract,
            "platform_status": row.raw_status,
            "holder": row.holder,
            "document": row.document,
        }

    @api.model
    def _cancelled_there(self, line, row):
        told = row.raw_status if row and not row.is_live else False
        found = self._found("cancelled_there", line, row, here=line._state_label())
        status = told or line.simcard_id.platform_status
        return {**found, "there": status, "platform_status": status}

    @api.model
    def _contradictions(self, line, row, document):
        """:return: list of dict, what of a line in service here the platform has
        otherwise"""
        found = []
        if not row._is_held_by(document):
            found.append(
                self._found(
                    "other_holder", line, row, here=document, there=row.document
                )
            )
        if row.iccid and not row._is_sim(line.simcard_id.iccid):
            found.append(
                self._found(
                    "other_simcard",
                    line,
                    row,
                    here=line.simcard_id.iccid,
                    there=row.iccid,
                )
            )
        elif (
            line.platform_contract
            and row.platform_contract
            and line.platform_contract != row.platform_contract
        ):
            found.append(
                self._found(
                    "other_contract",
                    line,
                    row,
                    here=line.platform_contract,
                    there=row.platform_contract,
                )
            )
        plan = line.product_id.product_tmpl_id.mvno_plan_id
        if plan and row.plan and not plan._is_called(row.plan):
            found.append(
                self._found("other_plan", line, row, here=plan.name, there=row.plan)
            )
        return found

    @api.model
    def _foreign_answers(self, lines):
        """:return: list of dict: lines about which the platform told what cannot be
        theirs, and lines that share their number"""
        numbers = [line.number for line in lines if line.number]
        groups = lines._read_group(
            [
                ("company_id", "in", lines.company_id.ids),
                ("number", "in", numbers),
                ("state", "in", ("activating", *lines._live_states)),
            ],
            ["number"],
            having=[("__count", ">", 1)],
        )
        shared = {number for (number,) in groups}
        told_wrongly = [
            self._found(
                "foreign_answer",
                line,
                here=line._format_number(line.number) or line.platform_contract,
                there=line._format_number(line.foreign_told)
                or labels_of(line, "foreign_answer")[line.foreign_answer],
            )
            for line in lines
            if line.foreign_answer
        ]
        return told_wrongly + [
            self._found("same_number", line, here=line._format_number(line.number))
            for line in lines
            if line.number in shared
        ]

    @api.model
    def _read_doubted(self, lines):
        """Have lines read anew of which a read told what this answer does not: as long
        as the reads go wrong, no request can be settled by them.

        :param lines: iterable of lines about which the answer agrees
        """
        doubted = self.env["mvno.line"].union(
            *(line for line in lines if line.foreign_answer)
        )
        if doubted:
            doubted.simcard_id._read_by_cron()

    @api.model
    def _block_drifts(self, followed):
        """:return: list of dict: blocks that only the platform wants, or only we"""
        found = []
        for line, (row, _status) in followed.items():
            if line.state not in line._live_states:
                continue
            reasons = [hold.reason for hold in line.hold_ids if not hold.lifted_at]
            if reasons == ["platform"]:
                kind = "blocked_there"
            elif line.state == "active" and reasons and not line.open_command_id:
                kind = "unblocked_there"
            else:
                continue
            labels = labels_of(line, "state")
            found.append(
                self._found(
                    kind,
                    line,
                    row,
                    here=labels[
                        "active"
                        if kind == "blocked_there"
                        else STATE_OF_LEVEL[line.hold_level]
                    ],
                    there=line.platform_status or row.raw_status,
                )
            )
        return found

    @api.model
    def _conclude(self, platform, judged, found, answer):
        """List what was found, and resolve what was not about the lines judged."""
        listed = self._list(platform, found, answer)
        about = self.search(
            [("line_id", "in", judged.ids), ("state", "!=", "resolved")]
        )
        (about - listed)._settle_gone()
        return listed

    # === FOLLOWING WHAT IS NO CONTRADICTION, BUT NEWS === #

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
        now = database_now(self.env.cr)
        for raw_status, ids in by_status.items():
            same = lines.browse(ids)
            same.filtered(
                lambda line, told=raw_status: line.platform_status != told
            ).write({"platform_status": raw_status})
            same.write({"checked_at": now})
            status = SimStatus.from_wire(raw_status)
            same._note_state_seen(dict.fromkeys(ids, status))

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
        except Exception as error:
            if len(lines) == 1:
                told = where(error)
                _logger.error("Line %s could not follow: %s", lines.id, told)
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
        """Take over numbers and contracts that no other line has."""
        news = {}
        for line, (row, _status) in followed.items():
            vals = {}
            if row.number != line.number and NUMBER.fullmatch(row.number or ""):
                vals |= {**NOTHING_FOREIGN, "number": row.number}
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
        numbers = Counter(vals["number"] for vals in news.values() if "number" in vals)
        in_use = lines._numbers_in_use(list(numbers)) if numbers else ()
        for line, vals in news.items():
            number = vals.get("number")
            if number and (numbers[number] > 1 or number in in_use):
                del vals["number"]
                vals |= {"foreign_answer": "number", "foreign_told": number}
            if vals.get("platform_contract") in (taken or ()):
                del vals["platform_contract"]
            line.write(vals)
