# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ...tools.month import month_of

TELEPHONY_JOURNAL_CODE = "TEL"


class ResCompany(models.Model):
    """How a company invoices telephony, what billing does by itself, and what a
    month's closing is looked at by."""

    _inherit = "res.company"

    mvno_journal_id = fields.Many2one(
        "account.journal",
        string="Telephony Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="The journal of telephony invoices. It must not use fiscal documents: "
        "an invoice posted there would become an NF-e.",
    )
    mvno_first_journal_id = fields.Many2one(
        "account.journal",
        string="First Sale Journal",
        compute="_compute_mvno_first_journal_id",
        help="The one that contracts are filled in with.",
    )
    mvno_posting = fields.Selection(
        [("draft", "Draft, to be reviewed"), ("posted", "Posted")],
        string="Telephony Invoices",
        required=True,
        default="draft",
        help="How a billing run leaves the invoices.",
    )
    mvno_due_day = fields.Integer(
        string="Due Day",
        required=True,
        default=10,
        help="The day of the month on which telephony invoices fall due when neither "
        "the customer nor the contract says otherwise. It counts for new contracts.",
    )
    mvno_fine_product_id = fields.Many2one(
        "product.product",
        string="Product of Fidelity Fines",
        check_company=True,
        domain="[('is_telephony', '=', False), ('sale_ok', '=', True)]",
        help="What an invoice names where it charges a fidelity fine: its taxes and "
        "account.",
    )
    mvno_usage_product_id = fields.Many2one(
        "product.product",
        string="Product of Usage beyond the Allowance",
        check_company=True,
        domain="[('is_telephony', '=', False), ('sale_ok', '=', True)]",
        help="What an invoice names where it charges usage beyond a plan's allowance: "
        "its taxes and account.",
    )
    mvno_tax_ids = fields.Many2many(
        "account.tax",
        "mvno_company_tax_rel",
        string="Taxes of Telephony",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        help="What new plans, top-ups and products of telephony are taxed with, in "
        "place of the company's default: empty, their value is what the customer "
        "pays. Plans that exist keep theirs.",
    )
    mvno_auto_billing = fields.Boolean(
        string="Bill by Itself",
        help="Each month a billing run of the month before is started on the billing "
        "day, unless somebody started one already.",
    )
    mvno_billing_day = fields.Integer(
        string="Billing Day",
        required=True,
        default=1,
        help="The day of the month on which the month before is billed, where the "
        "platform is.",
    )
    mvno_review_days = fields.Integer(
        string="Days to Look Over",
        required=True,
        default=2,
        help="So many days later the drafts are posted by themselves. 0: at once.",
    )
    mvno_send_invoices = fields.Boolean(
        string="Send by Itself",
        help="Invoices of a billing run are sent to the customers by e-mail when they "
        "are posted.",
    )
    mvno_late_facts = fields.Selection(
        [("settle", "Settle at once"), ("confirm", "A person confirms each")],
        string="Learnt after Billing",
        required=True,
        default="settle",
        help="What happens when days of a month that is billed turn out to be free, or "
        "to be charged: a cancellation told late, say.",
    )
    mvno_outlier_percent = fields.Integer(
        string="Outliers of a Month",
        required=True,
        default=30,
        help="In percent: a line whose value changes by more than this against the "
        "month before is marked in the closing of the month.",
    )

    _mvno_due_day_range = models.Constraint(
        "CHECK(mvno_due_day BETWEEN 1 AND 28)",
        "Due day: choose a day from 1 to 28, which every month has.",
    )
    _mvno_billing_day_range = models.Constraint(
        "CHECK(mvno_billing_day BETWEEN 1 AND 28)",
        "Billing day: choose a day from 1 to 28, which every month has.",
    )
    _mvno_review_days_range = models.Constraint(
        "CHECK(mvno_review_days BETWEEN 0 AND 27)",
        "Days to look over: choose from 0 to 27, so that a month is posted before the "
        "next one is billed.",
    )
    _mvno_outlier_percent_range = models.Constraint(
        "CHECK(mvno_outlier_percent BETWEEN 1 AND 1000)",
        "Outliers of a month: choose a percentage from 1 to 1000.",
    )

    def _compute_mvno_first_journal_id(self):
        for company in self:
            company.mvno_first_journal_id = company._mvno_first_journal()

    def _mvno_first_journal(self):
        """:return: the company's first sale journal, or none"""
        self.ensure_one()
        journals = self.env["account.journal"].sudo()
        return journals.search(
            [*journals._check_company_domain(self), ("type", "=", "sale")], limit=1
        )

    def _mvno_get_journal(self):
        """:return: the journal telephony is invoiced in: the chosen one, else the
        company's first sale journal; empty when there is none"""
        self.ensure_one()
        return self.mvno_journal_id or self._mvno_first_journal()

    def _mvno_today(self):
        """:return: today's date where the company's platform is"""
        self.ensure_one()
        platform = (
            self.env["mvno.platform"]
            .sudo()
            .search([("company_id", "=", self.id)], limit=1)
        )
        return platform._today() if platform else fields.Date.context_today(self)

    def _mvno_last_month(self):
        """:return: first day of the last month that is over where the company's
        platform is"""
        return month_of(self._mvno_today()) - relativedelta(months=1)

    def _mvno_journal_problem(self):
        """:return: a sentence about why no telephony can be invoiced, or False"""
        self.ensure_one()
        journal = self._mvno_get_journal()
        if not journal:
            return self.env._(
                "Company %(company)s has no sale journal for telephony. Press “Create "
                "the telephony journal” in Settings > Telefonia MVNO.",
                company=self.name,
            )
        if not journal.active:
            return self.env._(
                "Journal %(journal)s of company %(company)s is archived: accounting "
                "posts nothing in it. Restore it, or choose another sale journal in "
                "Settings > Telefonia MVNO.",
                journal=journal.name,
                company=self.name,
            )
        if self._mvno_uses_documents(journal):
            return self.env._(
                "Journal %(journal)s of company %(company)s uses fiscal documents: "
                "telephony invoices would be posted as NF-e. Press “Create the "
                "telephony journal” in Settings > Telefonia MVNO, or create a sale "
                "journal without “Use Documents” and choose it there.",
                journal=journal.name,
                company=self.name,
            )
        return False

    def _mvno_uses_documents(self, journal):
        # the field comes with l10n_latam_invoice_document, which is not required
        return (
            "l10n_latam_use_documents" in journal._fields
            and journal.l10n_latam_use_documents
        )

    def _mvno_other_taxes_domain(self):
        """:return: domain of this company's plans and top-ups that are not taxed as new
        ones are"""
        self.ensure_one()
        sold = self.env["product.template"].search(
            [
                "|",
                ("is_telephony", "=", True),
                ("mvno_top_up_gb", ">", 0),
                ("company_id", "in", (self.id, False)),
            ]
        )
        others = sold.filtered(
            lambda template: template.taxes_id._filter_taxes_by_company(self)
            != self.mvno_tax_ids
        )
        return [("id", "in", others.ids)]

    def _mvno_create_product(self, name, label):
        """Give the company a service product for what no plan names, and choose it.

        :param str name: the company's field that names the product
        :param str label: the product's name, should it have to be made
        :return: ``product.product`` record; the one chosen already when there is one
        """
        self.ensure_one()
        if not self[name]:
            self[name] = self.env["product.product"].create(
                {
                    "name": label,
                    "type": "service",
                    "list_price": 0.0,
                    "taxes_id": [Command.set(self.mvno_tax_ids.ids)],
                    "company_id": self.id,
                }
            )
        return self[name]

    def _mvno_create_journal(self):
        """Give the company a sale journal of its own for telephony, and choose it.

        :return: ``account.journal`` record; the company's own when it has one
        :raise UserError: when the company has no chart of accounts yet
        """
        self.ensure_one()
        if not self.chart_template:
            raise UserError(
                self.env._(
                    "Company %(company)s has no chart of accounts yet. Choose one in "
                    "Settings > Invoicing > Fiscal Localization first.",
                    company=self.name,
                )
            )
        journals = self.env["account.journal"].with_context(active_test=False)
        mine = journals.search(journals._check_company_domain(self))
        own = mine.filtered(
            lambda journal: journal.code == TELEPHONY_JOURNAL_CODE
            and journal.type == "sale"
            and journal.active
            and not self._mvno_uses_documents(journal)
        )
        if not own:
            taken = set(mine.mapped("code"))
            codes = [TELEPHONY_JOURNAL_CODE, *(f"TEL{number}" for number in range(10))]
            values = {
                "name": self.env._("Telephony"),
                "code": next(code for code in codes if code not in taken),
                "type": "sale",
                "company_id": self.id,
            }
            if "l10n_latam_use_documents" in journals._fields:
                values["l10n_latam_use_documents"] = False
            own = journals.create(values)
        self.mvno_journal_id = own[0]
        return own[0]
