# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import (
    Activation,
    SimStatus,
    SlotUnavailable,
    Throttled,
    TipError,
)
from ..tools.cursor import short_transaction
from .mvno_line import LIVE_STATES
from .mvno_platform_client import seconds_to_wait

_logger = logging.getLogger(__name__)

NUMBER = re.compile(r"\+55[1-9][1-9][0-9]{8,9}")
# As many lines are checked against the platform while a person waits.
LIVE_CHECKS = 3
POLL_MINUTES = 5
STATE_OF_STATUS = {
    SimStatus.IN_USE: "active",
    SimStatus.PARTIALLY_BLOCKED: "partially_blocked",
    SimStatus.TOTALLY_BLOCKED: "blocked",
}
IN_SERVICE = (*STATE_OF_STATUS, SimStatus.BLOCKED)


class MvnoLine(models.Model):
    """How a line comes to life, and how its state is read back."""

    _inherit = "mvno.line"

    # === VALIDATION === #

    def _activation_problems(self):
        """Find everything that stands in the way of activating these lines.

        :return: list of (record, field name, sentence with what to do), empty when
            the lines can be activated
        """
        problems = []
        for partner in self.partner_id:
            problems += partner._mvno_identity_problems()
        for line in self:
            problems += line._own_activation_problems()
        return problems

    def _own_activation_problems(self):
        self.ensure_one()
        problems = []
        name = self.display_name
        contract_line = self.contract_line_id
        template = contract_line.product_id.product_tmpl_id
        if not contract_line:
            problems.append(
                (
                    self,
                    "contract_line_ids",
                    self.env._(
                        "Line %(line)s: choose the contract line that pays for it.",
                        line=name,
                    ),
                )
            )
        elif not template.mvno_plan_id.active:
            problems.append(
                (
                    template,
                    "mvno_plan_id",
                    self.env._(
                        "Plan %(plan)s: its linked code is not in the platform's "
                        "catalogue any more. Synchronize the catalogue and choose a "
                        "linked code that exists.",
                        plan=template.name,
                    ),
                )
            )
        problems += self._contract_problems()
        if not self.simcard_id:
            problems.append(
                (
                    self,
                    "simcard_id",
                    self.env._("Line %(line)s: choose a SIM card.", line=name),
                )
            )
        elif self.simcard_id.state not in ("available", "reserved"):
            problems.append(
                (
                    self.simcard_id,
                    "state",
                    self.simcard_id._not_available_sentence(),
                )
            )
        for portability in self.portability_id:
            problems += portability._problems()
        return problems

    def _contract_problems(self):
        """Who is registered at the platform must be who pays, and go on paying."""
        self.ensure_one()
        problems = []
        contract_line = self.contract_line_id
        if not contract_line:
            return problems
        payer = contract_line.contract_id.partner_id
        if payer.commercial_partner_id != self.partner_id.commercial_partner_id:
            problems.append(
                (
                    self,
                    "partner_id",
                    self.env._(
                        "Line %(line)s is for %(subscriber)s, but the contract that "
                        "pays for it is of %(payer)s. Correct one of the two.",
                        line=self.display_name,
                        subscriber=self.partner_id.display_name,
                        payer=payer.display_name,
                    ),
                )
            )
        end = contract_line.date_end
        ended = end and end < self.platform_id._today()
        if ended or not contract_line.contract_id.active:
            problems.append(
                (
                    contract_line,
                    "date_end",
                    self.env._(
                        "Line %(line)s: the contract line that pays for it has ended. "
                        "Choose one in force, or extend it.",
                        line=self.display_name,
                    ),
                )
            )
        return problems

    @api.model
    def _refuse(self, problems):
        """Refuse an activation with every problem listed at once.

        :param list problems: of (record, field name, sentence), see
            :meth:`_activation_problems`
        :raise UserError: one line per problem, when there is any
        """
        sentences = list(dict.fromkeys(sentence for *_where, sentence in problems))
        if sentences:
            raise UserError(
                self.env._("Nothing was sent to the platform. Please correct:")
                + "\n"
                + "\n".join(f"• {sentence}" for sentence in sentences)
            )

    # === ACTIVATION === #

    def action_activate(self):
        """Ask the platform to activate these lines.

        Lines that are being activated already are left alone: a second click finds
        the open request.

        :raise UserError: with every problem that stands in the way
        """
        drafts = self.filtered(lambda line: line.state == "draft")
        others = self - drafts
        wrong = others.filtered(lambda line: line.state != "activating")
        if wrong:
            wrong[0]._transition("request")
        if not drafts:
            return True
        drafts.check_access("write")
        drafts._refuse(drafts._activation_problems())
        if len(drafts) <= LIVE_CHECKS:
            drafts._refuse(drafts.simcard_id._live_problems())
        drafts._request_activation()
        return True

    def _request_activation(self):
        """Record the requests for lines that were checked."""
        drafts = self.sudo()
        drafts._transition("request")
        self.env["mvno.command"]._submit(
            [
                {
                    "operation": "activate",
                    "platform_id": line.platform_id.id,
                    "line_id": line.id,
                    "simcard_id": line.simcard_id.id,
                    "plan_id": line.product_id.product_tmpl_id.mvno_plan_id.id,
                }
                for line in drafts
            ]
        )

    def _prepare_activation(self):
        """:return: ``lib.Activation`` of this line, as it stands now"""
        self.ensure_one()
        partner = self.partner_id
        address = partner._mvno_address_values()
        holder = partner.commercial_partner_id
        portability = self.portability_id
        return Activation(
            person_type="J" if holder.is_company else "F",
            person_name=holder.name,
            document=holder.vat or "",
            phone=partner.phone or holder.phone or "",
            birth_date=None if holder.is_company else holder.birthdate_date or None,
            street_type=address["street_type"],
            street=address["street"],
            street_number=address["street_number"],
            neighborhood=address["district"],
            state=address["state"],
            city_code=address["city_code"],
            postcode=address["postcode"],
            plan_code=self.product_id.product_tmpl_id.mvno_plan_id.code,
            portability=bool(portability),
            area_code=self.area_code,
            ported_number=portability.number or "",
        )

    def _on_activation_done(self, number="", platform_contract=""):
        """The platform accepted the activation; its details may come later.

        :param str number: E.164 when the answer told it
        :param str platform_contract: likewise
        """
        for line in self:
            line.write(
                {
                    "number": line._accepted_number(number),
                    "platform_contract": line._accepted_contract(platform_contract),
                }
            )
            line.simcard_id.state = "in_use"
            line.portability_id.filtered("is_open")._transition("send")
        self.env.ref("tip_mvno.ir_cron_poll_lines")._trigger(
            at=fields.Datetime.now() + timedelta(minutes=POLL_MINUTES)
        )

    def _accepted_number(self, number):
        """:return: the platform's number if it is one, else what the line has"""
        self.ensure_one()
        return number if NUMBER.fullmatch(number or "") else self.number

    def _accepted_contract(self, contract):
        """:return: the platform's contract, unless another line has it already"""
        self.ensure_one()
        if not contract or contract == self.platform_contract:
            return self.platform_contract
        taken = self.search_count(
            [
                ("platform_id", "=", self.platform_id.id),
                ("platform_contract", "=", contract),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )
        if taken:
            _logger.warning("Line %s: contract %s is another line's", self.id, contract)
        return self.platform_contract if taken else contract

    def _on_activation_refused(self, reason):
        self._transition("refuse", reason)

    def _start_service(self, activation_date):
        """The line is in service: its contract line runs from this day.

        :param activation_date: the platform's date, else None for today there
        """
        for line in self:
            date = activation_date or line.platform_id._today()
            line.activation_date = date
            line._transition(
                "activate",
                self.env._(
                    "In service since %(date)s.", date=format_date(self.env, date)
                ),
            )
            contract_line = line.contract_line_id
            ended = contract_line.date_end and contract_line.date_end < date
            if contract_line and not contract_line.last_date_invoiced and not ended:
                contract_line.date_start = date

    # === READING BACK === #

    def action_refresh(self):
        """Read these lines' state from the platform now.

        :raise UserError: when the platform does not answer; says what to do
        """
        with_simcard = self.filtered("simcard_id")
        self.env["mvno.platform"]._check_while_waiting(with_simcard)
        answers = [(line, line.simcard_id._read_platform()) for line in with_simcard]
        port_ins = self.portability_ids.filtered("is_open")._read_platform()
        for line, detail in answers:
            line.sudo()._take_detail(detail)
        for portability, answer in port_ins:
            portability.sudo()._take_port_in(answer)
        return True

    def _take_detail(self, detail):
        """Take over what the platform says of this line.

        A state that only an order of ours or a person may decide (cancelled there,
        active here) is kept apart and shown as a warning.

        :param detail: ``lib.SimDetail``
        """
        self.ensure_one()
        self.simcard_id._take_status(detail)
        vals = {
            "platform_status": detail.raw_status,
            "checked_at": fields.Datetime.now(),
        }
        accepted = self._was_accepted()
        if accepted:
            vals["number"] = self._accepted_number(detail.number)
            vals["platform_contract"] = self._accepted_contract(
                self.platform_contract or detail.platform_contract
            )
        self.write(vals)
        if self.state == "activating" and accepted and self.number:
            if detail.status in IN_SERVICE:
                self._start_service(detail.activation_date)
        if self.state in LIVE_STATES:
            self._take_block_state(detail)

    def _was_accepted(self):
        """:return: whether the platform took this line's activation: before that, what
        it says of the SIM card may be of another holder's line"""
        self.ensure_one()
        if self.state == "activating":
            return any(
                command.operation == "activate" and command.state == "done"
                for command in self.command_ids
            )
        return self.state in LIVE_STATES

    def _take_block_state(self, detail):
        """Follow a block that changed at the platform while no request is open.

        A block that nobody here asked for is kept as a hold of the platform's own:
        lifting it is a person's decision, not ours.
        """
        if self.open_command_id:
            return
        seen = STATE_OF_STATUS.get(detail.status)
        if detail.status == SimStatus.BLOCKED:
            seen = "blocked" if self.state == "active" else self.state
        if not seen:
            return
        holds = self.hold_ids.filtered(lambda hold: not hold.lifted_at)
        if seen != self.state:
            self.write({"state": seen})
            self._message_log(
                body=self.env._(
                    "The platform reports “%(status)s”.", status=detail.raw_status
                )
            )
        if seen == "active":
            holds.filtered(lambda hold: hold.reason == "platform")._lift()
        elif not holds:
            self.env["mvno.line.hold"].create(
                {
                    "line_id": self.id,
                    "reason": "platform",
                    "level": "total" if seen == "blocked" else "partial",
                    "origin": detail.raw_status,
                }
            )
        self._reconcile()

    @api.model
    def cron_poll(self):
        """Driver: read the lines whose activation the platform has yet to finish."""
        self.env["ir.cron"].check_access("write")
        waiting = self.search(
            [
                ("state", "=", "activating"),
                (
                    "command_ids",
                    "any",
                    [("operation", "=", "activate"), ("state", "=", "done")],
                ),
            ],
            order="checked_at NULLS FIRST, id",
        )
        platforms = {line.id: line.platform_id.id for line in waiting}
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        throttled = {}
        for line_id, platform_id in platforms.items():
            if platform_id in throttled:
                continue
            try:
                self._poll(line_id)
            except (SlotUnavailable, Throttled) as error:
                # the other platforms have limits of their own
                throttled[platform_id] = seconds_to_wait(error)
            except TipError as error:
                line = self.browse(line_id)
                line._note_poll_failure(error)
            except Exception:
                # one line must not keep the others from being read
                _logger.exception("Line %s could not be read", line_id)
            if not self.env["ir.cron"]._commit_progress(1):
                break
        if waiting:
            wait = min(throttled.values(), default=POLL_MINUTES * 60)
            delay = timedelta(seconds=wait)
            self.env.ref("tip_mvno.ir_cron_poll_lines")._trigger(
                at=fields.Datetime.now() + delay
            )
            self.env["ir.cron"]._commit_progress(remaining=0)

    def _note_poll_failure(self, error):
        self.ensure_one()
        self.platform_id.last_error = self.platform_id._explain(error)

    @api.model
    def _poll(self, line_id, priority=None):
        """Read one line's state with no cursor open during the call.

        :param int line_id: the line
        :param priority: of the call; bulk when not given
        :raise TipError: when the platform does not answer
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            line = env["mvno.line"].browse(line_id)
            client = line.platform_id._client(*filter(None, [priority]))
            iccid = line.simcard_id.iccid
        detail = client.sim(iccid)
        with short_transaction(self.env.registry, self.env.context) as env:
            env["mvno.line"].browse(line_id)._take_detail(detail)
        self.env.invalidate_all()
