# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models

from ..tools.brazil import AREA_CODES, mobile_area_code, mobile_e164


class MvnoSubscribeLine(models.TransientModel):
    """One mobile line to be: its plan, SIM card, DDD and port-in."""

    _name = "mvno.subscribe.line"
    _description = "Line to Subscribe"
    _inherit = ["mvno.walled"]

    subscribe_id = fields.Many2one("mvno.subscribe", required=True, ondelete="cascade")
    contract_line_id = fields.Many2one(
        "contract.line", string="Contracted Plan", required=True
    )
    product_id = fields.Many2one(
        related="contract_line_id.product_id", related_sudo=False, string="Plan"
    )
    agreed_start = fields.Date(
        related="contract_line_id.mvno_agreed_start",
        related_sudo=False,
        string="Paid from",
    )
    commitment_months = fields.Integer(
        related="contract_line_id.commitment_months", related_sudo=False
    )
    platform_id = fields.Many2one(
        related="product_id.mvno_platform_id", related_sudo=False
    )
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="SIM Card",
        domain="[('platform_id', '=', platform_id), ('is_defective', '=', False), "
        "'|', ('state', '=', 'available'), ('reserved_uid', '=', uid)]",
    )
    picked_simcard_id = fields.Many2one(
        "mvno.simcard",
        help="The one this dialog keeps from being offered to others.",
    )
    area_code = fields.Char(string="DDD", size=2)
    portability = fields.Boolean(
        string="Port-in", help="The subscriber brings a number from another operator."
    )
    number = fields.Char(
        help="With a port-in: the number to bring. Without one the platform assigns "
        "a number of this DDD.",
    )
    number_hint = fields.Char(compute="_compute_number_hint", string="Number Assigned")
    donor = fields.Char(string="Donor Operator")

    @api.depends("portability")
    def _compute_number_hint(self):
        for line in self:
            line.number_hint = (
                False if line.portability else self.env._("the platform will assign it")
            )

    @api.model
    def _area_code_of(self, partner):
        """:return: the DDD of the customer's own phone, or an empty text"""
        try:
            return mobile_area_code(mobile_e164(partner.phone or ""))
        except ValueError:
            return ""

    @api.onchange("simcard_id")
    def _onchange_simcard_id(self):
        """Keep the SIM card from everybody else while this dialog is open.

        It is written here, and not when the dialog is saved, because two attendants
        choose at the same time; a dialog that is closed unsaved leaves it to its
        attendant until the reservation ends.

        :return: a warning, when somebody was quicker
        """
        wanted, picked = self.simcard_id._origin, self.picked_simcard_id._origin
        (picked - wanted)._put_back()
        taken = wanted - wanted._pick()
        self.picked_simcard_id = wanted - taken
        if not taken:
            return None
        self.simcard_id = False
        return {
            "warning": {
                "title": self.env._("This SIM card is taken"),
                "message": taken._not_available_sentence(),
            }
        }

    @api.onchange("number")
    def _onchange_number(self):
        if self.number and self.portability:
            try:
                number = mobile_e164(self.number, self.area_code or None)
            except ValueError:
                return
            self.number = self.env["mvno.line"]._format_number(number)
            # a number keeps its DDD
            self.area_code = mobile_area_code(number)

    def _problems(self):
        """:return: list of sentences: what must be corrected before saving"""
        self.ensure_one()
        problems = []
        plan = self.product_id.name or ""
        if not self.simcard_id:
            problems.append(
                self.env._("%(plan)s: choose an available SIM card.", plan=plan)
            )
        elif not self.simcard_id._is_offered():
            problems.append(self.simcard_id._not_available_sentence())
        if (
            self.simcard_id
            and self.subscribe_id.line_ids.filtered(
                lambda line: line.simcard_id == self.simcard_id
            )[0]
            != self
        ):
            problems.append(
                self.env._(
                    "%(plan)s: SIM card %(iccid)s is chosen twice.",
                    plan=plan,
                    iccid=self.simcard_id.iccid,
                )
            )
        if self.area_code not in AREA_CODES:
            problems.append(
                self.env._(
                    "%(plan)s: %(code)s is no DDD in use. Fill the subscriber's area "
                    "code, for example 11.",
                    plan=plan,
                    code=self.area_code or "—",
                )
            )
        if self.contract_line_id.mvno_line_id:
            problems.append(
                self.env._("%(plan)s has a mobile line already.", plan=plan)
            )
        elif self.contract_line_id.quantity != 1:
            problems.append(
                self.env._(
                    "%(plan)s: a contract line pays for one mobile line, so its "
                    "quantity is 1. Add a contract line for each further mobile line.",
                    plan=plan,
                )
            )
        if self.portability:
            problems += self._port_in_problems(plan)
        return problems

    def _number_to_bring(self):
        """:return: E.164, or an empty text when it is no mobile number"""
        self.ensure_one()
        try:
            return mobile_e164(self.number or "", self.area_code or None)
        except ValueError:
            return ""

    def _port_in_problems(self, plan):
        number = self._number_to_bring()
        if not number:
            return [
                self.env._(
                    "%(plan)s: fill the number to bring as DDD and nine digits, for "
                    "example (11) 91234-5678.",
                    plan=plan,
                )
            ]
        if mobile_area_code(number) != self.area_code:
            return [
                self.env._(
                    "%(plan)s: a number keeps its DDD. %(number)s cannot be brought "
                    "to DDD %(code)s.",
                    plan=plan,
                    number=self.env["mvno.line"]._format_number(number),
                    code=self.area_code,
                )
            ]
        under_way = self.env["mvno.portability"].search_count(
            [("number", "=", number), ("is_open", "=", True)], limit=1
        )
        chosen_before = self.subscribe_id.line_ids.filtered(
            lambda line: line.portability and line._number_to_bring() == number
        )[0]
        if under_way or chosen_before != self:
            return [
                self.env._(
                    "%(plan)s: a port-in of %(number)s is under way already.",
                    plan=plan,
                    number=self.env["mvno.line"]._format_number(number),
                )
            ]
        own = self.env["mvno.line"]._own_number_problem(number)
        return [f"{plan}: {own}"] if own else []

    def _prepare_line(self):
        """:return: values of the ``mvno.line`` to make"""
        self.ensure_one()
        portability = []
        if self.portability:
            portability = [
                Command.create(
                    {
                        "number": mobile_e164(self.number, self.area_code),
                        "donor": self.donor,
                    }
                )
            ]
        return {
            "platform_id": self.platform_id.id,
            "partner_id": self.contract_line_id.contract_id.partner_id.id,
            "simcard_id": self.simcard_id.id,
            "area_code": self.area_code,
            "portability_ids": portability,
        }
