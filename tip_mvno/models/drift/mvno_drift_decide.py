# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import quote

from odoo import fields, models
from odoo.exceptions import UserError

from ...lib import SimStatus, SubscriberContract
from ...tools.actions import open_action, open_form
from ...tools.labels import labels_of
from ...tools.told import Told
from ..line.mvno_line_read import NOTHING_FOREIGN


class MvnoDrift(models.Model):
    """The ways out of a contradiction.

    A person settles it here, at once; or TIP has to do something first, and it waits
    until a comparison no longer sees it.
    """

    _inherit = "mvno.drift"

    # === WAYS OUT WITH A DIALOG: DATE, PLAN OR REASON === #

    def action_port_out(self):
        """The customers took their numbers to another operator: ask for the day."""
        return self._open_dialog("port_out")

    def action_cancel_here(self):
        """End lines here that TIP has ended: ask for the reason and the day."""
        return self._open_dialog("cancel_here")

    def action_follow_plan(self):
        """Let the contract follow the plan TIP has: ask for plan, value and day."""
        return self._open_dialog("follow_plan")

    def action_ignore(self):
        """Leave it as it is: ask why."""
        return self._open_dialog("ignore")

    def _open_dialog(self, decision):
        if decision != "ignore":
            self._for_way(decision)
        return open_action(
            self.env,
            "tip_mvno.mvno_drift_settle_action",
            context={"default_drift_ids": self.ids, "default_decision": decision},
        )

    def _ignore(self, reason):
        """Leave these as they are.

        :param str reason: why
        """
        self.check_access("write")
        self.sudo()._transition("ignore", reason)

    def _end_here(self, way, reason, date, why=None):
        """End the lines here that TIP has ended.

        :param str way: one of the kinds' ways out
        :param str reason: a key of ``CANCELLATION_REASONS``
        :param date: last day of service
        :param str why: for the lines' history
        :raise UserError: when the day is none that can be
        """
        lines = self._for_way(way).line_id
        for line in lines:
            started = line.activation_date
            if date > line.platform_id._today() or (started and date < started):
                raise UserError(
                    self.env._(
                        "Line %(line)s: its last day of service lies between its "
                        "activation and today.",
                        line=line.display_name,
                    )
                )
        actor = Told(self.env.uid)
        lines.with_context(mvno_actor=actor)._on_cancelled(reason, date, why)
        label = labels_of(lines, "cancellation_reason")[reason]
        self._settle(
            why or self.env._("The line was ended here: %(reason)s.", reason=label)
        )

    def _first_day_seen(self):
        """:return: the day, where the platform is, on which a comparison saw this
        first; no earlier than the line's activation"""
        self.ensure_one()
        seen = fields.Datetime.context_timestamp(
            self.with_context(tz=self.platform_id.tz), self.first_seen
        ).date()
        return max(seen, self.line_id.activation_date or seen)

    def _follow_plan(self, product, date, price):
        """Let the contract lines end, and ones of TIP's plan begin.

        :param product: ``product.product`` record of a telephony plan
        :param date: first day of the new plan
        :param float price: monthly value
        :raise UserError: when the plan is none for a line, its price not the user's
            to decide, or days from then on were invoiced
        """
        lines = self._for_way("follow_plan").line_id
        lines._check_new_plan(product)
        lines._check_new_price(product, price)
        lines.sudo().contract_line_id._mvno_succeed(
            date, product_id=product.id, specific_price=price
        )
        self._settle(
            self.env._("The contract follows: %(plan)s.", plan=product.display_name)
        )

    def _product_there(self):
        """:return: ``product.product`` record of the plan the platform told, empty when
        none here is it, or several are"""
        self.ensure_one()
        plans = self.env["mvno.plan"].search(
            [("platform_id", "=", self.platform_id.id)]
        )
        plan = plans.filtered(lambda plan: plan._is_called(self.there))
        products = self.env["product.product"].search(
            [("mvno_plan_id", "in", plan.ids), ("is_telephony", "=", True)], limit=2
        )
        return products if len(products) == 1 else products.browse()

    # === WAYS OUT IN WHICH WE FOLLOW TIP === #

    def action_follow_simcard(self):
        """The customer's SIM card was replaced: go on with the one TIP has.

        :raise UserError: when that SIM card is not in stock here, or another line's
        """
        self._refuse_busy(self._for_way("follow_simcard").line_id)
        for drift in self.sudo():
            drift.line_id._use_simcard(drift._simcard_there(), drift._contract_there())
        self._settle(self.env._("The line goes on with TIP's SIM card."))
        return True

    def _simcard_there(self):
        """:return: ``mvno.simcard`` record of the ICCID the platform told
        :raise UserError: when there is none here"""
        self.ensure_one()
        simcards = self.env["mvno.simcard"]
        found, _ambiguous, _unknown = simcards._match_prints(
            [self.iccid], self.platform_id
        )
        if not found:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s is not in stock here. Synchronize the SIM "
                    "cards of platform %(platform)s, then try again.",
                    iccid=self.iccid,
                    platform=self.platform_id.name,
                )
            )
        return found[self.iccid]

    def _contract_there(self):
        """:return: ``lib.SubscriberContract``, the line as the platform listed it"""
        self.ensure_one()
        return SubscriberContract(
            iccid=self.iccid or "",
            platform_contract=self.platform_contract or "",
            number=self.number or "",
            status=SimStatus.from_wire(self.platform_status),
            raw_status=self.platform_status or "",
            plan="",
        )

    def action_follow_contract(self):
        """The line has another contract code at TIP now: take it over."""
        for drift in self._for_way("follow_contract").sudo():
            contract = drift.line_id._accepted_contract(drift.platform_contract)
            if contract != drift.platform_contract:
                raise UserError(
                    self.env._(
                        "Contract %(contract)s is another line's here. Compare both "
                        "lines with TIP's panel.",
                        contract=drift.platform_contract,
                    )
                )
            drift.line_id.write({**NOTHING_FOREIGN, "platform_contract": contract})
        self._settle(self.env._("The line goes on under TIP's contract."))
        return True

    # === READING, TAKING OVER, OPENING THE LINE === #

    def action_read(self):
        """Ask the platform about this line's SIM card now; of several the cron does.

        :return: a notification with what it says, or that it is on its way
        :raise UserError: when the platform cannot be asked
        """
        asked = self._for_way("read")
        lines = asked.line_id
        goes_on = lines.action_refresh()
        if goes_on is not True:
            return goes_on
        asked.filtered(
            lambda drift: drift.kind == "foreign_answer"
            and not drift.line_id.foreign_answer
        ).sudo()._settle(self.env._("TIP tells of this line again."))
        said = "\n".join(
            line._foreign_sentence()
            or self.env._(
                "%(line)s: TIP says “%(status)s”.",
                line=line.display_name,
                status=line.platform_status or "",
            )
            for line in lines
        )
        return lines.platform_id[:1]._notify(said, "info")

    def action_take_over(self):
        """Open the import of an existing base, which brings the line under a contract.

        :return: the import's action
        """
        platforms = self._for_way("take_over").platform_id
        return platforms[:1].action_sync_lines()

    def action_view_line(self):
        """Open the line it is about."""
        self.ensure_one()
        return open_form(self.line_id)

    # === WAITING FOR TIP'S SUPPORT === #

    def action_ask_tip(self):
        """Open a message to TIP's support with the text in it; it waits for TIP now.

        :return: the action that opens the mail program; a notification where the
            platform has no address of its support
        """
        self.ensure_one()
        self._wait(self.env._("TIP was asked by %(user)s.", user=self.env.user.name))
        address = self.platform_id.support_email
        if not address:
            return self.platform_id._notify(
                self.env._("Copy the text for TIP below and send it to TIP's support."),
                "info",
            )
        subject = (
            self.line_id.platform_contract or self.platform_contract or self.iccid or ""
        )
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"mailto:{quote(address)}?subject={quote(f'Linha {subject}')}"
            f"&body={quote(self.support_text)}",
        }

    def action_reopen(self):
        """Put what waited or was ignored before people again."""
        self.check_access("write")
        self.sudo()._transition(
            "reopen", self.env._("Reopened by %(user)s.", user=self.env.user.name)
        )

    def _wait(self, reason):
        self.check_access("write")
        self.filtered(lambda drift: drift.state == "ignored").sudo()._transition(
            "reopen", reason
        )
        waiting = self.filtered(lambda drift: drift.state == "waiting")
        (self - waiting).sudo()._transition("ask", reason)

    # === WAITING FOR A REQUEST TO THE PLATFORM === #

    def action_cancel_there(self):
        """Ask the platform to cancel what was cancelled here.

        :raise UserError: when another request for the SIM card is on its way
        """
        lines = self._for_way("cancel_there").line_id
        self._refuse_busy(lines)
        self._refuse_others_simcards(lines)
        self.env["mvno.command"].sudo()._submit(
            [
                {
                    "operation": "cancel",
                    "platform_id": line.platform_id.id,
                    "line_id": line.id,
                    "simcard_id": line.simcard_id.id,
                    "cancellation_reason": line.cancellation_reason or "customer",
                    "user_id": self.env.uid,
                }
                for line in lines.sudo()
            ]
        )
        self._wait(self.env._("TIP was asked to cancel the line."))
        return True

    def action_change_plan_there(self):
        """Ask the platform to change the plan to the contract's.

        :raise UserError: when another request for a line is on its way
        """
        lines = self._for_way("change_plan").line_id
        lines._request(
            "change_plan",
            [
                {
                    "product_id": line.product_id.id,
                    "plan_id": line.product_id.product_tmpl_id.mvno_plan_id.id,
                    "price": line.contract_line_id.price_unit,
                }
                for line in lines.sudo()
            ],
        )
        self._wait(self.env._("TIP was asked to change the plan to the contract's."))
        return True

    def action_block_again(self):
        """Ask the platform once more for the block the holds want."""
        lines = self._for_way("block_again").line_id
        lines.sudo()._reconcile(ask_again=True)
        self._wait(self.env._("TIP was asked to block the line again."))
        return True

    def action_unblock(self):
        """Lift the block that only the platform wanted."""
        lines = self._for_way("unblock").line_id
        lines.action_unblock(reason="platform")
        self._wait(self.env._("TIP was asked to unblock the line."))
        return True

    def _refuse_others_simcards(self, lines):
        """A SIM card that was made available again may be at work for somebody else by
        now: that line is not to be cancelled for this one's sake."""
        for simcard in lines.sudo().simcard_id.filtered("line_id"):
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s is already that of line %(line)s. Compare both "
                    "lines with TIP's panel.",
                    iccid=simcard.iccid,
                    line=simcard.line_id.display_name,
                )
            )

    def _refuse_busy(self, lines):
        commands = self.env["mvno.command"].sudo()
        busy = commands.search(
            [
                ("simcard_id", "in", lines.simcard_id.ids),
                ("state", "in", commands._open_states),
            ],
            limit=1,
        )
        if busy:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s: another request is on its way (%(request)s). "
                    "Wait for its answer, then try again.",
                    iccid=busy.simcard_id.iccid,
                    request=busy.display_name,
                )
            )

    # === CHECK AND SETTLEMENT OF ALL WAYS === #

    def _for_way(self, way):
        """:return: these drifts, all of which a way leads out of
        :raise UserError: when one is of another kind, or resolved already"""
        self.check_access("write")
        for drift in self:
            if way not in drift._of_kind().ways_out or drift.state == "resolved":
                raise UserError(drift._illegal_transition_sentence())
        return self

    def _settle(self, reason):
        """A person settled these: nothing is left to decide."""
        self.sudo()._transition("resolve", reason)
