# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoStatementDifference(models.Model):
    """A total of a month in which the platform's two answers do not agree."""

    _name = "mvno.statement.difference"
    _description = "Difference of a Statement"
    _order = "statement_id, platform_contract, number, kind, id"
    _rec_name = "platform_contract"
    _log_access = False

    statement_id = fields.Many2one(
        "mvno.statement", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="statement_id.company_id", store=True, index=True
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Line",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty where no line here has this contract or number.",
    )
    partner_id = fields.Many2one(related="mvno_line_id.partner_id")
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    number = fields.Char(readonly=True)
    kind = fields.Selection(
        [("voice", "Voice (s)"), ("sms", "SMS"), ("data", "Data (MB)")],
        required=True,
        readonly=True,
    )
    statement_value = fields.Float(
        string="In the Statement",
        digits=(16, 3),
        readonly=True,
        help="The sum of the month's call records.",
    )
    consolidated_value = fields.Float(
        string="In the Usage in Total",
        digits=(16, 3),
        readonly=True,
        help="What the platform tells when it is asked for the month's usage in total.",
    )
    difference = fields.Float(
        digits=(16, 3),
        readonly=True,
        help="Statement less usage in total: above zero, the statement has more.",
    )

    _once = models.Constraint(
        "UNIQUE(statement_id, platform_contract, number, kind)",
        "A statement names each difference once.",
    )
