# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import SQL


class MvnoPlatformBill(models.Model):
    """Whose line each row of a bill is."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.platform.bill"

    def action_match(self):
        """Find the lines of the rows again: some are known only now."""
        self.check_access("write")
        for bill in self:
            bill.sudo()._match_lines()
        return True

    def _match_lines(self):
        """Find each row's line by what it was known by in that month.

        The platform's contract decides, then the ICCID, then the number, if no other
        contract is named with it. Each counts in the month first; who was known by it
        before, a line that was cancelled say, comes after that. A contract or an ICCID
        may also be that of a line which began later: it is charged too early.
        """
        self.ensure_one()
        rows = self.env["mvno.platform.bill.line"]
        self.env.flush_all()
        month_start, month_end = self.env["mvno.line.identity"]._month_bounds(
            self.platform_id, self.competence
        )
        self.env.execute_query(
            SQL(
                """
                WITH period AS MATERIALIZED (
                    SELECT period.line_id, period.date_from,
                           COALESCE(period.platform_contract, '') AS contract,
                           left(card.iccid, 19) AS stem,
                           COALESCE(period.number, '') AS number,
                           CASE WHEN COALESCE(period.date_from < %(month_end)s, TRUE)
                                 AND COALESCE(period.date_to > %(month_start)s, TRUE)
                                THEN 0 ELSE 1 END AS outside,
                           COALESCE(period.date_from >= %(month_end)s, FALSE)
                               AS is_later
                      FROM mvno_line_identity period
                      LEFT JOIN mvno_simcard card ON card.id = period.simcard_id
                     WHERE period.platform_id = %(platform)s
                ), told AS MATERIALIZED (
                    SELECT id, COALESCE(platform_contract, '') AS contract,
                           left(iccid, 19) AS stem, COALESCE(number, '') AS number
                      FROM mvno_platform_bill_line
                     WHERE bill_id = %(bill)s
                ), candidate AS (
                    SELECT told.id, period.line_id, period.date_from, outside AS rank
                      FROM told JOIN period USING (contract)
                     WHERE contract != ''
                     UNION ALL
                    SELECT told.id, period.line_id, period.date_from, 2 + outside
                      FROM told JOIN period USING (stem)
                     UNION ALL
                    SELECT told.id, period.line_id, period.date_from, 4 + outside
                      FROM told JOIN period USING (number)
                     WHERE number != ''
                       AND NOT is_later
                       AND '' IN (told.contract, period.contract)
                ), best AS (
                    SELECT DISTINCT ON (id) id, line_id
                      FROM candidate
                     ORDER BY id, rank, date_from DESC NULLS LAST, line_id DESC
                )
                UPDATE mvno_platform_bill_line line
                   SET mvno_line_id = best.line_id,
                       is_known = best.line_id IS NOT NULL
                  FROM told LEFT JOIN best USING (id)
                 WHERE line.id = told.id
                   AND (line.mvno_line_id IS DISTINCT FROM best.line_id
                        OR line.is_known IS NULL)
                RETURNING line.id
                """,
                bill=self.id,
                platform=self.platform_id.id,
                month_start=month_start,
                month_end=month_end,
            )
        )
        rows.invalidate_model(["mvno_line_id", "is_known"])
        self.invalidate_recordset()
