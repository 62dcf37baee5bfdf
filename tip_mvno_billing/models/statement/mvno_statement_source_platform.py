# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.lib import BULK, TokenRefused
from odoo.addons.tip_mvno.tools.cursor import database_now

from ...tools.usage_month import of_month


class MvnoStatementSourcePlatform(models.AbstractModel):
    """The platform's own answer: one call for the month, made again for a while when
    there is none."""

    _name = "mvno.statement.source.platform"
    _description = "Platform"
    _inherit = ["mvno.statement.source"]

    @api.model
    def _problem(self, statement):
        try:
            statement.platform_id._client(BULK)
        except UserError as error:
            return str(error)
        return False

    @api.model
    def _open(self, statement):
        platform, competence = statement.platform_id, statement.competence
        client = platform._client(BULK, usage_unit=statement._usage_unit())
        ask = client.detailed_usage(competence, document=statement._document())
        return of_month(ask, competence, platform.tz)

    @api.model
    def _fail(self, statement, error):
        platform = statement.platform_id
        sentence = platform._explain(error)
        next_try = platform._next_try(error, statement.failures)
        if not next_try:
            statement._transition("fail", sentence, last_error=sentence)
            if isinstance(error, TokenRefused):
                platform.write({"state": "error", "last_error": sentence})
            return
        seconds, failures = next_try
        next_attempt = database_now(self.env.cr) + timedelta(seconds=seconds)
        statement.write({"last_error": sentence, "failures": failures})
        statement._ask_again_at(next_attempt)
