# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

# Planned changes that are asked for in one transaction.
ASKED_AT_ONCE = 100


class MvnoLine(models.Model):
    """How a line's plan changes."""

    _inherit = "mvno.line"

    plan_change_ids = fields.One2many(
        "mvno.plan.change", "line_id", string="Plan Changes"
    )
    plan_change_id = fields.Many2one(
        "mvno.plan.change",
        string="Planned Plan Change",
        compute="_compute_plan_change_id",
    )

    @api.depends("plan_change_ids.state")
    def _compute_plan_change_id(self):
        for line in self:
            line.plan_change_id = line.plan_change_ids._still_open()[:1]

    # === ACTIONS === #

    def action_change_plan(
        self, product=None, when="now", price=None, commitment_end=None
    ):
        """Change the plan of these lines; without a plan, open the dialog.

        The platform is asked now, or on the first day of the next billing month. When
        it has changed the plan, the contract line ends the day before and its
        successor begins, so that the days of the month are split and past months
        never change.

        :param product: ``product.product`` record of a telephony plan, or its id
        :param str when: "now" or "next"
        :param float price: the new monthly value; the customer's price when not given
        :param commitment_end: date; the commitment stays as it is when not given
        :return: the dialog's action, or True
        :raise UserError: when the plan is none for these lines, or price or commitment
            are not the user's to decide
        """
        self.check_access("write")
        if product is None:
            return self._open_dialog("tip_mvno.mvno_change_plan_action")
        product = self.env["product.product"].browse(
            product if isinstance(product, int) else product.id
        )
        self._check_new_plan(product)
        self._check_new_price(product, price)
        self._check_new_commitment(product, commitment_end)
        wishes = [
            {
                "product_id": product.id,
                "price": line._price_of_plan(product) if price is None else price,
                # what stays is what stands when the plan changes
                "commitment_end": commitment_end or False,
            }
            for line in self
        ]
        if when == "next":
            self.env["mvno.plan.change"].sudo()._schedule(self, wishes)
            return True
        self.plan_change_ids.sudo()._give_way()
        self._request_plan(wishes)
        return True

    def _request_plan(self, wishes):
        """Record the requests that change these lines' plans now.

        :param list wishes: of dict, per line what to change to
        """
        products = self.env["product.product"]
        self._request(
            "change_plan",
            [
                {
                    **wish,
                    "plan_id": products.browse(wish["product_id"]).mvno_plan_id.id,
                }
                for wish in wishes
            ],
        )

    def action_give_up_plan_change(self):
        """Give up the changes planned for these lines; they keep their plans."""
        self.plan_change_id.action_cancel()

    def _check_new_plan(self, product):
        """:raise UserError: when these lines cannot have this plan"""
        plan = product.product_tmpl_id.mvno_plan_id
        for line in self:
            values = {"line": line.display_name, "plan": product.display_name}
            if not product.is_telephony or plan.platform_id != line.platform_id:
                raise UserError(
                    self.env._(
                        "Line %(line)s: %(plan)s is not a telephony plan of platform "
                        "%(platform)s. Choose one that is.",
                        platform=line.platform_id.name,
                        **values,
                    )
                )
            if not plan.active:
                raise UserError(
                    self.env._(
                        "Plan %(plan)s: its linked code is not in the platform's "
                        "catalogue any more. Choose another plan.",
                        **values,
                    )
                )
            if line.product_id == product:
                raise UserError(
                    self.env._("Line %(line)s has plan %(plan)s already.", **values)
                )
            ended = line.contract_line_id.date_end
            if ended and ended < line.platform_id._today():
                raise UserError(
                    self.env._(
                        "Line %(line)s: the contract line that pays for it ended on "
                        "%(date)s. Extend it, or add one to the customer's contract, "
                        "then change the plan.",
                        date=format_date(self.env, ended),
                        **values,
                    )
                )
            if not line.contract_line_id:
                raise UserError(
                    self.env._(
                        "Line %(line)s has no contract line that could go on with "
                        "plan %(plan)s. Add it to the customer's contract first.",
                        **values,
                    )
                )

    def _check_new_price(self, product, price):
        """A discount by another name is a manager's, too.

        :param product: ``product.product`` record of a telephony plan
        :param float price: the monthly value asked for; None for the price list's
        :raise UserError: when it is below the price list and not the user's to decide
        """
        if price is None or self.env["contract.line"]._mvno_decides():
            return
        for line in self:
            regular = line._price_of_plan(product)
            currency = line.sudo().contract_line_id.currency_id
            if currency.compare_amounts(price, regular) < 0:
                raise UserError(
                    self.env._(
                        "Line %(line)s: plan %(plan)s costs %(regular)s by the "
                        "customer's price list. Ask a manager to agree on less.",
                        line=line.display_name,
                        plan=product.display_name,
                        regular=currency.format(regular),
                    )
                )

    def _check_new_commitment(self, product, commitment_end):
        """A commitment stays, or begins again with the plan; to let a customer off is a
        manager's.

        :param product: ``product.product`` record of a telephony plan
        :param commitment_end: date asked for, also as text; False to leave it
        :raise UserError: when it ends sooner and is not the user's to decide
        """
        end = fields.Date.to_date(commitment_end)
        if not end or self.env["contract.line"]._mvno_decides():
            return
        months = relativedelta(months=product.contract_months)
        for line in self:
            present = line.sudo().contract_line_id.commitment_end
            anew = months and line.platform_id._today() + months
            if present and end < min(present, anew or present):
                raise UserError(
                    self.env._(
                        "Line %(line)s: the customer committed until %(date)s. Ask a "
                        "manager to end that sooner.",
                        line=line.display_name,
                        date=format_date(self.env, present),
                    )
                )

    def _price_of_plan(self, product):
        """:return: float, what this line's customer pays for a plan every month"""
        self.ensure_one()
        contract_line = self.sudo().contract_line_id
        return contract_line._telephony_price(contract_line.contract_id, product)

    def _end_plan_changes(self, _date):
        self.plan_change_ids._still_open()._transition(
            "cancel", self.env._("The line was cancelled.")
        )

    # === CRON === #

    @api.model
    def cron_day(self):
        """Driver: what a new day alone brings, where the platform is: planned plan
        changes fall due, and another contract line pays."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        last_id = 0
        while changes := self.env["mvno.plan.change"]._request_due(
            last_id, ASKED_AT_ONCE
        ):
            last_id = changes[-1:].id
            # the rest has its turn in the next run
            if not cron._commit_progress(len(changes)):
                return
        self._follow_contract_lines()
        cron._commit_progress(1, remaining=0)

    @api.model
    def _follow_contract_lines(self):
        """Look again which contract line pays, where one began or ended lately."""
        today = fields.Date.today()
        lately = [today + relativedelta(days=days) for days in range(-7, 2)]
        changed = self.env["contract.line"].search(
            [
                ("mvno_line_id", "!=", False),
                "|",
                ("date_start", "in", lately),
                ("date_end", "in", lately),
            ]
        )
        lines = changed.mvno_line_id
        for name in ("contract_line_id", "product_id"):
            self.env.add_to_compute(self._fields[name], lines)
        lines.flush_recordset(["contract_line_id", "product_id"])
