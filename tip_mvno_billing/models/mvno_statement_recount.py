# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import SQL


class MvnoStatement(models.Model):
    """The account of a month's events follows what became of them."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.statement"

    def _recount_unknown(self):
        """Count events that found their line as already there.

        One person's statement tells of a part of the month's unknown events; it has no
        more of them than the month.
        """
        if not self:
            return
        counts = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT platform_contract, count(*)
                      FROM mvno_usage_event
                     WHERE platform_id = %s
                       AND competence = %s
                       AND mvno_line_id IS NULL
                     GROUP BY platform_contract
                    """,
                    self.platform_id.id,
                    self[0].competence,
                )
            )
        )
        total = sum(counts.values())
        for statement in self:
            left = min(statement.unknown_count, total)
            known = statement.known_count + statement.unknown_count - left
            contracts = (statement.unknown_contracts or "").split(", ")
            still = ", ".join(filter(counts.get, contracts)) if left else False
            statement.write(
                {
                    "unknown_count": left,
                    "known_count": known,
                    "unknown_contracts": still,
                }
            )
