# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from math import isqrt

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from odoo.addons.tip_mvno.tools.bulk import where

from ...tools.month_billing import CONTEXT_KEY, MonthBilling
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)

BATCH_INVOICES = 50
# Marks in an invoice's ``sending_data`` that a run has it sent: making its file, as who
# opens it before that does, is what Odoo takes for a sending.
BY_RUN = "mvno_billing_run"


class MvnoBillingRun(models.Model):
    """The invoices of a run: made of what is billed, posted once somebody has looked
    them over, and sent by e-mail in the way accounting sends every invoice."""

    _inherit = "mvno.billing.run"

    draft_count = fields.Integer(
        string="Drafts",
        compute="_compute_draft_count",
        help="Invoices of this run that are not posted yet.",
    )

    # === COMPUTES === #

    @api.depends("invoice_ids.state")
    def _compute_draft_count(self):
        counts = {
            run.id: count
            for run, count in self.env["account.move"]
            .sudo()
            ._read_group(
                [("mvno_billing_run_id", "in", self.ids), ("state", "=", "draft")],
                ["mvno_billing_run_id"],
                ["__count"],
            )
        }
        for run in self:
            run.draft_count = counts.get(run.id, 0)

    # === ACTIONS === #

    def action_post(self):
        """Set the runs to post their drafts; the cron does it, with progress.

        :raise UserError: when a run has no drafts
        """
        self.check_access("write")
        for run in self:
            if not run.draft_count:
                raise UserError(
                    self.env._(
                        "Billing run %(run)s has no drafts: all its invoices are "
                        "posted or cancelled.",
                        run=run.display_name,
                    )
                )
        self._start("post", "post")
        return True

    def action_send_invoices(self):
        """Open accounting's own dialog on the invoices that are not sent yet.

        :return: action
        :raise UserError: when all are sent
        """
        self.ensure_one()
        moves = self.env["account.move"].search(self._unsent_domain(), order="id")
        if not moves:
            raise UserError(
                self.env._(
                    "Billing run %(run)s has nothing to send: its posted invoices are "
                    "sent, or are being sent. Drafts are sent once they are posted.",
                    run=self.display_name,
                )
            )
        return moves.action_send_and_print()

    # === MAKING INVOICES === #

    @api.model
    def _charged_lines(self, charges):
        """:return: the contract lines of these charges"""
        return self.env["contract.line"].browse(
            dict.fromkeys(charge.contract_line_id for charge in charges)
        )

    def _invoice_or_park(self, parts, charges, last_try=False):
        """Invoice customers; split them until only the broken ones are left out.

        What was done for the others of a broken customer's batch is done once more.
        Parts of the square root's size keep that least: of a thousand customers one
        that is broken costs a batch, and hardly more.

        :param dict parts: ``{contract line id: Part}``, what of the month is billed
        :param list charges: :class:`Charge` items of these and other contract lines
        :param bool last_try: park customers that run into conflicts, too
        :return: list of issue values
        """
        lines = self.env["contract.line"].browse(parts)
        contracts = (lines | self._charged_lines(charges)).contract_id
        if not contracts:
            return []
        try:
            with self.env.cr.savepoint():
                return self._invoice(parts, charges)
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            customers = contracts.commercial_partner_id.sorted("id")
            if len(customers) == 1:
                return self._park(lines, charges, error)
        issues = []
        for part in split_every(isqrt(len(customers)), customers):
            its_lines = (lines | self._charged_lines(charges)).filtered(
                lambda line, part=part: line.contract_id.commercial_partner_id in part
            )
            its_ids = set(its_lines.ids)
            issues += self._invoice_or_park(
                {key: part for key, part in parts.items() if key in its_ids},
                [charge for charge in charges if charge.contract_line_id in its_ids],
                last_try,
            )
        return issues

    def _park(self, lines, charges, error):
        """:return: list of issue values that say why a customer was not billed"""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            contracts = (lines | self._charged_lines(charges)).contract_id
            customer = contracts.commercial_partner_id
            _logger.error(
                "Billing run %s: customer %s failed: %s",
                self.id,
                customer.id,
                where(error),
            )
            reason = self._unexpected(error)
        return self._issues(lines, charges, "failed", reason)

    def _issues(self, lines, charges, code, reason):
        """:return: list of issue values, all for the same reason"""
        line_of = self.env["contract.line"].browse
        return [
            *(self._issue(line, code, reason) for line in lines),
            *(
                self._issue(
                    line_of(charge.contract_line_id),
                    code,
                    f"{charge.text}: {reason}",
                    **charge.record_values,
                )
                for charge in charges
            ),
        ]

    def _invoice(self, parts, charges):
        """Create the invoices and the items that keep from being billed again what is
        on them, in one transaction.

        :param dict parts: ``{contract line id: Part}``, what of the month is billed
        :param list charges: :class:`Charge` items to be billed with it
        :return: list of issue values about what an extension left out
        """
        self.ensure_one()
        billing = MonthBilling(
            competence=self.competence,
            issued=self.platform_id._today(),
            due_date=self.due_date or None,
            run_id=self.id,
            parts=parts,
            charges=tuple(charges),
        )
        lines = self.env["contract.line"].browse(parts)
        contracts = (lines | self._charged_lines(charges)).contract_id.with_context(
            **{CONTEXT_KEY: billing}
        )
        values_list = contracts._prepare_recurring_invoices_values(billing.issued)
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True)
            .create(values_list)
        )
        items = self.env["mvno.billing.item"]._claim(moves, billing)
        left_out = self._left_out(billing, items)
        if self.mode == "preview":
            return left_out + self._foretell_posting(moves)
        self._issue_moves(moves)
        return left_out

    def _foretell_posting(self, moves):
        """Say of a preview's invoices what accounting is going to refuse. They are not
        posted for that: other addons hand to authorities what is posted.

        :param moves: new invoices, drafts
        :return: list of issue values about what a person would have to post
        :raise UserError: when the run itself would post them, and could not
        """
        foretold = []
        for move in moves:
            problem = self._posting_problem(move)
            if problem and self.company_id.mvno_posting == "posted":
                raise UserError(problem)
            if problem:
                # there is no such invoice afterwards
                values = self._not_posted(move, UserError(problem))
                foretold.append({**values, "move_id": False})
        return foretold

    def _posting_problem(self, move):
        """:return: a sentence about why accounting would not post an invoice; None
        when nothing is known against it"""
        locked = self._lock_on(move)
        if locked:
            return self.env._(
                "The invoice of %(customer)s would be posted in a period that is "
                "locked (%(lock)s): accounting does not post it before that is over.",
                customer=move.partner_id.display_name,
                lock=locked,
            )
        accounts = move.line_ids.account_id.filtered(lambda account: not account.active)
        if accounts:
            return self.env._(
                "The invoice of %(customer)s uses an archived account (%(accounts)s): "
                "accounting does not post it. Restore the account, or give the product "
                "or the customer another one.",
                customer=move.partner_id.display_name,
                accounts=", ".join(accounts.mapped("display_name")),
            )
        return None

    @api.model
    def _lock_on(self, move):
        """:return: str, the lock dates that keep an invoice from being posted today, by
        accounting's own words; "" for none"""
        taxed = move._affect_tax_report()
        locks = move._get_violated_lock_dates(move.date, taxed)
        if locks:
            # posting looks for a day that is open
            day = move._get_accounting_date(move.invoice_date, taxed, locks)
            locks = move._get_violated_lock_dates(day, taxed)
        return self.env["res.company"]._format_lock_dates(locks) if locks else ""

    def _left_out(self, billing, items):
        """:return: list of issue values about what is on no invoice"""
        months = items.filtered(
            lambda item: item.kind == "recurring"
            and item.competence == billing.competence
        )
        billed = {item._charge_key() for item in items}
        missing = [charge for charge in billing.charges if charge.key not in billed]
        for source in self.env["mvno.billing.source"]._all():
            missing = source._missed(missing)
        lines = self.env["contract.line"].browse(billing.parts)
        lines -= months.contract_line_id
        free = lines.filtered(lambda line: not billing.parts[line.id].amount)
        reason = self.env._(
            "An extension of contracts left this line out of its invoice. Ask your "
            "administrator which one, and why."
        )
        courtesy = self.env._("This line is a courtesy in this month.")
        return [
            *self._issues(free, [], "courtesy", courtesy),
            *self._issues(lines - free, missing, "left_out", reason),
        ]

    def _issue_moves(self, moves):
        """Make known new invoices whose lines are there."""
        self._log_origin(moves)
        self._add_followers(moves)
        if self.company_id.mvno_posting == "posted":
            moves._post(soft=False)
            self._queue_sending(moves)

    def _log_origin(self, moves):
        """Say in each invoice's history where it comes from."""
        origin = self.env._("Created by billing run %s from:", self.display_name)
        bodies = {}
        for move in moves:
            links = [
                contract._get_html_link(title=contract.display_name)
                for contract in move._mvno_contracts()
            ]
            bodies[move.id] = Markup("%s %s") % (origin, Markup(", ").join(links))
        moves._message_log_batch(bodies=bodies)

    def _add_followers(self, moves):
        """Who follows a contract's invoices follows each new one: as the contract's
        own invoicing does, with one search for all."""
        subtype = self.env.ref("contract.mail_message_subtype_invoice_created")
        contracts = moves._mvno_contracts()
        followers = (
            self.env["mail.followers"]
            .sudo()
            .search(
                [
                    ("res_model", "=", contracts._name),
                    ("res_id", "in", contracts.ids),
                    ("subtype_ids", "in", subtype.ids),
                ]
            )
            .grouped("res_id")
        )
        for move in moves if followers else ():
            partners = self.env["res.partner"]
            for contract in move._mvno_contracts():
                if contract.id in followers:
                    partners |= followers[contract.id].partner_id
            if partners:
                move.message_subscribe(partner_ids=partners.ids)

    # === POSTING === #

    def _drafts_after_cursor_domain(self):
        """:return: domain of the drafts that are still to be posted"""
        self.ensure_one()
        return [
            ("mvno_billing_run_id", "=", self.id),
            ("state", "=", "draft"),
            ("id", ">", self.cursor),
        ]

    def _count_drafts_left(self):
        """:return: how many drafts are still to be posted"""
        return self.env["account.move"].search_count(self._drafts_after_cursor_domain())

    def _post_slice(self, last_try=False):
        """Post the next drafts. Never commits.

        :param bool last_try: park invoices that run into conflicts, too
        :return: how many are done now
        """
        moves = self.env["account.move"].search(
            self._drafts_after_cursor_domain(), order="id", limit=BATCH_INVOICES
        )
        if moves:
            self.env["mvno.billing.issue"].create(self._post_or_park(moves, last_try))
            self.write(
                {
                    "cursor": moves.ids[-1],
                    "done_count": self.done_count + len(moves),
                }
            )
        if len(moves) < BATCH_INVOICES:
            self._close("finish")
        return len(moves)

    def _post_or_park(self, moves, last_try=False):
        """Post invoices; halve them until only the broken ones are left out.

        :param moves: ``account.move`` records, drafts
        :param bool last_try: park invoices that run into conflicts, too
        :return: list of issue values
        """
        try:
            with self.env.cr.savepoint():
                self._post_drafts(moves)
            return []
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            if len(moves) == 1:
                return [self._not_posted(moves, error)]
        half = len(moves) // 2
        return [
            *self._post_or_park(moves[:half], last_try),
            *self._post_or_park(moves[half:], last_try),
        ]

    def _post_drafts(self, moves):
        """Post invoices, note that it was this run, and hand them over to be sent.

        :param moves: ``account.move`` records, drafts
        """
        posted = moves.with_context(tracking_disable=True)._post(soft=False)
        body = self.env._("Posted by billing run %s.", self.display_name)
        posted._message_log_batch(bodies=dict.fromkeys(posted.ids, body))
        self._queue_sending(posted)

    def _not_posted(self, move, error):
        """:return: issue values that say why a draft was not posted"""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            _logger.error(
                "Billing run %s: invoice %s not posted: %s",
                self.id,
                move.id,
                where(error),
            )
            reason = self._unexpected(error)
        return {
            "run_id": self.id,
            "competence": move.mvno_competence or self.competence,
            "code": "not_posted",
            "reason": reason,
            "move_id": move.id,
            "partner_id": move.partner_id.id,
        }

    # === SENDING === #

    def _unsent_domain(self):
        """:return: domain of the invoices that are posted, not sent and not about to
        be"""
        return [
            ("mvno_billing_run_id", "in", self.ids),
            ("state", "=", "posted"),
            ("is_move_sent", "=", False),
            ("sending_data", "=", False),
        ]

    def _queue_sending(self, moves, again=False):
        """Hand invoices to the cron of accounting that sends them, when the company
        wants that.

        :param moves: ``account.move`` records, posted just now
        :param bool again: posted before, and asking for less now; those that were sent
            go out as copies do
        """
        if not self.company_id.mvno_send_invoices:
            return
        sendable = moves.filtered(
            lambda move: not move.sending_data and not self._lacks_email(move)
        )
        if sendable:
            author = self.user_id or self.env.user
            sendable.sending_data = {
                "author_user_id": author.id,
                "author_partner_id": author.partner_id.id,
                **({} if again else {BY_RUN: True}),
            }
            self.env.ref("account.ir_cron_account_move_send")._trigger()

    def _lacks_email(self, move):
        """:return: bool, whether an invoice is to be sent by e-mail, but cannot be"""
        methods = self.env["account.move.send"]._get_default_sending_methods(move)
        return "email" in methods and not move.partner_id.email

    def _list_without_email(self, event, _message):
        """Invoices without e-mail address are listed when all others are on their
        way."""
        for run in self:
            if event == "finish" and run.mode != "preview":
                self.env["mvno.billing.issue"].create(run._without_email())

    def _without_email(self):
        """List the invoices that cannot be sent because their customer has no e-mail
        address.

        :return: list of issue values
        """
        self.ensure_one()
        if not self.company_id.mvno_send_invoices:
            return []
        moves = self.env["account.move"].search(
            [*self._unsent_domain(), ("partner_id.email", "in", (False, ""))],
            order="id",
        )
        return [
            {
                "run_id": self.id,
                "competence": move.mvno_competence or self.competence,
                "code": "no_email",
                "reason": self.env._(
                    "Invoice %(invoice)s is not sent: %(customer)s has no e-mail "
                    "address. Fill it in, then use “Send by E-Mail”.",
                    invoice=move.name,
                    customer=move.partner_id.display_name,
                ),
                "move_id": move.id,
                "partner_id": move.partner_id.id,
            }
            for move in moves
            if self._lacks_email(move)
        ]
