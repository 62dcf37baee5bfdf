# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models

REPORT = "tip_mvno_billing.mvno_statement_detail_report"


class MvnoStatementLine(models.Model):
    """The detailed statement of a subscriber and month, as PDF and CSV."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.statement.line"

    detail_csv = fields.Binary(
        string="Detailed Statement (CSV)",
        compute="_compute_detail_csv",
        groups="tip_mvno.group_call_records",
    )

    @api.depends_context("lang")
    def _compute_detail_csv(self):
        for line in self:
            line.detail_csv = base64.b64encode(line._detail_file("csv")[1])

    def action_detail_pdf(self):
        """Print the detailed statement of this line's subscriber, all lines of the
        month."""
        self.ensure_one()
        return self.env.ref(REPORT).report_action(self)

    def action_detail_csv(self):
        """Download the detailed statement of this line's subscriber as a CSV file."""
        self.ensure_one()
        self.env["mvno.usage.event"].check_access("read")
        name = self._detail_name("csv")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/detail_csv/{name}"
            "?download=true",
            "target": "download",
        }

    def _of_subscribers(self):
        """:return: all lines of these ones' subscribers on their statements"""
        wanted = {(line.statement_id, line.partner_id) for line in self}
        return self.search(
            [
                ("statement_id", "in", self.statement_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ]
        ).filtered(lambda line: (line.statement_id, line.partner_id) in wanted)

    def _detail_name(self, extension):
        name = self.env._(
            "detailed statement %(month)s",
            month=f"{self.statement_id.competence:%m-%Y}",
        )
        return f"{name}.{extension}"

    def _detail_file(self, extension):
        """:param str extension: "pdf" or "csv"
        :return: (name, bytes) of the detailed statement of this line's subscriber, in
            the subscriber's language
        :raise AccessError: for whoever may not read call records"""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        line = self.with_context(lang=lang)
        name = line._detail_name(extension)
        if extension == "csv":
            report = line.env["report.tip_mvno_billing.report_statement_detail"]
            return name, report._csv(line)
        content, _kind = line.env["ir.actions.report"]._render_qweb_pdf(
            REPORT, res_ids=line.ids
        )
        return name, content
