# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an existing database needs once, when the addon is installed."""


def post_init_hook(env):
    """Months that were invoiced before this addon came are never billed again."""
    env["contract.line"]._mvno_keep_invoiced_months()
