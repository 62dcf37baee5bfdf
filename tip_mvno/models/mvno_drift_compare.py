# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

from ..lib import SimStatus
from ..tools.brazil import clean_document
from .mvno_command import OPEN_STATES
from .mvno_drift_seen import Listed
from .mvno_line import LIVE_STATES, STATE_OF_LEVEL

# What a line here can be compared in; a draft is not known at the platform.
COMPARED_STATES = ("activating", *LIVE_STATES)
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

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
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
                if not {"other_holder"} & {drift["kind"] for drift in contradictions}:
                    followed[line] = (row, status)
            elif line.state in LIVE_STATES and answer.is_complete:
                found.append(
                    self._found(
                        "missing_there",
                        line,
                        here=line._state_label(),
                        there=line.simcard_id.platform_status,
                    )
                )
            elif line.state in LIVE_STATES:
                # whether it is gone cannot be told from this answer
                judged -= line
        self._note_reads(accepted, rows)
        self._follow_all(lines.browse(line.id for line in followed), followed)
        found += self._block_drifts(followed)
        return self._conclude(platform, judged, found, answer)

    @api.model
    def _listed(self, platform, lines):
        """:return: :class:`Listed` about these lines"""
        seen = self.env["mvno.drift.seen"]._of_lines(lines)
        elsewhere = self.env["mvno.line"].search_fetch(
            [
                ("platform_id", "=", platform.id),
                ("state", "in", COMPARED_STATES),
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
        groups = self.env["mvno.command"]._read_group(
            [
                ("line_id", "in", lines.ids),
                "|",
                ("state", "in", OPEN_STATES),
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

    # === WHAT CONTRADICTS === #

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
        return {**found, **self._told(row)} if row else found

    @api.model
    def _told(self, row):
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
    def _block_drifts(self, followed):
        """:return: list of dict: blocks that only the platform wants, or only we"""
        found = []
        for line, (row, _status) in followed.items():
            if line.state not in LIVE_STATES:
                continue
            reasons = [hold.reason for hold in line.hold_ids if not hold.lifted_at]
            if reasons == ["platform"]:
                kind = "blocked_there"
            elif line.state == "active" and reasons and not line.open_command_id:
                kind = "unblocked_there"
            else:
                continue
            wanted = dict(line._fields["state"]._description_selection(self.env))
            found.append(
                self._found(
                    kind,
                    line,
                    row,
                    here=wanted[
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
