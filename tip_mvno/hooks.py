# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def post_init_hook(env):
    """Make Brazilian addresses complete enough to activate a line.

    IBGE codes for the cities, cities chosen from the list, and, unless another addon
    brought one, an address form with house number and neighbourhood.
    """
    env["res.city"]._mvno_fill_ibge_codes()
    brazil = env.ref("base.br")
    brazil.enforce_cities = True
    if not brazil.address_view_id:
        brazil.address_view_id = env.ref("tip_mvno.res_partner_address_view_form")


def uninstall_hook(env):
    """Take the tokens along: their tables belong to no model that Odoo would drop."""
    env.cr.execute("DROP TABLE IF EXISTS mvno_platform_token, mvno_platform_account")
