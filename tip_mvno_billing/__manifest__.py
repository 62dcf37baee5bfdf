# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Telefonia MVNO Billing",
    "summary": "Invoices, exactly once a month, and statements of mobile lines",
    "version": "19.0.1.0.0",
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
        "security/ir.model.access.csv",
        "security/mvno_billing_rules.xml",
        "security/mvno_statement_rules.xml",
        "data/ir_cron_billing.xml",
        "data/ir_cron_statement.xml",
        "views/mvno_billing_item_views.xml",
        "views/mvno_billing_issue_views.xml",
        "views/mvno_billing_run_views.xml",
        "views/account_move_views.xml",
        "views/contract_contract_views.xml",
        "views/product_template_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
        "views/mvno_usage_event_views.xml",
        "views/mvno_statement_views.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "tip_mvno_billing/static/tests/tours/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
}
