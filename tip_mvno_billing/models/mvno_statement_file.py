# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.usage_file import PROBLEMS_READ, UsageFile, columns_of_usage


class MvnoStatement(models.Model):
    """A month imported from a file instead of from the platform.

    The same driver reads it, by the same path and into the same events. All of the file
    comes in or nothing: rows that cannot be read are listed.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _name = "mvno.statement"
    _inherit = ["mvno.statement", "mvno.file.target"]

    _file_kind = "usage"

    source = fields.Selection(
        [("platform", "Platform"), ("file", "File")],
        string="Imported from",
        required=True,
        default="platform",
        readonly=True,
        copy=False,
    )
    file_whole_month = fields.Boolean(
        readonly=True,
        copy=False,
        help="The file tells of all lines: what is not in it goes from the month.",
    )

    def _file_columns(self):
        return columns_of_usage(self.env)

    def _check_file_columns(self, names):
        result = super()._check_file_columns(names)
        columns = self._file_columns()
        for either in (("platform_contract", "number"), ("started_at", "day")):
            if not names & set(either):
                raise UserError(
                    self.env._(
                        "Say which column of the file is “%(one)s” or “%(other)s”: "
                        "without one of them its rows say nothing.",
                        one=columns[either[0]].label,
                        other=columns[either[1]].label,
                    )
                )
        return result

    def _load_file(self):
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "A file takes the place of a month's call records, which usage is "
                    "billed by: loading one is for MVNO managers."
                )
            )
        for statement in self:
            problem = statement._file_load_problem()
            if problem:
                raise UserError(problem)
        self.sudo().source = "file"
        self.sudo()._await_import()

    def _file_load_problem(self):
        """:return: a sentence about why no file can be loaded now, or False"""
        self.ensure_one()
        if self.partner_id:
            return self.env._(
                "Statement %(statement)s shows one person only. Load a file into the "
                "month's statement of all subscribers.",
                statement=self.display_name,
            )
        if self.state == "importing":
            return self.env._(
                "Statement %(statement)s is being imported. Stop that, or wait for its "
                "end, and load the file then.",
                statement=self.display_name,
            )
        if self._is_month_closed():
            return self._import_problem()
        return False

    def action_import(self):
        # the platform is asked, whatever came from a file before
        self.check_access("write")
        self.sudo().write({"source": "platform", "source_file": False})
        return super().action_import()

    def _source_problem(self):
        if self.source != "file":
            return super()._source_problem()
        if not self.sudo().source_file:
            return self.env._(
                "The file of statement %(statement)s is there no more. Load it again.",
                statement=self.display_name,
            )
        return False

    def _open_source(self):
        if self.source != "file":
            return super()._open_source()
        return contextlib.nullcontext(UsageFile(self, self._contracts_of_numbers()))

    def _contracts_of_numbers(self):
        """:return: dict of number (E.164): its contract at the platform in this month,
        where there is one only; what the platform told goes first"""
        self.env.flush_all()
        month_start, month_end = self.env["mvno.line.identity"]._month_bounds(
            self.platform_id, self.competence
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
                    platform=self.platform_id.id,
                    competence=self.competence,
                    month_start=month_start,
                    month_end=month_end,
                )
            )
        )

    def _tells_whole_month(self):
        whole = super()._tells_whole_month()
        return whole and (self.source != "file" or self.file_whole_month)

    def _take_over(self, asked_at, unreadable):
        if self.source == "file" and self.state == "importing" and unreadable:
            self.env["mvno.usage.event"]._end_load()
            self._keep_file_problems(unreadable)
            sentence = self._unreadable_rows_sentence(len(unreadable))
            self._fail_with_file(sentence)
            return None
        return super()._take_over(asked_at, unreadable)

    def _fail_with_file(self, sentence):
        """End an import, and forget the file: it holds call records."""
        self._transition("fail", sentence, last_error=sentence, source_file=False)

    def action_stop(self):
        importing = self.filtered(lambda statement: statement.state == "importing")
        result = super().action_stop()
        importing.sudo().source_file = False
        return result

    def _unreadable_rows_sentence(self, count):
        if count >= PROBLEMS_READ:
            return self.env._(
                "File %(file)s was not imported: more than %(count)s of its values "
                "cannot be read. The first ones are listed below; look whether each "
                "column is the right one.",
                file=self.source_name,
                count=count - 1,
            )
        return self.env._(
            "File %(file)s was not imported: %(count)s of its values cannot be read. "
            "They are listed below; correct them in the file and load it again.",
            file=self.source_name,
            count=count,
        )

    def _postpone_or_fail(self, error):
        if self.source == "file":
            self._fail_with_file(self._file_failed_sentence(error))
            return None
        return super()._postpone_or_fail(error)

    def _file_failed_sentence(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "File %(file)s could not be imported: something unexpected happened, which "
            "the server's log tells. Nothing of it was kept.",
            file=self.source_name,
        )

    def _finish(self, asked_at, counts, unreadable):
        result = super()._finish(asked_at, counts, unreadable)
        # it holds call records, and is of no use any more
        self.source_file = False
        return result
