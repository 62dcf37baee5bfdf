# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.tip_mvno.tools.actions import open_action


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mvno_journal_id = fields.Many2one(
        related="company_id.mvno_journal_id", readonly=False
    )
    mvno_posting = fields.Selection(related="company_id.mvno_posting", readonly=False)
    mvno_tax_ids = fields.Many2many(related="company_id.mvno_tax_ids", readonly=False)
    mvno_other_taxes_count = fields.Integer(
        string="With Other Taxes", compute="_compute_mvno_other_taxes_count"
    )
    mvno_due_day = fields.Integer(related="company_id.mvno_due_day", readonly=False)
    mvno_auto_billing = fields.Boolean(
        related="company_id.mvno_auto_billing", readonly=False
    )
    mvno_billing_day = fields.Integer(
        related="company_id.mvno_billing_day", readonly=False
    )
    mvno_review_days = fields.Integer(
        related="company_id.mvno_review_days", readonly=False
    )
    mvno_send_invoices = fields.Boolean(
        related="company_id.mvno_send_invoices", readonly=False
    )
    mvno_fine_product_id = fields.Many2one(
        related="company_id.mvno_fine_product_id", readonly=False
    )
    mvno_usage_product_id = fields.Many2one(
        related="company_id.mvno_usage_product_id", readonly=False
    )
    mvno_late_facts = fields.Selection(
        related="company_id.mvno_late_facts", readonly=False
    )
    mvno_outlier_percent = fields.Integer(
        related="company_id.mvno_outlier_percent", readonly=False
    )

    @api.depends("company_id", "mvno_tax_ids")
    def _compute_mvno_other_taxes_count(self):
        for settings in self:
            settings.mvno_other_taxes_count = self.env["product.template"].search_count(
                settings.company_id._mvno_other_taxes_domain()
            )

    def action_view_mvno_other_taxes(self):
        """Open the plans and top-ups that are taxed in another way than new ones."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_other_taxes_action",
            domain=self.company_id._mvno_other_taxes_domain(),
        )

    def action_create_mvno_usage_product(self):
        """Make the product that usage beyond the allowance is billed with, and choose
        it.

        :return: action that opens the settings again, with the product chosen
        """
        self.ensure_one()
        self.company_id._mvno_create_product(
            "mvno_usage_product_id", self.env._("Usage beyond the allowance")
        )
        return self._mvno_open_again()

    def action_create_mvno_fine_product(self):
        """Make the product that fidelity fines are billed with, and choose it.

        :return: action that opens the settings again, with the product chosen
        """
        self.ensure_one()
        self.company_id._mvno_create_product(
            "mvno_fine_product_id", self.env._("Fidelity fine")
        )
        return self._mvno_open_again()

    def action_create_mvno_journal(self):
        """Make the company's telephony journal and choose it.

        :return: action that opens the settings again, with the journal chosen
        """
        self.ensure_one()
        self.company_id._mvno_create_journal()
        return self._mvno_open_again()

    def _mvno_open_again(self):
        return open_action(self.env, "tip_mvno_billing.mvno_config_settings_action")
