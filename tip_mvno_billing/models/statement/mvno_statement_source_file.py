# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.usage_file import PROBLEMS_READ, UsageFile


class MvnoStatementSourceFile(models.AbstractModel):
    """A file in place of the platform's answer.

    All of it comes in or nothing: rows that cannot be read are listed. It holds call
    records, so it is forgotten however the import ends.
    """

    _name = "mvno.statement.source.file"
    _description = "File"
    _inherit = ["mvno.statement.source"]

    @api.model
    def _problem(self, statement):
        if not statement.sudo().source_file:
            return self.env._(
                "The file of statement %(statement)s is there no more. Load it again.",
                statement=statement.display_name,
            )
        return False

    @api.model
    def _open(self, statement):
        contracts = self._contracts_of_numbers(statement)
        return contextlib.nullcontext(UsageFile(statement, contracts))

    @api.model
    def _contracts_of_numbers(self, statement):
        """:return: dict of number (E.164): its contract at the platform in the month,
        where there is one only; what the platform told goes first"""
        self.env.flush_all()
        month_start, month_end = self.env["mvno.line.identity"]._month_bounds(
            statement.platform_id, statement.competence
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH named AS (
                        SELECT 1 AS turn, number, platform_contract
                          FROM mvno_usage_event
                         WHERE platform_id = %(platform)s
                           AND competence = %(competence)s
                           AND number != ''
                           AND platform_contract != ''
                         GROUP BY number, platform_contract
                         UNION ALL
                        SELECT 2, number, platform_contract
                          FROM mvno_line_identity
                         WHERE platform_id = %(platform)s
                           AND number IS NOT NULL
                           AND platform_contract IS NOT NULL
                           AND COALESCE(date_from < %(month_end)s, TRUE)
                           AND COALESCE(date_to > %(month_start)s, TRUE)
                         GROUP BY number, platform_contract
                    ), single AS (
                        SELECT turn, number, min(platform_contract) AS contract
                          FROM named
                         GROUP BY turn, number
                        HAVING count(*) = 1
                    )
                    SELECT DISTINCT ON (number) number, contract
                      FROM single
                     ORDER BY number, turn
                    """,
                    platform=statement.platform_id.id,
                    competence=statement.competence,
                    month_start=month_start,
                    month_end=month_end,
                )
            )
        )

    @api.model
    def _tells_whole_month(self, statement):
        return super()._tells_whole_month(statement) and statement.file_whole_month

    @api.model
    def _accept(self, statement, unreadable):
        if not unreadable:
            return True
        statement._keep_file_problems(unreadable)
        self._end_import(
            statement, self._unreadable_rows_sentence(statement, len(unreadable))
        )
        return False

    @api.model
    def _finish(self, statement):
        statement.source_file = False

    @api.model
    def _fail(self, statement, error):
        self._end_import(statement, self._failed_sentence(statement, error))

    @api.model
    def _end_import(self, statement, sentence):
        statement._transition("fail", sentence, last_error=sentence, source_file=False)

    @api.model
    def _unreadable_rows_sentence(self, statement, count):
        if count >= PROBLEMS_READ:
            return self.env._(
                "File %(file)s was not imported: more than %(count)s of its values "
                "cannot be read. The first ones are listed below; look whether each "
                "column is the right one.",
                file=statement.source_name,
                count=count - 1,
            )
        return self.env._(
            "File %(file)s was not imported: %(count)s of its values cannot be read. "
            "They are listed below; correct them in the file and load it again.",
            file=statement.source_name,
            count=count,
        )

    @api.model
    def _failed_sentence(self, statement, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "File %(file)s could not be imported: something unexpected happened, which "
            "the server's log tells. Nothing of it was kept.",
            file=statement.source_name,
        )
