# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from typing import NamedTuple

from odoo import api, fields, models

from ...tools.labels import label_of


class Refusal(NamedTuple):
    """What follows from a kind of refusal.

    :param next_step: what the attendant does about it
    :param reason: why it does not go on, as the customer is told
    :param request: what we need of the customer
    """

    next_step: str
    reason: str
    request: str


class MvnoPortability(models.Model):
    """Why a port-in does not go on, and what follows for attendant and customer."""

    _inherit = "mvno.portability"

    next_step = fields.Text(string="What to Do", compute="_compute_next_step")
    customer_reason = fields.Char(
        string="Reason, for the Customer", compute="_compute_customer_words"
    )
    customer_request = fields.Char(
        string="Asked of the Customer", compute="_compute_customer_words"
    )

    @api.depends("state", "refusal", "refusal_kind", "is_given_up")
    @api.depends_context("lang")
    def _compute_next_step(self):
        for item in self:
            failed = item.state in item._failed_states and not item.is_given_up
            item.next_step = failed and item._refusal().next_step

    @api.depends("refusal", "refusal_kind")
    @api.depends_context("lang")
    def _compute_customer_words(self):
        for item in self:
            refusal = item._refusal()
            item.customer_reason = refusal.reason
            item.customer_request = refusal.request

    def _failure_reason(self):
        """:return: why it does not go on: ours where we know it, else as told"""
        self.ensure_one()
        if (self.refusal_kind or "unknown") == "unknown":
            return self.refusal or ""
        return label_of(self, "refusal_kind")

    def _refusal(self):
        """:return: :class:`Refusal` of this port-in's kind"""
        self.ensure_one()
        refusals = self._refusals()
        return refusals.get(self.refusal_kind, refusals["unknown"])

    def _refusals(self):
        """What follows from each kind of refusal. The words by which the platform
        tells a kind are the lib's: ``PortInRefusal`` has the same keys.

        :return: dict {key of ``refusal_kind``: :class:`Refusal`}
        """
        self.ensure_one()
        return {
            "data": Refusal(
                next_step=self.env._(
                    "The donor operator has other data of the holder. Compare name, "
                    "CPF or CNPJ and number with a bill of that operator, correct the "
                    "customer's record, then press “Correct and Send Again”."
                ),
                reason=self.env._(
                    "the data we sent differ from those your present operator has"
                ),
                request=self.env._(
                    "Please contact us with a recent bill of that operator at hand, so "
                    "that we can correct them."
                ),
            ),
            "other_request": Refusal(
                next_step=self.env._(
                    "Somebody asked for another port-in of this number, perhaps the "
                    "customer at a third operator. Ask the customer to cancel that "
                    "one, then press “Correct and Send Again”."
                ),
                reason=self.env._("there is another port-in request for this number"),
                request=self.env._(
                    "If you asked another operator for a port-in, please cancel it "
                    "there and tell us."
                ),
            ),
            "number": Refusal(
                next_step=self.env._(
                    "The donor operator does not know this number as an active one of "
                    "its own, or it is a temporary number. Check the number and the "
                    "operator with the customer, then press “Correct and Send Again”."
                ),
                reason=self.env._(
                    "your present operator does not recognize this number as active"
                ),
                request=self.env._(
                    "Please check the number and the operator and tell us."
                ),
            ),
            "fixed_line": Refusal(
                next_step=self.env._(
                    "A fixed-line number cannot become a mobile one. Ask for the "
                    "customer's mobile number, or leave the line with the number it "
                    "has."
                ),
                reason=self.env._(
                    "a fixed-line number cannot be brought to a mobile line"
                ),
                request=self.env._(
                    "Please tell us the mobile number you want to bring."
                ),
            ),
            "subscriber": Refusal(
                next_step=self.env._(
                    "The subscriber answered NO to the SMS from 7678, or took the "
                    "request back. Ask whether the number is still to be brought; if "
                    "so, press “Correct and Send Again” and explain the SMS."
                ),
                reason=self.env._(
                    "it was declined in answer to the SMS from 7678, or taken back"
                ),
                request=self.env._(
                    "If you still want to bring your number, please tell us; when the "
                    "SMS from 7678 comes, do not answer NO."
                ),
            ),
            "suspended": Refusal(
                next_step=self.env._(
                    "The donor operator suspended it; it may still go on. Ask TIP what "
                    "is missing, and the customer to settle it with the donor operator."
                ),
                reason=self.env._("it was suspended at your present operator"),
                request=self.env._(
                    "Please ask that operator what is pending, and tell us."
                ),
            ),
            "partial_failure": Refusal(
                next_step=self.env._(
                    "The change of operator was made in part; there is nothing for the "
                    "customer to correct. Ask TIP to finish it; calls may fail until "
                    "then."
                ),
                reason=self.env._(
                    "the change between the operators is not complete yet"
                ),
                request=self.env._(
                    "You need not do anything; we are seeing to it with the operators."
                ),
            ),
            # what the platform words freely is for attendants' eyes
            "unknown": Refusal(
                next_step=self.env._(
                    "TIP says: “%(said)s”. Ask TIP's support what is needed, then "
                    "press “Correct and Send Again”.",
                    said=self.refusal or self.platform_status or "",
                ),
                reason=self.env._("the operators did not accept it"),
                request=self.env._("Please contact us, so that we can see what to do."),
            ),
        }
