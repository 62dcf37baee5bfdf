# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Telefonia MVNO Billing",
    "summary": "Invoices, exactly once a month, and statements of mobile lines",
    "version": "19.0.3.0.0",
    "development_status": "Beta",
    "category": "Services/Telecommunications",
    "license": "AGPL-3",
    "author": "tip_mvno contributors",
    "depends": [
        "account",
        "contract",
        "tip_mvno",
    ],
    "data": [
        # who may do what
        "security/ir.model.access.csv",
        "security/mvno_billing_rules.xml",
        # what runs by itself, what is asked of a person
        "data/ir_cron.xml",
        "data/mail_activity_type.xml",
        # dialogs in the order of models/, before the screens whose buttons open them
        "wizards/mvno_discount_views.xml",
        "wizards/mvno_price_adjustment_views.xml",
        "wizards/mvno_cancel_views.xml",
        "wizards/mvno_charge_service_views.xml",
        "wizards/mvno_charge_waive_views.xml",
        "wizards/mvno_invoice_copy_views.xml",
        "wizards/mvno_file_upload_views.xml",
        # screens in the order of models/
        "views/res_config_settings_views.xml",
        "views/product_template_views.xml",
        "views/contract_contract_views.xml",
        "views/contract_line_views.xml",
        "views/mvno_billing_run_views.xml",
        "views/mvno_billing_item_views.xml",
        "views/mvno_billing_issue_views.xml",
        "views/mvno_billing_preview_views.xml",
        "views/mvno_billing_charge_views.xml",
        "views/mvno_command_views.xml",
        "views/mvno_usage_event_views.xml",
        "views/account_move_views.xml",
        "views/res_partner_views.xml",
        "views/mvno_line_views.xml",
        "views/mvno_file_mapping_views.xml",
        "views/mvno_statement_views.xml",
        "views/mvno_statement_difference_views.xml",
        "views/mvno_month_closing_views.xml",
        "views/mvno_billing_exception_views.xml",
        "views/mvno_platform_bill_views.xml",
        "views/mvno_platform_bill_line_views.xml",
        "views/mvno_platform_bill_result_views.xml",
        "views/mvno_plan_cost_views.xml",
        "views/mvno_plan_views.xml",
        "views/mvno_adoption_views.xml",
        "views/mvno_adoption_line_views.xml",
        # on paper
        "report/account_move_templates.xml",
        "report/mvno_statement_detail_templates.xml",
        # where all of it is found
        "views/mvno_menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "tip_mvno_billing/static/tests/tours/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
}
