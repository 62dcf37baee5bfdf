# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ...lib import SubscriberContract
from ...tools.brazil import clean_document
from ...tools.bulk import named, where
from ...tools.labels import label_of
from ...tools.simcard import iccid_stem, same_card
from ..line.mvno_line_read import IN_SERVICE

_logger = logging.getLogger(__name__)


class MvnoSupportRequest(models.Model):
    """How a request ends: the platform shows that TIP's people did it."""

    _inherit = "mvno.support.request"

    # === CONFIRMED BY THE DAILY COMPARISON === #

    @api.model
    def _confirm_from_platform(self, platform, contracts):
        """Close the requests that the platform's subscribers' list shows as done.

        A replaced SIM card is done when the new ICCID is in service under the line's
        contract or number; a change of holder when the line's ICCID is in service for
        the new holder's document. Lines follow at once, so whatever compares lines
        with the platform does it after this. Nothing is raised: what goes wrong with
        one request is said on it, and it goes on waiting.

        :param platform: ``mvno.platform`` record
        :param contracts: iterable of (document, ``lib.SubscriberContract``), the
            document without punctuation; gone through once, not at all when nothing
            waits, and may be a part of the list
        :return: the requests that were closed
        """
        shown = [key for key, kind in self._kinds().items() if kind.is_shown]
        waiting = self.sudo().search(
            [
                ("platform_id", "=", platform.id),
                ("state", "=", "waiting"),
                ("kind", "in", shown),
            ]
        )
        closed = self.browse()
        if not waiting:
            return closed
        by_card = defaultdict(list)
        for request in waiting:
            by_card[iccid_stem(request._awaited_simcard().iccid)].append(request)
        found = {}
        for document, contract in contracts:
            for request in by_card.get(iccid_stem(contract.iccid), ()):
                if request._is_shown(document, contract):
                    found[request] = contract
        for request, contract in found.items():
            request = platform._in_language_of_reader(request)
            if request._finish_or_explain(contract):
                closed |= request
        return closed

    def _finish_or_explain(self, contract):
        """:return: whether the request is done; else why not stands on it"""
        self.ensure_one()
        if not self.try_lock_for_update():
            return False
        # what the caller wrote fails as the caller's own, not in here
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self._finish(contract)
            return True
        except UserError as error:
            problem = str(error)
        except Exception as error:
            told = where(error)
            _logger.error(
                "Request %s to TIP's support was not closed: %s", self.id, told
            )
            problem = named(error)
        self.problem = problem
        return False

    # === CONFIRMED BY A PERSON === #

    def action_done(self):
        """TIP did it: see what the platform shows of it, and let the line follow.

        :raise UserError: when the platform does not show it, or does not answer
        """
        self.ensure_one()
        getattr(self, self._of_kind().done)()
        return True

    def _done_other(self):
        """Nobody but a person knows."""
        self.check_access("write")
        self.sudo()._transition("confirm")

    def _done_when_shown(self):
        """The platform decides.

        :raise UserError: when it does not show it, or does not answer
        """
        self.check_access("write")
        if self.state != "waiting":
            raise UserError(self._illegal_transition_sentence())
        simcard = self._awaited_simcard()
        detail = simcard._ask_platform()
        if not detail:
            raise UserError(
                self.env._(
                    "The platform does not answer right now. It goes on by itself: the "
                    "nightly comparison closes this request once the platform shows "
                    "what was asked for."
                )
            )
        contract = SubscriberContract(
            iccid=simcard.iccid,
            platform_contract=detail.platform_contract,
            number=detail.number,
            status=detail.status,
            raw_status=detail.raw_status,
            plan=detail.plan_name,
        )
        if not self._is_shown(detail.document, contract):
            raise UserError(self._not_shown_sentence(contract))
        self.sudo()._finish(contract)

    def _not_shown_sentence(self, contract):
        """:return: what the platform shows in place of what was asked for"""
        self.ensure_one()
        if contract.status in IN_SERVICE:
            return getattr(self, self._of_kind().not_shown)(contract)
        return self.env._(
            "The platform does not show it yet: SIM card %(iccid)s is "
            "“%(status)s”. Ask TIP, and try again when it is done.",
            iccid=contract.iccid,
            status=contract.raw_status or "?",
        )

    def _other_line_sentence(self, contract):
        line = self.line_id
        return self.env._(
            "SIM card %(iccid)s is in service at the platform, but not for line "
            "%(line)s: it has number %(number)s and contract %(contract)s. Ask TIP "
            "to correct it.",
            iccid=contract.iccid,
            line=line.display_name,
            number=line._format_number(contract.number) or "—",
            contract=contract.platform_contract or "—",
        )

    def _other_holder_sentence(self, contract):
        return self.env._(
            "At the platform line %(line)s does not belong to %(holder)s yet (CPF or "
            "CNPJ of SIM card %(iccid)s). Ask TIP, and try again when it is done.",
            line=self.line_id.display_name,
            holder=self.new_partner_id.display_name,
            iccid=contract.iccid,
        )

    # === WHETHER THE PLATFORM SHOWS IT === #

    def _awaited_simcard(self):
        """:return: the SIM card on which the platform will show that it is done"""
        return self.mapped(self._of_kind().simcard)

    def _is_shown(self, document, contract):
        """:return: whether this line of the platform's list shows that it was done"""
        self.ensure_one()
        if contract.status not in IN_SERVICE:
            return False
        if not same_card(contract.iccid, self._awaited_simcard().iccid):
            return False
        return getattr(self, self._of_kind().is_shown)(document, contract)

    def _shows_new_holder(self, document, _contract):
        holder = self.new_partner_id.commercial_partner_id
        wanted = clean_document(holder.vat)
        return bool(wanted) and clean_document(document) == wanted

    def _shows_same_line(self, _document, contract):
        line = self.line_id
        same_contract = bool(contract.platform_contract) and (
            contract.platform_contract == line.platform_contract
        )
        return same_contract or (
            bool(contract.number) and contract.number == line.number
        )

    # === FOLLOWING WHAT TIP DID === #

    def _finish(self, contract):
        """Let the line be what the platform shows, and close the request.

        :param contract: ``lib.SubscriberContract`` that shows it
        :raise UserError: when the line cannot follow now; says why
        """
        self.ensure_one()
        getattr(self, self._of_kind().finish)(contract)
        self._transition("confirm", problem=False)

    def _finish_sim_swap(self, contract):
        line, old, new = self.line_id, self.line_id.simcard_id, self.simcard_id
        self._leave_old_simcard()
        line._take_simcard(new, contract)
        old.write({"state": "cancelled"})
        old.action_mark_defective(
            "damaged" if self.reason == "broken" else "lost",
            line._format_number(line.number) or None,
        )
        line._message_log(
            body=self.env._(
                "TIP replaced the SIM card: %(new)s in place of %(old)s (%(reason)s).",
                new=new.iccid,
                old=old.iccid,
                reason=label_of(self, "reason"),
            )
        )
        self.hold_id._lift()
        line._reconcile()

    def _leave_old_simcard(self):
        """Nothing may go out to the old SIM card any more.

        :raise UserError: when something is on its way to it
        """
        command = self.line_id.open_command_id
        if command.state == "pending":
            command._transition(
                "cancel", self.env._("Not sent: the line has another SIM card now.")
            )
            if not command._of_operation().is_block:
                # blocks follow from the holds again, the others from nobody
                command._tell_asker()
        elif command:
            raise UserError(
                self.env._(
                    "Line %(line)s: a request for the old SIM card is still on its way "
                    "(%(request)s). Wait for its answer, then try again.",
                    line=self.line_id.display_name,
                    request=command.display_name,
                )
            )

    def _finish_holder_change(self, contract):
        self.line_id._take_holder(
            self.new_partner_id,
            self.date,
            contract=self.contract_id,
            price=self.price,
            commitment_end=self.commitment_end,
        )
