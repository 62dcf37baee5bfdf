# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..tools.usage_words import clock, volume


class AccountMove(models.Model):
    """What the lines of a telephony invoice used in its month.

    Totals only: who was called is nobody's business who handles invoices.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "account.move"

    def _mvno_usage_summary(self):
        """:return: list of dicts of texts for the invoice, one per mobile line with
        known usage: ``number``, ``plan``, and ``voice``, ``sms`` and ``data`` with the
        plan's allowance of each as ``voice_allowance``... ("" where it has none)"""
        self.ensure_one()
        lines = self.invoice_line_ids.sudo().mvno_line_id
        if not (lines and self.mvno_competence):
            return []
        used = self._mvno_usage_of(lines)
        return [
            self._mvno_usage_words(line, used[line])
            for line in lines.sorted(lambda line: (line.number or "", line.id))
            if line in used
        ]

    def _mvno_usage_of(self, lines):
        """:param lines: ``mvno.line`` records, as superuser
        :return: dict of line: record with the month's totals, from its statement or,
            where there is none, from the usage the platform told in total"""
        used = {}
        for usage in (
            self.env["mvno.usage"]
            .sudo()
            .search(
                [
                    ("line_id", "in", lines.ids),
                    ("competence", "=", self.mvno_competence),
                ]
            )
        ):
            used[usage.line_id] = usage
        for shown in (
            self.env["mvno.statement.line"]
            .sudo()
            .search(
                [
                    ("mvno_line_id", "in", lines.ids),
                    ("statement_id.competence", "=", self.mvno_competence),
                    ("statement_id.imported_at", "!=", False),
                ],
                # one person's statement first: the month's goes over it
                order="statement_id, id",
            )
            .sorted(lambda shown: not shown.statement_id.partner_id)
        ):
            used[shown.mvno_line_id] = shown
        return used

    def _mvno_usage_words(self, line, usage):
        product = (
            usage.product_id
            if "product_id" in usage._fields
            else line.contract_line_id.product_id
        )
        plan = product.mvno_plan_id
        return {
            "number": line._format_number(line.number) or line.display_name,
            "plan": product.with_context(lang=self.env.lang).name or "",
            "voice": clock(usage.voice_seconds),
            "voice_allowance": clock(plan.voice_minutes * 60)
            if plan.voice_minutes
            else "",
            "sms": str(usage.sms_count),
            "sms_allowance": str(plan.sms) if plan.sms else "",
            "data": volume(self.env, usage.data_mb),
            "data_allowance": volume(self.env, plan.data_mb) if plan.data_mb else "",
        }
