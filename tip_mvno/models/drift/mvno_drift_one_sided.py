# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

# So many lines, or such a share of them, may be missing from an answer before it is
# taken for an incomplete one: nobody loses that many in a day.
MISSING_FLOOR = 20
MISSING_SHARE = 0.2


def is_too_much(missing, known):
    """:return: bool, whether an answer in which so many of the known are missing tells
    nothing about what is missing"""
    everything = missing and missing == known
    return everything or missing > max(MISSING_FLOOR, known * MISSING_SHARE)


class MvnoDrift(models.Model):
    """What the platform has that no line in service here is, and the reverse."""

    _inherit = "mvno.drift"

    @api.model
    def _compare_unlisted(self, platform, rows, answer):
        """List lines at the platform that no line in service here is.

        :param platform: ``mvno.platform`` record
        :param rows: ``mvno.drift.seen`` records in service that no line claimed
        :param Answer answer: which they belong to
        :return: the drifts listed
        """
        ended = self._ended_lines(platform, rows)
        lately = answer.at - timedelta(minutes=platform.drift_grace)
        busy = self._busy_lines(ended.values(), lately)
        simcards = self.env["mvno.simcard"].search_fetch(
            [
                ("platform_id", "=", platform.id),
                ("iccid_stem", "in", [row.iccid_stem for row in rows]),
            ],
            ["iccid"],
        )
        simcard_of = {simcard.iccid: simcard for simcard in simcards}
        found = []
        for row in rows:
            line = ended.get(row)
            if not line:
                simcard = simcard_of.get(row.iccid)
                found.append(
                    {
                        "kind": "unknown_here",
                        "subject": row.iccid or f"contract {row.platform_contract}",
                        "simcard_id": simcard.id if simcard else False,
                        **self._row_values(row),
                        "there": row.plan or row.raw_status,
                    }
                )
            elif line not in busy:
                found.append(
                    self._found(
                        "active_there",
                        line,
                        row,
                        here=line._state_label(),
                        there=row.raw_status,
                    )
                )
        return self._list(platform, found, answer)

    @api.model
    def _ended_lines(self, platform, rows):
        """:return: dict {row: the line here that was cancelled}, of those that are"""
        cancelled = self.env["mvno.line"].search(
            [
                ("platform_id", "=", platform.id),
                ("state", "=", "cancelled"),
                "|",
                ("platform_contract", "in", _values(rows, "platform_contract")),
                ("simcard_id.iccid_stem", "in", _values(rows, "iccid_stem")),
            ],
            order="id",
        )
        of_contract = {line.platform_contract: line for line in cancelled}
        of_stem = {line.simcard_id.iccid_stem: line for line in cancelled}
        found = {}
        for row in rows:
            line = row.platform_contract and of_contract.get(row.platform_contract)
            if not line:
                line = of_stem.get(row.iccid_stem)
                told = line and line.platform_contract and row.platform_contract
                if not line or told or not row._is_sim(line.simcard_id.iccid):
                    continue
            found[row] = line
        return found

    @api.model
    def _busy_lines(self, lines, lately):
        """:return: set of cancelled lines that something happened to so lately that the
        platform may lag behind"""
        ids = [line.id for line in lines]
        commands = self.env["mvno.command"]
        groups = commands._read_group(
            [("line_id", "in", ids), ("state", "in", commands._open_states)],
            ["line_id"],
        )
        changes = self.env["mvno.transition"]._read_group(
            [
                ("res_model", "=", "mvno.line"),
                ("res_id", "in", ids),
                ("date", ">", lately),
            ],
            ["res_id"],
        )
        lines = self.env["mvno.line"]
        return lines.browse(line.id for (line,) in groups) | lines.browse(
            res_id for (res_id,) in changes
        )

    # === WHETHER THE ANSWER IS COMPLETE === #

    @api.model
    def _count_unlisted(self, platform):
        """:return: (how many lines in service here the platform's answer does not hold,
        how many there are)"""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE NOT EXISTS (
                           SELECT FROM mvno_drift_seen AS seen
                            WHERE seen.platform_id = line.platform_id
                              AND seen.platform_contract = line.platform_contract
                       ) AND NOT EXISTS (
                           SELECT FROM mvno_drift_seen AS seen
                            WHERE seen.platform_id = line.platform_id
                              AND seen.iccid_stem = simcard.iccid_stem
                       )),
                       count(*)
                  FROM mvno_line AS line
                  JOIN mvno_simcard AS simcard ON simcard.id = line.simcard_id
                 WHERE line.platform_id = %s AND line.state IN %s
                """,
                platform.id,
                self.env["mvno.line"]._live_states,
            )
        )[0]

    # === SIM CARDS NOT IN THE STOCK ANY MORE === #

    @api.model
    def _gone_domain(self, platform, since):
        return [
            ("platform_id", "=", platform.id),
            ("state", "!=", "cancelled"),
            "|",
            ("checked_at", "<", since),
            ("checked_at", "=", False),
            ("create_date", "<", since),
        ]

    @api.model
    def _compare_stock(self, platform, since, answer):
        """List SIM cards that the platform's stock has not held since then; nobody is
        to pick them any more. Those of lines in service are told by their lines.

        :param platform: ``mvno.platform`` record
        :param since: when the complete comparison before this one began: rows may slip
            from one page to the other while the stock is read, hardly twice
        :param Answer answer: the comparison's
        :return: the drifts listed
        """
        simcards = self.env["mvno.simcard"].with_context(tracking_disable=True)
        gone = simcards.search(self._gone_domain(platform, since))
        known = simcards.search_count(
            [("platform_id", "=", platform.id), ("state", "!=", "cancelled")]
        )
        if is_too_much(len(gone), known):
            return self.browse()
        gone = gone.filtered(
            lambda simcard: not any(
                line.state in line._live_states for line in simcard.line_ids
            )
        )
        found = [
            {
                "kind": "simcard_gone",
                "subject": simcard.iccid,
                "simcard_id": simcard.id,
                "platform_status": simcard.platform_status,
            }
            for simcard in gone
        ]
        listed = self._list(platform, found, answer)
        gone.filtered(lambda simcard: simcard.state != "unknown").write(
            {"state": "unknown"}
        )
        return listed

    # === RESOLVING WHAT WAS NOT SEEN === #

    @api.model
    def _end_sweep(self, platform, answer):
        """Resolve what a comparison did not see and no line in service is about.

        :param platform: ``mvno.platform`` record
        :param Answer answer: the comparison's
        """
        open_ones = [("platform_id", "=", platform.id), ("state", "!=", "resolved")]
        self.search(
            [
                *open_ones,
                ("line_id.state", "=", "cancelled"),
                ("kind", "!=", "active_there"),
            ]
        )._settle_gone()
        self.search(
            [
                *open_ones,
                ("kind", "=", "simcard_gone"),
                "|",
                ("simcard_id.checked_at", ">=", answer.began_at),
                ("simcard_id.state", "=", "cancelled"),
            ]
        )._settle_gone()
        if not answer.is_complete:
            return
        self.search(
            [
                *open_ones,
                ("kind", "in", ("unknown_here", "active_there")),
                ("seen_in", "!=", answer.number),
            ]
        )._settle_gone()


def _values(rows, name):
    return [value for value in rows.mapped(name) if value]
