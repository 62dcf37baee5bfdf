# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from odoo.addons.tip_mvno.tools.actions import open_action
from odoo.addons.tip_mvno.tools.told import Told, told

from ...tools.overage import USAGE_KINDS
from ...tools.typed import refuse_typed
from ...tools.usage_words import EVENT_WORDS
from ..contract.contract_contract import DAYS_TO_PAY

_logger = logging.getLogger(__name__)

EXTENSIONS = {"pdf": ("pdf",), "csv": ("csv",), "both": ("pdf", "csv")}
MIMETYPES = {"pdf": "application/pdf", "csv": "text/csv"}
TYPED_BY_NOBODY = frozenset({"mvno_competence", "mvno_billing_run_id"})
# Tells the months of the invoices that are being credited, whose notes are of them.
CREDITED = "mvno_credited_months"
# Marks the e-mail with an invoice. Being an object it cannot come from a remote call.
SENDING = object()


class AccountMove(models.Model):
    """A telephony invoice: the months it bills, what its lines used, and the detailed
    statement that goes out with it.

    Usage is told in totals only: who was called is nobody's business who handles
    invoices. Call records are secret, and whoever reads an invoice reads its
    attachments and messages. So the statement is attached to nothing in Odoo: it is
    written when the e-mail leaves, only for recipients who are the invoice's own
    customer, and only to the address that was agreed on.
    """

    _inherit = "account.move"

    mvno_competence = fields.Date(
        string="Billing Month",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The month of telephony this invoice bills.",
    )
    mvno_billing_run_id = fields.Many2one(
        "mvno.billing.run",
        string="Billing Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    mvno_item_ids = fields.One2many(
        "mvno.billing.item", "move_id", string="Billed Months", readonly=True
    )

    @api.constrains("mvno_billing_run_id")
    def _check_mvno_run_company(self):
        for move in self.sudo().filtered("mvno_billing_run_id"):
            if move.mvno_billing_run_id.company_id != move.company_id:
                raise ValidationError(
                    self.env._("An invoice is of a billing run of its own company.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        credits = told(self.env, CREDITED)
        for vals in vals_list:
            month = fields.Date.to_date(vals.get("mvno_competence"))
            typed = {
                name: vals[name]
                for name in TYPED_BY_NOBODY & vals.keys()
                if name != "mvno_competence" or month not in (credits or ())
            }
            refuse_typed(self.new(), typed, TYPED_BY_NOBODY)
        return super().create(vals_list)

    def write(self, vals):
        """A cancelled invoice releases what it billed, and so does one that becomes a
        credit note; one that is reset to draft, or whose credit note is withdrawn,
        takes it back."""
        refuse_typed(self, vals, TYPED_BY_NOBODY)
        if "state" not in vals:
            result = super().write(vals)
            if "move_type" in vals:
                self.sudo().mvno_item_ids._follow_kind()
            return result
        cancelled = self.filtered(lambda move: move.state == "cancel")
        withdrawn = self.filtered(
            lambda move: move.state == "posted" and vals["state"] != "posted"
        )
        result = super().write(vals)
        if vals["state"] == "cancel":
            (self - cancelled).sudo().mvno_item_ids._release(
                self.env._("The invoice was cancelled.")
            )
        else:
            cancelled.sudo().mvno_item_ids._claim_again(
                self.env._("The cancelled invoice was taken up again.")
            )
        credited = withdrawn.reversed_entry_id.filtered(
            lambda move: move.state == "posted"
        )
        credited.sudo().mvno_item_ids._claim_again(
            self.env._("The credit note was withdrawn.")
        )
        return result

    def action_switch_move_type(self):
        """An invoice that became a credit note bills nothing any more; the other way
        round what is below zero changes its sign, too, and bills what it did."""
        result = super().action_switch_move_type()
        self.sudo().mvno_item_ids._follow_kind()
        return result

    def _post(self, soft=True):
        """A draft of a billing run is issued on the day it is posted, whoever posts it:
        the run, or accounting's own button."""
        self._mvno_issue_today()
        return super()._post(soft)

    def _mvno_issue_today(self):
        """Date the drafts of billing runs as issued today, where their platform is,
        none due sooner than it can be paid.

        One that was posted before and reset to draft was issued then: its customer has
        it, with its dates.
        """
        drafts = self.filtered(
            lambda move: move.state == "draft" and not move.posted_before
        )
        for run, moves in drafts.grouped("mvno_billing_run_id").items():
            if not run:
                continue
            # accountants have no right to platforms
            today = run.sudo().platform_id._today()
            earliest = today + timedelta(days=DAYS_TO_PAY)
            moves.filtered(lambda move, today=today: move.invoice_date != today).write(
                {"invoice_date": today}
            )
            moves.filtered(
                # the reviewer's own payment term decides by itself
                lambda move, earliest=earliest: not move.invoice_payment_term_id
                and (not move.invoice_date_due or move.invoice_date_due < earliest)
            ).write({"invoice_date_due": earliest})

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A credit note is of its invoice's month."""
        if not default_values_list:
            default_values_list = [{} for move in self]
        for move, values in zip(self, default_values_list, strict=True):
            values.setdefault("mvno_competence", move.mvno_competence)
        months = frozenset(self.mapped("mvno_competence"))
        crediting = self.with_context(**{CREDITED: Told(months)})
        credit_notes = super(AccountMove, crediting)._reverse_moves(
            default_values_list, cancel
        )
        return credit_notes.with_env(self.env)

    def _mvno_contracts(self):
        """:return: the contracts that these invoices bill"""
        return self.invoice_line_ids.contract_line_id.contract_id

    def _mvno_is_credited(self):
        """:return: bool, whether credit notes cover the whole invoice"""
        self.ensure_one()
        if self.payment_state == "reversed":
            return True
        credited = sum(
            note.amount_total
            for note in self.reversal_move_ids
            if note.state == "posted" and note.currency_id == self.currency_id
        )
        return (
            self.state == "posted"
            and self.currency_id.compare_amounts(credited, self.amount_total) >= 0
        )

    def _mvno_credited_by_hand(self):
        """:return: bool, whether a person has given back some of this invoice: what was
        learnt late is given back month by month"""
        self.ensure_one()
        return any(
            note.state == "posted" and not note.mvno_item_ids
            for note in self.reversal_move_ids
        )

    def _mvno_left_to_pay(self):
        """:return: float, what a credit note can take off this invoice: nothing once
        it is paid, or a payment is on its way"""
        self.ensure_one()
        is_open = (
            self.move_type == "out_invoice"
            and self.state == "posted"
            and self.payment_state in ("not_paid", "partial")
        )
        return self.amount_residual if is_open else 0.0

    def action_view_mvno_items(self):
        """Open the months of telephony that this invoice bills."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_billing_item_action",
            domain=[("move_id", "=", self.id)],
            context={},
        )

    # === USAGE OF THE MONTH === #

    def _mvno_usage_summary(self):
        """:return: list of dicts of texts for the invoice, one per mobile line with
        known usage: ``number``, ``plan``, and ``voice``, ``sms`` and ``data`` with the
        allowance agreed of each as ``voice_allowance``... ("" where there is none)"""
        self.ensure_one()
        lines = self.invoice_line_ids.sudo().mvno_line_id.filtered(
            lambda line: line.company_id == self.company_id
        )
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
        """Tell the customer's own days: who else had the line in the month is told of
        the others, as far as its records say when they were."""
        paying = line.contract_line_ids._mvno_of_month(self.mvno_competence)
        own = paying._mvno_of_holder(
            self.mvno_competence, self.commercial_partner_id.sudo()
        )
        is_told = "product_id" in usage._fields
        used = {
            "voice": usage.voice_seconds,
            "sms": usage.sms_count,
            "data": usage.data_mb,
        }
        product = usage.product_id if is_told else line.contract_line_id.product_id
        if is_told and own and own != paying:
            used = own._mvno_used(self.mvno_competence)
            product = own[-1].product_id
        allowances = {
            tariff.kind: tariff.allowance
            for tariff in own._mvno_tariffs(self.mvno_competence)
        }
        words = {kind: EVENT_WORDS[kind](self.env, used[kind]) for kind in USAGE_KINDS}
        words |= {
            f"{kind}_allowance": EVENT_WORDS[kind](self.env, allowances[kind])
            if kind in allowances
            else ""
            for kind in USAGE_KINDS
        }
        return {
            "number": line._format_number(line.number) or line.display_name,
            "plan": product.with_context(lang=self.env.lang).name or "",
            **words,
        }

    # === DETAILED STATEMENT === #

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self.env.context.get("mvno_sends_invoice") is SENDING and len(self) == 1:
            values["mvno_invoice_id"] = self.id
        return values

    def _mvno_statement_lines(self):
        """Find what the detailed statements tell that the customer wants with this
        invoice.

        Of the month's lines that are the customer's own; another person's, whose bill
        the customer pays, are not.

        :return: ``mvno.statement.line`` records
        """
        self.ensure_one()
        customer = self.commercial_partner_id.sudo()
        shown = self.env["mvno.statement.line"].sudo()
        if customer.mvno_attach_statement == "none" or not self.mvno_competence:
            return shown
        return shown.search(
            [
                ("mvno_line_id", "in", self.invoice_line_ids.sudo().mvno_line_id.ids),
                ("statement_id.competence", "=", self.mvno_competence),
                ("statement_id.imported_at", "!=", False),
                ("statement_id.partner_id", "=", False),
                ("partner_id", "child_of", customer.id),
            ]
        )

    def _mvno_statement_files(self, shown):
        """:param shown: of :meth:`_mvno_statement_lines`
        :return: list of (name, content in bytes, MIME type)"""
        wanted = EXTENSIONS[self.commercial_partner_id.sudo().mvno_attach_statement]
        subscribers = shown.grouped(lambda line: (line.statement_id, line.partner_id))
        return [
            (*lines[0]._detail_file(extension), MIMETYPES[extension])
            for lines in subscribers.values()
            for extension in wanted
        ]

    def _mvno_statement_attachments(self, recipient, addresses):
        """Write the detailed statements for an e-mail that is about to leave. The bill
        goes out without them rather than not at all.

        :param recipient: ``res.partner`` to whom it goes
        :param list addresses: of normalized e-mail addresses, where it goes
        :return: list of (name, content in bytes, MIME type)
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                shown = self._mvno_statement_lines()
                hindrance = shown and self._mvno_statement_hindrance(
                    recipient, addresses
                )
                if shown and not hindrance:
                    return self._mvno_statement_files(shown)
        except Exception as error:
            # whatever became of the PDF: what it says must not reach the log
            _logger.error(
                "Invoice %s: no detailed statement (%s)", self.id, type(error).__name__
            )
            hindrance = self.env._("it could not be written")
        if hindrance:
            self._message_log(
                body=self.env._(
                    "This e-mail went out without the detailed statement: %(reason)s. "
                    "Print it from the month's statement.",
                    reason=hindrance,
                )
            )
        return []

    def _mvno_statement_hindrance(self, recipient, addresses):
        """Say why a detailed statement must not go there; parameters as above.

        :return: part of a sentence, "" when it may
        """
        customer = self.commercial_partner_id.sudo()
        if addresses != [email_normalize(customer.mvno_statement_email or "")]:
            return self.env._("the customer's address is not the one agreed on")
        if (recipient | customer).filtered("mvno_contact_waits"):
            return self.env._("the customer's e-mail or phone was changed lately")
        return ""
