# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...lib import Activation
from ...tools.cursor import database_now
from ..line.mvno_line_read import NOTHING_FOREIGN, POLL_MINUTES

_logger = logging.getLogger(__name__)

NUMBER = re.compile(r"\+55[1-9][1-9][0-9]{8,9}")
# As many lines' SIM cards are looked at before their activation is sent; of more the
# platform's own refusal tells, which costs no call.
LIVE_CHECKS = 3
# So many days the platform's dates and ours may be apart: it may be in another zone.
ZONES_DAYS = 1


class MvnoLine(models.Model):
    """How a line comes to life."""

    _inherit = "mvno.line"

    # === CHECKS BEFORE AN ACTIVATION === #

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
        elif (
            self.simcard_id.state not in ("available", "reserved")
            or self.simcard_id.is_defective
        ):
            problems.append(
                (
                    self.simcard_id,
                    "state",
                    self.simcard_id._not_available_sentence(),
                )
            )
        problems += self.portability_id.filtered("is_open")._problems()
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
        drafts._request_activation(check_first=len(drafts) <= LIVE_CHECKS)
        return True

    def _request_activation(self, check_first=False):
        """Record the requests for lines that were checked.

        :param bool check_first: ask the platform whether the SIM card is really free,
            as each request's first step: nothing is lost when it does not answer
        """
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
                    "check_first": check_first,
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
        portability = self.portability_id.filtered("is_open")
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
                    **line._number_values(number),
                    "platform_contract": line._accepted_contract(platform_contract),
                }
            )
            line.simcard_id.state = "in_use"
            line.portability_id.filtered("is_open")._transition("send")
        self.env.ref("tip_mvno.ir_cron_poll_lines")._trigger(
            at=database_now(self.env.cr) + timedelta(minutes=POLL_MINUTES)
        )

    def _number_values(self, number):
        """Say what becomes of a number that the platform told for this line: two lines
        with one number cannot both be right, so the second one gets a warning.

        :param str number: E.164, or anything else
        :return: dict, values to write on this line; empty for what is no news
        """
        self.ensure_one()
        if not NUMBER.fullmatch(number or "") or number == self.number:
            return {}
        if self._numbers_in_use([number]):
            return {"foreign_answer": "number", "foreign_told": number}
        return {**NOTHING_FOREIGN, "number": number}

    def _numbers_in_use(self, numbers):
        """:param numbers: list of numbers in E.164
        :return: set of those that lines of these lines' companies have, which are in
            service or about to be"""
        others = self.sudo().search_fetch(
            [
                ("company_id", "in", self.company_id.ids),
                ("number", "in", numbers),
                ("state", "in", ("activating", *self._live_states)),
            ],
            ["number"],
        )
        return set(others.mapped("number"))

    def _accepted_contract(self, contract):
        """:return: the platform's contract, unless another line has it already"""
        self.ensure_one()
        if not contract or contract == self.platform_contract:
            return self.platform_contract
        if self._is_contract_in_use(contract):
            _logger.warning("Line %s: contract %s is another line's", self.id, contract)
            return self.platform_contract
        return contract

    def _is_contract_in_use(self, contract):
        """:return: bool, whether another line, not cancelled, has this contract"""
        self.ensure_one()
        return bool(
            self.search_count(
                [
                    ("platform_id", "=", self.platform_id.id),
                    ("platform_contract", "=", contract),
                    ("state", "!=", "cancelled"),
                    ("id", "!=", self.id),
                ],
                limit=1,
            )
        )

    def _on_activation_refused(self, reason):
        self._transition("refuse", reason)
        self.simcard_id._renew_reservation()

    def _accepted_on(self):
        """:return: the day on which the platform accepted this line's activation, where
        the platform is; None when it is not on record"""
        self.ensure_one()
        accepted = self._activations().filtered(lambda c: c.state == "done")
        moments = [moment for moment in accepted.mapped("settled_at") if moment]
        return self._local_day(max(moments)) if moments else None

    def _activations(self):
        return self.command_ids.filtered(lambda c: c.operation == "activate")

    def _local_day(self, moment):
        """:param moment: UTC datetime
        :return: its date where the platform is"""
        local = self.with_context(tz=self.platform_id.tz)
        return fields.Datetime.context_timestamp(local, moment).date()

    def _is_believed(self, activation_date):
        """A service that the platform lets begin before it was asked to, or in time to
        come, would be billed for months that never were.

        :param activation_date: the platform's date
        :return: bool, whether it can be
        """
        self.ensure_one()
        asked = [moment for moment in self._activations().mapped("sent_at") if moment]
        earliest = asked and self._local_day(min(asked)) - timedelta(days=ZONES_DAYS)
        is_early = earliest and activation_date < earliest
        return not is_early and activation_date <= self.platform_id._today()

    def _start_service(self, activation_date):
        """The line is in service: its contract line runs from this day.

        :param activation_date: the platform's date, else None for today there; in
            place of one that cannot be, the day counts on which it was accepted
        """
        for line in self:
            date = activation_date or line.platform_id._today()
            if not line._is_believed(date):
                date = line._accepted_on() or line.platform_id._today()
                line._message_log(
                    body=self.env._(
                        "TIP says this line is in service since %(told)s, which cannot "
                        "be: it counts from %(date)s, when the activation was "
                        "accepted. Correct the contract line's start if that is wrong.",
                        told=format_date(self.env, activation_date),
                        date=format_date(self.env, date),
                    )
                )
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
                contract_line.sudo()._mvno_begin_service(date)
        self._activations()._mail_done()
