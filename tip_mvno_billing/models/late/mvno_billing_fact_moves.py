# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from dataclasses import replace
from datetime import timedelta

from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.bulk import where

from ...tools.day_numbers import days_of
from ...tools.month import month_end
from ..contract.contract_contract import DAYS_TO_PAY
from ..run.mvno_billing_run_driver import CONFLICTS
from .mvno_billing_fact import UNSETTLED

_logger = logging.getLogger(__name__)

# Which way a month's difference goes on an invoice, and on a credit note.
SIGN = {"out_invoice": 1, "out_refund": -1}


class MvnoBillingFact(models.Model):
    """The credit notes, and the lines of invoices, that settle what was learnt late,
    and what becomes of the billed month with them."""

    _inherit = "mvno.billing.fact"

    # === INVOICES AND CREDIT NOTES === #

    def _in_parts(self, method_name):
        """Do something with these facts' invoices; halve them until only those are
        left, for a person, with which it cannot be done.

        :param str method_name: of the facts of some invoices
        """
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                getattr(self, method_name)()
                return
        except CONFLICTS:
            raise
        except Exception as error:
            invoices = self.invoice_id
            if len(invoices) == 1:
                self._stop(self._failure(error))
                return
        half = invoices[: len(invoices) // 2]
        for part in (half, invoices - half):
            self.filtered(lambda fact, part=part: fact.invoice_id in part)._in_parts(
                method_name
            )

    def _failure(self, error):
        """:return: a sentence about an error that kept these from being settled"""
        if isinstance(error, UserError):
            return str(error)
        _logger.error("Learnt late %s: not settled: %s", self.ids, where(error))
        return self.env["mvno.billing.run"]._unexpected(error)

    def _charge(self):
        """:return: :class:`Charge`, what settles this"""
        self.ensure_one()
        source = self.env["mvno.billing.source.late"]
        charge = self.contract_line_id._mvno_adjustment(
            self.competence, None, self.amount, source._source_key(self.id)
        )
        told = self._days_sentence()
        return replace(
            charge,
            text=f"{charge.text}\n{told}" if told else charge.text,
            record=(source._record_field, self.id),
        )

    def _line_values(self, charge, move_type):
        """:return: dict, values of an invoice line that settles this, taxed and booked
        as the month was"""
        self.ensure_one()
        billed = self.item_id.move_line_id
        values = self.contract_line_id._mvno_prepare_charge(charge)
        if billed:
            values |= {
                "tax_ids": [Command.set(billed.tax_ids.ids)],
                "account_id": billed.account_id.id,
            }
        return {**values, "price_unit": SIGN[move_type] * charge.price}

    def _put_on_drafts(self):
        """Whoever has not got the invoice yet gets it as it should be."""
        for invoice, facts in self.grouped("invoice_id").items():
            # a reviewer may have changed it meanwhile: what stands there counts
            change = sum(facts.mapped("amount")) * SIGN[invoice.move_type]
            if invoice.amount_untaxed + change <= 0:
                facts._stop(
                    self.env._(
                        "The draft of %(customer)s would come to nothing: delete it, "
                        "and run the billing of its month again.",
                        customer=invoice.partner_id.display_name,
                    )
                )
                continue
            charges = {fact: fact._charge() for fact in facts}
            before = invoice.invoice_line_ids
            invoice.write(
                {
                    "invoice_line_ids": [
                        Command.create(fact._line_values(charge, invoice.move_type))
                        for fact, charge in charges.items()
                    ]
                }
            )
            self._claim(invoice.invoice_line_ids - before, charges)

    def _take_off(self):
        """Credit these on their invoices, with which accounting reconciles the credit
        notes; a new document asks for the rest."""
        notes = self._make_moves("out_refund")
        invoices = notes.reversed_entry_id
        # the file that was sent asks for too much
        invoices._detach_attachments()
        for run, moves in invoices.grouped("mvno_billing_run_id").items():
            unpaid = moves.filtered(lambda move: move.amount_residual > 0)
            run._queue_sending(unpaid, again=True)
        bodies = {
            note.reversed_entry_id.id: self.env._(
                "Credit note %(note)s takes off what was learnt after the month was "
                "billed; %(left)s is left to pay.",
                note=note.name,
                left=note.currency_id.format(note.reversed_entry_id.amount_residual),
            )
            for note in notes
        }
        invoices._message_log_batch(bodies=bodies)

    def _settle_with_moves_of_their_own(self):
        """:return: the posted credit notes, or invoices, that settle these"""
        given_back = self.filtered(lambda fact: fact.amount < 0)
        moves = given_back._make_moves("out_refund")
        return moves | (self - given_back)._make_moves("out_invoice")

    def _make_moves(self, move_type):
        """:param str move_type: of account.move
        :return: posted ``account.move`` records, one for each of these facts'
            invoices"""
        if not self:
            return self.env["account.move"]
        charges = {fact: fact._charge() for fact in self}
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True)
            .create(
                [
                    facts._move_values(invoice, move_type, charges)
                    for invoice, facts in self.grouped("invoice_id").items()
                ]
            )
        )
        self._claim(moves.invoice_line_ids, charges)
        moves._post(soft=False)
        return moves

    def _move_values(self, invoice, move_type, charges):
        """:return: dict, values of what corrects an invoice"""
        today = self.mvno_line_id.platform_id[:1]._today()
        months = set(self.mapped("competence"))
        is_credit = move_type == "out_refund"
        return {
            "move_type": move_type,
            "company_id": invoice.company_id.id,
            "partner_id": invoice.partner_id.id,
            "journal_id": invoice.journal_id.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_date": today,
            "invoice_payment_term_id": False,
            "invoice_date_due": today
            if is_credit
            else today + timedelta(days=DAYS_TO_PAY),
            "reversed_entry_id": is_credit and invoice.id,
            "invoice_origin": invoice.name,
            "ref": self.env._("Correction of %(invoice)s", invoice=invoice.name),
            "mvno_competence": months.pop()
            if len(months) == 1
            else invoice.mvno_competence,
            "invoice_line_ids": [
                Command.create(fact._line_values(charges[fact], move_type))
                for fact in self
            ],
        }

    def _claim(self, move_lines, charges):
        """Note what settles facts on invoices that no run makes.

        :param move_lines: ``account.move.line`` records
        :param dict charges: ``{fact: Charge}``
        """
        line_of = {line._mvno_charge_key(): line for line in move_lines}
        items = self.env["mvno.billing.item"]
        items.create(
            [
                {
                    **items._charge_values(charge, None),
                    "contract_line_id": charge.contract_line_id,
                    "mvno_line_id": fact.mvno_line_id.id,
                    "move_line_id": line_of[charge.key].id,
                    "move_id": line_of[charge.key].move_id.id,
                }
                for fact, charge in charges.items()
                if charge.key in line_of
            ]
        ).fact_id._note_settled()

    def _note_settled(self, reason=None, event="settle"):
        """These are on an invoice or credit note: their months are billed by the days
        that are known now.

        :param str reason: why, for their history
        :param str event: of their state
        """
        self._transition(event, reason)
        for fact in self:
            fact._exchange(days_of(fact.days_on), days_of(fact.days_off))

    def _take_back(self, reason):
        """What settled these stands no more.

        :param str reason: why, for their history
        """
        self.search(
            [("rest_of_id", "in", self.ids), ("state", "in", UNSETTLED)]
        )._transition("drop", reason)
        self._transition("release", reason)
        for fact in self:
            fact._exchange(days_of(fact.days_off), days_of(fact.days_on))
        gone = self.filtered(lambda fact: fact.item_id.state != "billed")
        gone._transition(
            "drop", self.env._("The month is billed anew, by what is known now.")
        )

    def _exchange(self, charged, free):
        """Of this fact's month these days are charged now, and those are free."""
        if charged or free:
            item = self.item_id
            days = item._days_charged(self._days_off_now()) or set()
            item._charge_days((days | charged) - free)

    def _days_off_now(self):
        """:return: set, numbers of the month's days that the line's history says are
        free, without those of this fact; only where the item does not keep its days"""
        if self.item_id.days_free is not False:
            return set()
        first = self.competence
        off = self.mvno_line_id._days_not_charged(first, month_end(first))
        days = {day.day for day in off.get(self.mvno_line_id.id, ())}
        return days - days_of(self.days)
