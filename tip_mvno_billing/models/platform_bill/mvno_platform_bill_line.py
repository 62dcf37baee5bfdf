# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class MvnoPlatformBillLine(models.Model):
    """One row of the platform's bill."""

    _name = "mvno.platform.bill.line"
    _description = "Row of a Platform's Bill"
    _order = "bill_id desc, row, id"
    _rec_name = "number"
    _log_access = False

    bill_id = fields.Many2one(
        "mvno.platform.bill",
        string="Bill",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="bill_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="bill_id.currency_id")
    row = fields.Integer(readonly=True, aggregator=None)
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    iccid = fields.Char(string="ICCID", readonly=True)
    number = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    kind = fields.Selection(
        [
            ("monthly", "Monthly value"),
            ("top_up", "Top-up"),
            ("other", "Other service"),
            ("credit", "Credit"),
        ],
        required=True,
        readonly=True,
        default="monthly",
        help="As the row's description tells.",
    )
    amount = fields.Monetary(required=True, readonly=True)
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    is_known = fields.Boolean(
        string="Known Line", compute="_compute_is_known", store=True
    )

    @api.depends("mvno_line_id")
    def _compute_is_known(self):
        for line in self:
            line.is_known = bool(line.mvno_line_id)

    @api.model
    def _insert(self, bill, rows):
        """Add the rows of a file in one statement; whose they are is found later.

        :param bill: ``mvno.platform.bill`` record
        :param list rows: dicts of values
        """
        columns = {
            "row": "int4",
            "platform_contract": "varchar",
            "iccid": "varchar",
            "number": "varchar",
            "description": "varchar",
            "kind": "varchar",
            "amount": "numeric",
        }
        self.env.execute_query(
            SQL(
                "INSERT INTO mvno_platform_bill_line (bill_id, company_id, is_known, "
                "%s) SELECT %s, %s, FALSE, * FROM unnest(%s) RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                bill.id,
                bill.company_id.id,
                SQL(", ").join(
                    SQL("%s::%s[]", [row.get(name) for row in rows], SQL(type_name))
                    for name, type_name in columns.items()
                ),
            )
        )
        bill.invalidate_recordset(["line_ids"])
