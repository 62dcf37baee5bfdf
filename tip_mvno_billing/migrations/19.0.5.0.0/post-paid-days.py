# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, tools

SLICE = 1000


def migrate(cr, version):
    """Contract lines keep the first and the last day that they pay for, as they were
    worked out before with each look."""
    env = api.Environment(cr, api.SUPERUSER_ID, {"active_test": False})
    lines = env["contract.line"].search([("is_telephony", "=", True)], order="id")
    for ids in tools.split_every(SLICE, lines.ids):
        lines.browse(ids)._compute_mvno_paid_days()
        env.flush_all()
        env.invalidate_all()
