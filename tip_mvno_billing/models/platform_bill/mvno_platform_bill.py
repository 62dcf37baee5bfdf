# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.actions import open_action
from odoo.addons.tip_mvno.tools.brazil import mobile_e164, plain_key
from odoo.addons.tip_mvno.tools.sheet_rows import WHILE_WAITING, FirstOf
from odoo.addons.tip_mvno.tools.simcard import as_iccid

from ...tools.sheet import Column, written_code, written_number
from ..file.mvno_file_target import PROBLEMS_KEPT

# Every legal change of a bill's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {"load": "loaded"},
    "loaded": {"load": "loaded", "check": "checked"},
    "checked": {"reopen": "loaded"},
}
IDENTIFYING = ("platform_contract", "iccid", "number")
# What a row charges, by the words of its description as plain_key reduces them.
KIND_WORDS = (
    ("top_up", re.compile("recarga|pacote|adicional|topup")),
    ("other", re.compile("ativacao|simcard|chip|esim|portab|frete|multa|juros|taxa")),
)


class MvnoPlatformBill(models.Model):
    """What the platform charges us for a month, loaded from its file.

    Its lines are laid beside what we billed our customers for the same month: see
    ``mvno.platform.bill.result``.
    """

    _name = "mvno.platform.bill"
    _description = "Platform's Bill"
    _inherit = ["mvno.platform.month", "mvno.stateful", "mvno.file.target"]
    _order = "competence desc, id desc"
    _transitions = TRANSITIONS
    _file_kind = "platform_bill"
    _file_limits = WHILE_WAITING

    state = fields.Selection(
        [("draft", "Draft"), ("loaded", "To check"), ("checked", "Checked")],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
    )
    total = fields.Monetary(
        string="Total of the Bill",
        copy=False,
        help="What the platform's invoice comes to, to compare with the file's rows.",
    )
    line_ids = fields.One2many(
        "mvno.platform.bill.line", "bill_id", string="Rows", readonly=True
    )
    line_count = fields.Integer(string="Rows in the File", compute="_compute_lines")
    unknown_count = fields.Integer(
        string="Rows of Unknown Lines", compute="_compute_lines"
    )
    line_total = fields.Monetary(string="Total of the Rows", compute="_compute_lines")
    total_difference = fields.Monetary(
        string="Missing in the Rows",
        compute="_compute_total_difference",
        help="The bill's total less the rows': what the file does not tell.",
    )
    note = fields.Text(help="What was found out, the platform's answer...")
    difference_count = fields.Integer(
        string="Differences", compute="_compute_comparison"
    )
    billed = fields.Monetary(
        string="Billed by Us",
        compute="_compute_comparison",
        help="For the same month, without taxes, credit notes subtracted.",
    )
    margin = fields.Monetary(compute="_compute_comparison")
    leak = fields.Monetary(
        string="Leaked",
        compute="_compute_comparison",
        help="What we pay and nobody pays us, and what is above the plans' costs.",
    )

    _month_once = models.Constraint(
        "UNIQUE(platform_id, competence)",
        "The platform's bill of this month is here already: load the file there.",
    )

    @api.depends("line_ids.amount", "line_ids.mvno_line_id")
    def _compute_lines(self):
        totals = {}
        for bill, is_known, count, amount in self.env[
            "mvno.platform.bill.line"
        ]._read_group(
            [("bill_id", "in", self.ids)],
            ["bill_id", "is_known"],
            ["__count", "amount:sum"],
        ):
            total = totals.setdefault(bill.id, [0, 0, 0.0])
            total[0] += count
            total[1] += 0 if is_known else count
            total[2] += amount
        for bill in self:
            bill.line_count, bill.unknown_count, bill.line_total = totals.get(
                bill.id, (0, 0, 0.0)
            )

    @api.depends("total", "line_total")
    def _compute_total_difference(self):
        for bill in self:
            bill.total_difference = bill.total - bill.line_total if bill.total else 0.0

    @api.depends("line_ids", "state")
    def _compute_comparison(self):
        totals = {}
        for bill, finding, count, billed, margin, leak in self.env[
            "mvno.platform.bill.result"
        ]._read_group(
            [("bill_id", "in", self.ids)],
            ["bill_id", "finding"],
            ["__count", "billed:sum", "margin:sum", "leak:sum"],
        ):
            total = totals.setdefault(bill.id, [0, 0.0, 0.0, 0.0])
            total[0] += 0 if finding == "none" else count
            total[1] += billed
            total[2] += margin
            total[3] += leak
        for bill in self:
            (bill.difference_count, bill.billed, bill.margin, bill.leak) = totals.get(
                bill.id, (0, 0.0, 0.0, 0.0)
            )

    def _begun_problem(self):
        return self.state != "draft" and self.env._(
            "Bill %(bill)s is loaded already: its platform and month stay. Delete it, "
            "or make a new one.",
            bill=self.display_name,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_checked(self):
        for bill in self:
            if bill.state == "checked":
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was checked: it stays on record. Reopen it "
                        "first.",
                        bill=bill.display_name,
                    )
                )

    # === ACTIONS === #

    def action_check(self):
        """Note that the differences were looked at."""
        self.check_access("write")
        self.sudo()._transition("check")
        return True

    def action_reopen(self):
        """Look at the differences again."""
        self.check_access("write")
        self.sudo()._transition("reopen")
        return True

    def action_match(self):
        """Find the lines of the rows again: some are known only now."""
        self.check_access("write")
        for bill in self:
            bill.sudo()._match_lines()
        return True

    def action_view_lines(self):
        """Open the rows of the file."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_platform_bill_line_action",
            domain=[("bill_id", "=", self.id)],
        )

    def action_view_results(self):
        """Open the comparison with what we billed."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_platform_bill_result_action",
            domain=[("bill_id", "=", self.id)],
        )

    def action_view_differences(self):
        """Open what the comparison found."""
        action = self.action_view_results()
        return {**action, "domain": [*action["domain"], ("finding", "!=", "none")]}

    # === LOADING THE FILE === #

    def _file_columns(self):
        return {
            "platform_contract": Column(
                self.env._("Contract at the Platform"),
                ("contrato", "numerocontrato", "contract", "conta", "idcontrato"),
            ),
            "iccid": Column(
                self.env._("ICCID"), ("iccid", "simcard", "chip", "numerodochip")
            ),
            "number": Column(
                self.env._("Number of the Line"),
                ("linha", "msisdn", "numero", "telefone", "terminal", "acesso"),
            ),
            "description": Column(
                self.env._("Description"),
                ("descricao", "servico", "item", "historico", "plano", "produto"),
            ),
            "amount": Column(
                self.env._("Value"),
                ("valor", "valortotal", "total", "valorrs", "preco", "amount"),
                required=True,
            ),
        }

    def _check_file_columns(self, names):
        result = super()._check_file_columns(names)
        if not names & set(IDENTIFYING):
            columns = self._file_columns()
            raise UserError(
                self.env._(
                    "Say which column of the file is “%(contract)s”, “%(iccid)s” or "
                    "“%(number)s”: without one of them no row tells its line.",
                    contract=columns["platform_contract"].label,
                    iccid=columns["iccid"].label,
                    number=columns["number"].label,
                )
            )
        return result

    def _load_file(self):
        for bill in self:
            if bill.state == "checked":
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was checked. Reopen it to load another file.",
                        bill=bill.display_name,
                    )
                )
            bill.sudo()._read_bill()

    def _read_bill(self):
        """Take over the stored file's rows instead of those of an earlier one."""
        self.ensure_one()
        rows, problems = [], FirstOf(PROBLEMS_KEPT)
        reasons = self._unreadable_reasons()
        for number, cells in self._file_rows():
            if not cells.keys() & set(IDENTIFYING):
                continue  # a total, or a remark
            row = self._bill_row(number, cells, reasons, problems)
            if row:
                rows.append(row)
        if not rows and not problems.count:
            raise UserError(
                self.env._(
                    "File %(file)s has no row that names a line: look whether each "
                    "column is the right one.",
                    file=self.source_name,
                )
            )
        self.line_ids.unlink()
        self.env["mvno.platform.bill.line"]._insert(self, rows)
        self._keep_file_problems(problems.kept, problems.count)
        self._match_lines()
        self.source_file = False
        self._transition("load", self.source_name)

    def _unreadable_reasons(self):
        """:return: dict of column name: why a cell of it cannot be read"""
        return {
            "platform_contract": self.env._(
                "The spreadsheet shortened this number. Make the column's format "
                "“Text”."
            ),
            "iccid": self.env._(
                "This is no ICCID of 19 or 20 digits. If the spreadsheet shortened "
                "it, make the column's format “Text”."
            ),
            "number": self.env._("This is no mobile number with its DDD."),
            "amount": self.env._("This is no amount."),
        }

    def _bill_row(self, number, cells, reasons, problems):
        """Read one row.

        :param int number: the row's
        :param dict cells: of column name: cell
        :param dict reasons: of :meth:`_unreadable_reasons`
        :param problems: ``FirstOf`` problems, is added to
        :return: dict of values, or None when it cannot be read
        """
        row = {"row": number}
        unreadable = []
        for name, cell in cells.items():
            try:
                row[name] = READERS[name](cell)
            except ValueError:
                unreadable.append(self._file_problem(number, name, cell, reasons[name]))
        if "amount" not in cells:
            unreadable.append(
                self._file_problem(
                    number, "amount", "", self.env._("The row has no amount.")
                )
            )
        if unreadable:
            problems.add(unreadable)
            return None
        row["kind"] = _kind_of(row)
        return row

    # === MATCHING ROWS WITH LINES === #

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


def _read_iccid(cell):
    """:raise ValueError: for what is no ICCID"""
    iccid = as_iccid(written_code(cell))
    if not iccid:
        raise ValueError("Not an ICCID")
    return iccid


# How the cells of each column are read; a ValueError is a cell that cannot be read.
READERS = {
    "platform_contract": written_code,
    "iccid": _read_iccid,
    "number": lambda cell: mobile_e164(written_code(cell)),
    "description": lambda cell: str(cell)[:200],
    "amount": lambda cell: float(written_number(cell)),
}


def _kind_of(row):
    """:return: str, what a row charges, as its description says"""
    if row["amount"] < 0:
        return "credit"
    words = plain_key(row.get("description"))
    return next((kind for kind, said in KIND_WORDS if said.search(words)), "monthly")
