# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ...tools.brazil import clean_document
from .res_partner import MANAGER


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts gives one's lines, their history and their invoices to another:
    a change of holder that the platform knows nothing of, in all companies at once."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        self._mvno_refuse_other_holder(partners | (dst_partner or partners.browse()))
        return super()._merge(partner_ids, dst_partner, extra_checks)

    def _mvno_refuse_other_holder(self, partners):
        """:raise UserError: where mobile lines would get another holder, or who merges
        may not decide it for all companies whose lines these are"""
        lines = (
            self.env["mvno.line"].sudo().search([("partner_id", "in", partners.ids)])
        )
        payers = partners | partners.commercial_partner_id
        paying = self.env["contract.line"].sudo()
        paying = paying.search(
            [
                ("contract_id.partner_id", "in", payers.ids),
                ("mvno_line_id", "!=", False),
            ]
        )
        if not (lines or paying) or self.env.su:
            return
        documents = {
            clean_document(partner.commercial_partner_id.vat) for partner in partners
        }
        if len(documents - {""}) > 1:
            raise UserError(
                self.env._(
                    "These contacts have mobile lines and different CPFs or CNPJs: "
                    "they are different holders. Use “Change of Holder” on the line."
                )
            )
        companies = lines.company_id | paying.company_id
        if companies - self.env.user.company_ids or not self.env.user.has_group(
            MANAGER
        ):
            raise UserError(
                self.env._(
                    "These contacts have mobile lines, whose holder a merge would "
                    "change. Ask a manager of every company that serves them."
                )
            )
