# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import format_date

NAMES_SHOWN = 3


class MvnoAdoptionLine(models.Model):
    """Why a line of an existing base is judged as it is, and what to do about it."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.adoption.line"

    def _reason_sentence(self, code):
        """:param str code: one that ``_judge`` gives
        :return: a sentence in the reader's language"""
        self.ensure_one()
        return getattr(self, f"_reason_{code}")()

    # === NOTHING TO DO === #

    def _reason_adopted(self):
        return self.env._("Taken over.")

    def _reason_matched(self):
        return self.env._(
            "Line %(line)s is here already.", line=self.line_id.display_name
        )

    def _reason_cancelled(self):
        return self.env._("Cancelled at the platform: there is nothing to bill.")

    def _reason_available(self):
        return self.env._("Not in use at the platform: there is nothing to bill.")

    def _reason_by_hand(self):
        return self.env._("Left out by hand.")

    def _reason_new_partner(self):
        return self.env._(
            "A new customer, still without address and birth date: the platform tells "
            "neither."
        )

    def _reason_stays_blocked(self):
        return self.env._("Blocked at the platform; it stays so until you unblock it.")

    # === TO COMPLETE === #

    def _reason_unknown_partner(self):
        return self.env._(
            "No customer has this CPF or CNPJ: tick “Create”, or choose one."
        )

    def _reason_no_product(self):
        if not self.product_count:
            return self.env._(
                "No plan here sells “%(plan)s”: choose one, or register it and read "
                "again.",
                plan=self.plan_name or "",
            )
        return self.env._(
            "%(count)s plans sell “%(plan)s”: choose one.",
            count=self.product_count,
            plan=self.plan_name,
        )

    def _reason_no_area_code(self):
        return self.env._("The platform tells no number yet: fill in the DDD.")

    # === CONFLICTS === #

    def _reason_failed(self):
        return self.error or ""

    def _reason_several_partners(self):
        names = self.candidate_ids[:NAMES_SHOWN].mapped("display_name")
        return self.env._(
            "%(count)s customers have this CPF or CNPJ: choose one (%(names)s).",
            count=len(self.candidate_ids),
            names=", ".join(names),
        )

    def _reason_archived_partner(self):
        return self.env._(
            "Customer %(name)s has this CPF or CNPJ, but is archived: restore it, or "
            "choose one.",
            name=self.candidate_ids.display_name,
        )

    def _reason_bad_document(self):
        return self.env._(
            "The platform gives no valid CPF or CNPJ for this subscriber: choose the "
            "customer."
        )

    def _reason_twice(self):
        return self.env._(
            "The platform lists this SIM card or contract more than once. Leave out "
            "the wrong one; if you do not know which, ask TIP."
        )

    def _reason_no_iccid(self):
        return self.env._(
            "The platform tells no ICCID for this line. Ask TIP for it, then read "
            "again."
        )

    def _reason_unknown_status(self):
        return self.env._(
            "The platform says “%(status)s”, which is not known here. Ask TIP what it "
            "means.",
            status=self.platform_status or "",
        )

    def _reason_other_simcard(self):
        return self.env._(
            "Line %(line)s has this contract here, but with SIM card %(iccid)s.",
            line=self.line_id.display_name,
            iccid=self.line_id.simcard_id.iccid or "",
        )

    def _reason_other_contract(self):
        return self.env._(
            "Line %(line)s has this SIM card here, but contract %(contract)s at the "
            "platform.",
            line=self.line_id.display_name,
            contract=self.line_id.platform_contract,
        )

    def _reason_other_holder(self):
        return self.env._(
            "Line %(line)s is here, but of %(customer)s, who has another CPF or CNPJ.",
            line=self.line_id.display_name,
            customer=self.line_id.partner_id.display_name,
        )

    def _reason_other_number(self):
        return self.env._(
            "Line %(line)s has this number here, with SIM card %(iccid)s.",
            line=self.line_id.display_name,
            iccid=self.line_id.simcard_id.iccid or "",
        )

    def _reason_draft_line(self):
        return self.env._(
            "Line %(line)s of %(customer)s, which is still to be activated, holds this "
            "SIM card. Delete that line, then read again.",
            line=self.line_id.display_name,
            customer=self.line_id.partner_id.display_name,
        )

    def _reason_cancelled_here(self):
        return self.env._(
            "Line %(line)s with this contract was cancelled here on %(date)s. Ask TIP "
            "why it is still in service.",
            line=self.line_id.display_name,
            date=format_date(self.env, self.line_id.cancellation_date),
        )
