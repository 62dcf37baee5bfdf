# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.actions import open_action

AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")


class MvnoBillingRun(models.Model):
    """What a run is going to invoice, seen before it does.

    A preview is no second calculation: the run's own slice makes the invoices, their
    lines are noted down, and all of it is undone.
    """

    _inherit = "mvno.billing.run"

    preview_ids = fields.One2many(
        "mvno.billing.preview", "run_id", string="Preview", readonly=True
    )
    preview_count = fields.Integer(
        string="Invoices in the Preview", readonly=True, copy=False
    )
    preview_total = fields.Monetary(
        string="Total of the Preview", readonly=True, copy=False
    )
    previewed_at = fields.Datetime(string="Preview Made", readonly=True, copy=False)
    billed_at = fields.Datetime(
        string="Billed",
        readonly=True,
        copy=False,
        help="When the run was last through all customers.",
    )
    billed_count = fields.Integer(
        string="Invoices since the Preview", readonly=True, copy=False
    )
    billed_total = fields.Monetary(
        string="Billed since the Preview",
        readonly=True,
        copy=False,
        help="What the invoices came to when they were made, whatever became of them.",
    )
    is_off_preview = fields.Boolean(
        string="Other than the Preview", compute="_compute_is_off_preview"
    )

    @api.depends(
        "state",
        "mode",
        "previewed_at",
        "preview_count",
        "preview_total",
        "billed_count",
        "billed_total",
    )
    def _compute_is_off_preview(self):
        """Whether something else was billed than the preview before it showed."""
        for run in self:
            was_billed = run.state == "done" and run.mode != "preview"
            run.is_off_preview = (
                was_billed
                and bool(run.previewed_at)
                and (
                    run.billed_count != run.preview_count
                    or run.currency_id.compare_amounts(
                        run.billed_total, run.preview_total
                    )
                    != 0
                )
            )

    # === ACTIONS === #

    def action_preview(self):
        """Set the runs to show what they would invoice now, and what not; the cron
        does it, with progress. It replaces an earlier preview.

        A preview of a run that is done shows what would be billed in addition.

        :raise UserError: when the month cannot be billed; says why and what to do
        """
        starting = self._start(
            "preview",
            "preview",
            previewed_at=False,
            preview_count=0,
            preview_total=0.0,
            billed_count=0,
            billed_total=0.0,
        )
        starting.preview_ids.sudo().unlink()
        return True

    def action_view_preview(self):
        """Open what this run is going to invoice, invoice by invoice."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_billing_preview_action",
            domain=[("run_id", "=", self.id)],
        )

    # === PREVIEWING CUSTOMERS === #

    def _bill_and_count(self, customers, last_try=False):
        """Bill these customers and note what it comes to, see the parameters there."""
        last = self._last_move()
        self._bill_customers(customers, last_try)
        moves = self._moves_after(last)
        self.billed_count += len(moves)
        self.billed_total += sum(moves.mapped("amount_total_signed"))

    def _preview_customers(self, customers, last_try=False):
        """Bill these customers, note what came of it, and undo it.

        :param customers: ``res.partner`` records
        :param bool last_try: park customers that run into conflicts, too
        """
        last = self._last_move()
        issues = self.env["mvno.billing.issue"]
        known = issues.search([("run_id", "=", self.id)], order="id desc", limit=1)
        with self.env.cr.savepoint() as savepoint:
            self._bill_customers(customers, last_try)
            moves = self._moves_after(last)
            rows = self._preview_rows(moves)
            found = issues.search(
                [("run_id", "=", self.id), ("id", ">", known.id or 0)], order="id"
            )
            issue_values = found.copy_data()
            count = len(moves)
            total = sum(moves.mapped("amount_total_signed"))
            savepoint.rollback()
        self.env["mvno.billing.preview"].create(rows)
        issues.create(issue_values)
        self.preview_count += count
        self.preview_total += total

    def _last_move(self):
        """:return: the id of the latest invoice of this run, or 0"""
        self.ensure_one()
        moves = self.env["account.move"].search(
            [("mvno_billing_run_id", "=", self.id)], order="id desc", limit=1
        )
        return moves.id or 0

    def _moves_after(self, last):
        """:param int last: see :meth:`_last_move`
        :return: the invoices this run made since"""
        return self.env["account.move"].search(
            [("mvno_billing_run_id", "=", self.id), ("id", ">", last)], order="id"
        )

    def _preview_rows(self, moves):
        """Note down what invoices say.

        :param moves: ``account.move`` records
        :return: list of values of ``mvno.billing.preview``
        """
        items = {item.move_line_id: item for item in moves.mvno_item_ids}
        rows = []
        for number, move in enumerate(moves, start=self.preview_count + 1):
            payer = move.partner_id
            due = move.invoice_date_due
            invoice = f"{number:05d} · {payer.name} · {format_date(self.env, due)}"
            lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            )
            its_rows = [
                {
                    "run_id": self.id,
                    "invoice_number": number,
                    "invoice": invoice,
                    "payer_id": payer.id,
                    "due_date": due,
                    "currency_id": move.currency_id.id,
                    **self._preview_row(line, items.get(line)),
                }
                for line in lines
            ]
            self._spread_rounding(its_rows, move)
            if move.move_type == "out_refund":
                self._as_given_back(its_rows)
            rows += its_rows
        return rows

    def _preview_row(self, line, item):
        """:param line: ``account.move.line`` record
        :param item: its ``mvno.billing.item``, or None
        :return: dict, what this line of an invoice says"""
        contract_line = line.contract_line_id
        subscriber = contract_line.contract_id.partner_id or line.move_id.partner_id
        return {
            "partner_id": subscriber.id,
            "contract_line_id": contract_line.id,
            "mvno_line_id": line.mvno_line_id.id,
            "kind": item.kind if item else False,
            "source_key": item.source_key if item else False,
            "competence": item.competence if item else self.competence,
            "period_start": item.period_start if item else False,
            "period_end": item.period_end if item else False,
            "text": line.name,
            "amount_untaxed": line.price_subtotal,
            "amount_tax": line.price_total - line.price_subtotal,
            "amount_total": line.price_total,
        }

    @api.model
    def _as_given_back(self, rows):
        """What a credit note says counts against what is invoiced.

        :param list rows: values of its rows; changed in place
        """
        for row in rows:
            for name in AMOUNTS:
                row[name] = -row[name]

    @api.model
    def _spread_rounding(self, rows, move):
        """Taxes that are rounded once per invoice may be a cent away from the sum of
        the lines: the dearest line carries it, so that the rows come to the invoice.

        :param list rows: values of the rows of an invoice; changed in place
        :param move: the invoice
        """
        if not rows:
            return
        dearest = max(rows, key=lambda row: abs(row["amount_total"]))
        for name in AMOUNTS:
            rest = move[name] - sum(row[name] for row in rows)
            dearest[name] = move.currency_id.round(dearest[name] + rest)

    # === END OF A PREVIEW === #

    def _without_previewed(self, issues):
        """What the preview shows as billed is no issue, though nothing is billed yet.

        :param list issues: issue values
        :return: list of issue values
        """
        shown = {
            key
            for [key] in self.env["mvno.billing.preview"]._read_group(
                [("run_id", "=", self.id), ("source_key", "!=", False)], ["source_key"]
            )
        }
        sources = self.env["mvno.billing.source"]._all()
        return [
            values
            for values in issues
            if shown.isdisjoint(source._issue_source_key(values) for source in sources)
        ]

    def _finish_preview(self):
        self.previewed_at = fields.Datetime.now()
        # a run that has billed its month goes back to that
        self._close("finish" if self.billed_at else "show")
