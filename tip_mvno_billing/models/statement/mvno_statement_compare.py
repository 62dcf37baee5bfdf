# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.tip_mvno.lib import BULK, TipError, Unavailable
from odoo.addons.tip_mvno.models.platform.mvno_platform_client import RETRY_AFTER
from odoo.addons.tip_mvno.tools.actions import open_action
from odoo.addons.tip_mvno.tools.bulk import where, without_values
from odoo.addons.tip_mvno.tools.cursor import database_now

from ...tools.overage import USAGE_KINDS

_logger = logging.getLogger(__name__)

# What rounding on the way may make of a line's total: seconds, messages, MB.
TOLERANCE = (1, 0, 0.01)


class MvnoStatement(models.Model):
    """A month's totals checked against the platform's own.

    After the import of a whole month, one more call asks for the usage in total. What
    does not agree is listed; a call that fails undoes nothing.
    """

    _inherit = "mvno.statement"

    difference_ids = fields.One2many(
        "mvno.statement.difference", "statement_id", readonly=True
    )
    difference_count = fields.Integer(
        string="Differences", compute="_compute_difference_count"
    )
    compared_at = fields.Datetime(string="Compared on", readonly=True, copy=False)
    compare_next = fields.Datetime(readonly=True, copy=False)
    compare_failures = fields.Integer(readonly=True, copy=False)
    compare_error = fields.Text(readonly=True, copy=False)

    @api.depends("difference_ids")
    def _compute_difference_count(self):
        counts = {
            statement.id: count
            for statement, count in self.env["mvno.statement.difference"]._read_group(
                [("statement_id", "in", self.ids)], ["statement_id"], ["__count"]
            )
        }
        for statement in self:
            statement.difference_count = counts.get(statement.id, 0)

    # === ACTIONS === #

    def action_compare(self):
        """Compare the months again, by the cron.

        :raise UserError: when a statement is not one of a whole month, imported
        """
        self.check_access("write")
        for statement in self:
            if statement.partner_id or statement.state not in ("done", "closed"):
                raise UserError(
                    self.env._(
                        "Statement %(statement)s cannot be compared: only an imported "
                        "statement of all subscribers can.",
                        statement=statement.display_name,
                    )
                )
        self.sudo()._await_comparison()
        return True

    def action_view_differences(self):
        """Open what does not agree with the usage in total."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_statement_difference_action",
            domain=[("statement_id", "=", self.id)],
        )

    # === DRIVER === #

    def _await_comparison(self):
        self.write(
            {
                "compare_next": database_now(self.env.cr),
                "compare_failures": 0,
                "compare_error": False,
            }
        )
        self.env.ref("tip_mvno_billing.ir_cron_compare_statements")._trigger()

    def _await_comparison_of_month(self):
        """Compare the month that was just imported: one person's answer changes it,
        too."""
        whole = self | self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
                ("partner_id", "=", False),
                ("state", "=", "done"),
            ]
        )
        whole.filtered(lambda s: not s.partner_id)._await_comparison()

    @api.model
    def _comparison_domain(self):
        return [
            ("compare_next", "<=", database_now(self.env.cr)),
            ("state", "in", ("done", "closed")),
            ("platform_id.active", "=", True),
        ]

    @api.model
    def cron_compare(self):
        """Driver of the comparisons: one after the other, with no transaction of ours
        open while the platform is asked."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        cron._commit_progress()
        while True:
            self._read_committed()
            due = self.search(self._comparison_domain(), order="compare_next, id")
            if not due:
                return
            statement = due[0].platform_id._in_language_of_reader(due[0])
            # a worker that dies here leaves it to the next one, after a while
            statement._postpone_comparison(RETRY_AFTER[0])
            cron._commit_progress(remaining=len(due))
            statement._drive_comparison()
            remaining = self.search_count(self._comparison_domain())
            if not cron._commit_progress(1, remaining=remaining):
                return

    def _drive_comparison(self):
        """Ask the platform for the month's usage in total, and list what differs."""
        try:
            client = self.platform_id._client(BULK, usage_unit=self._usage_unit())
            competence = self.competence
            # nothing of ours is open while the platform is asked
            self.env["ir.cron"]._commit_progress()
            totals = client.consolidated_usage(competence)
            if totals.problems:
                # a line whose row is damaged would be listed as one that used nothing
                detail = f"{len(totals.problems)} rows are damaged"
                raise Unavailable(detail=detail)
            self._read_committed()
            if self.state in ("done", "closed"):
                with without_values(self._description):
                    self._keep_comparison(totals)
        except UserError as error:
            self._fail_comparison(str(error))
        except Exception as error:
            if not isinstance(error, TipError):
                # one month that cannot be compared must not stop the others
                told = where(error)
                _logger.error("Statement %s: comparison failed: %s", self.id, told)
                self.env.cr.rollback()
            self._read_committed()
            self._postpone_or_fail_comparison(error)

    def _postpone_or_fail_comparison(self, error):
        """Plan the next try of a call that failed, or give up and say why."""
        sentence = self.platform_id._explain(error)
        next_try = self.platform_id._next_try(error, self.compare_failures)
        if not next_try:
            self._fail_comparison(sentence)
            return
        seconds, failures = next_try
        self._postpone_comparison(seconds)
        self.write({"compare_error": sentence, "compare_failures": failures})

    def _fail_comparison(self, sentence):
        self.write({"compare_next": False, "compare_error": sentence})

    def _postpone_comparison(self, seconds):
        self.compare_next = database_now(self.env.cr) + timedelta(seconds=seconds)
        self.env.ref("tip_mvno_billing.ir_cron_compare_statements")._trigger(
            at=self.compare_next
        )

    # === COMPARING === #

    def _keep_comparison(self, totals):
        """List what differs, instead of what was listed before.

        :param list totals: ``lib.ConsolidatedUsage`` items
        """
        self.ensure_one()
        differences = self._find_differences(totals)
        pairs = {(contract, number) for contract, number, *_values in differences}
        line_ids = self.env["mvno.line.identity"]._lines_of_month(
            self.platform_id, self.competence, pairs
        )
        self.difference_ids.unlink()
        self.env["mvno.statement.difference"].create(
            [
                {
                    "statement_id": self.id,
                    "platform_contract": contract,
                    "number": number,
                    "mvno_line_id": line_ids.get((contract, number)),
                    "kind": kind,
                    "statement_value": ours,
                    "consolidated_value": theirs,
                    "difference": ours - theirs,
                }
                for contract, number, kind, ours, theirs in differences
            ]
        )
        self.write(
            {
                "compared_at": database_now(self.env.cr),
                "compare_next": False,
                "compare_failures": 0,
                "compare_error": False,
            }
        )

    def _find_differences(self, totals):
        """Compare the month's call records with its totals, contract by contract.

        Where one of the two answers names a number only, the other's contract of that
        number is meant.

        :param list totals: ``lib.ConsolidatedUsage`` items
        :return: list of (contract, number, kind, value of the statement, value of the
            usage in total)
        """
        ours, theirs = self._sums_of_events(), {}
        for item in totals:
            values = item.voice_seconds, item.sms_count, float(item.data_mb)
            key = item.platform_contract, item.number
            theirs[key] = _added(theirs.get(key), values)
        contracts, numbers = _named(*ours, *theirs)
        ours, theirs = _by_contract(ours, contracts), _by_contract(theirs, contracts)
        nothing = (0, 0, 0.0)
        return [
            (contract, number or numbers.get(contract, ""), kind, mine, told)
            for contract, number in sorted(ours.keys() | theirs.keys())
            for kind, mine, told, tolerance in zip(
                USAGE_KINDS,
                ours.get((contract, number), nothing),
                theirs.get((contract, number), nothing),
                TOLERANCE,
                strict=True,
            )
            if round(abs(mine - told), 4) > tolerance
        ]

    def _sums_of_events(self):
        """:return: dict of (contract, number): (voice in seconds, messages, MB)"""
        self.env.flush_all()
        return {
            (contract, number): (seconds, messages, volume)
            for contract, number, seconds, messages, volume in self.env.execute_query(
                SQL(
                    """
                    SELECT platform_contract, COALESCE(number, ''),
                           COALESCE(sum(seconds) FILTER (WHERE kind = 'voice'), 0),
                           count(*) FILTER (WHERE kind = 'sms'),
                           COALESCE(sum((upload_mb + download_mb)::numeric), 0)
                      FROM mvno_usage_event
                     WHERE platform_id = %s
                       AND competence = %s
                     GROUP BY platform_contract, COALESCE(number, '')
                    """,
                    self.platform_id.id,
                    self.competence,
                )
            )
        }


def _added(one, other):
    return tuple(map(sum, zip(one, other, strict=True))) if one else other


def _named(*keys):
    """:param keys: of (contract, number)
    :return: (dict of number: its one contract, dict of contract: a number)"""
    contracts, numbers = defaultdict(set), {}
    for contract, number in keys:
        if contract and number:
            contracts[number].add(contract)
            numbers[contract] = number
    single = {number: min(of) for number, of in contracts.items() if len(of) == 1}
    return single, numbers


def _by_contract(sums, contracts):
    """:return: the sums by (contract, "") or, where there is none, ("", number)"""
    by_contract = {}
    for (contract, number), values in sums.items():
        contract = contract or contracts.get(number, "")
        key = (contract, "" if contract else number)
        by_contract[key] = _added(by_contract.get(key), values)
    return by_contract
