# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Telefonia MVNO",
    "summary": "Mobile lines on TIP Brasil's MVNO platform: plans, SIM cards, port-in",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Services/Telecommunications",
    "license": "AGPL-3",
    "author": "tip_mvno contributors",
    "application": True,
    "depends": [
        "base_address_extended",
        "contract",
        "phone_validation",
    ],
    "external_dependencies": {
        "python": ["ijson", "phonenumbers", "python-stdnum", "requests"],
    },
    "data": [
        "security/mvno_groups.xml",
        "security/ir.model.access.csv",
        "security/mvno_rules.xml",
        "data/ir_cron.xml",
        "views/res_city_views.xml",
        "views/res_partner_views.xml",
    ],
    "demo": [],
    "post_init_hook": "post_init_hook",
}
