# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    """Telephony plans, and top-ups: data a customer buys on top of a plan."""

    _inherit = "product.template"

    is_telephony = fields.Boolean(
        string="Telephony",
        help="An access plan for mobile lines, sold by the month.",
    )
    mvno_platform_id = fields.Many2one(
        "mvno.platform",
        string="Platform",
        index="btree_not_null",
        help="The platform on which this plan was set up.",
    )
    mvno_plan_id = fields.Many2one(
        "mvno.plan",
        string="Platform Plan",
        domain="[('platform_id', '=', mvno_platform_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="The plan of the platform's catalogue that this product sells.",
    )
    mvno_plan_code = fields.Char(
        string="Linked Code",
        compute="_compute_mvno_plan_code",
        inverse="_inverse_mvno_plan_code",
        search="_search_mvno_plan_code",
        help="The code of the plan at the platform. Pick the platform plan, or type "
        "its code here.",
    )
    contract_months = fields.Integer(
        help="How long the customer commits. Billing goes on after it.",
    )
    mvno_top_up_gb = fields.Integer(
        string="Top-up (GB)",
        help="How many GB this product adds to a mobile line, once. 0: it is no "
        "top-up.",
    )

    _contract_months_range = models.Constraint(
        "CHECK(contract_months BETWEEN 0 AND 120)",
        "Contract months: choose a number from 0 (no commitment) to 120.",
    )

    _mvno_top_up_gb_range = models.Constraint(
        "CHECK(mvno_top_up_gb >= 0 AND NOT (mvno_top_up_gb > 0 AND is_telephony))",
        "A top-up adds whole GB to a line, and is not a plan.",
    )

    # === COMPUTES AND ONCHANGES === #

    @api.depends("mvno_plan_id.code")
    def _compute_mvno_plan_code(self):
        for template in self:
            template.mvno_plan_code = template.mvno_plan_id.code

    def _inverse_mvno_plan_code(self):
        plans = self._plans_by_code(
            self.mvno_platform_id.ids, self.mapped("mvno_plan_code")
        )
        for template in self:
            code = (template.mvno_plan_code or "").strip()
            plan = plans.get((template.mvno_platform_id.id, code))
            if code and not plan:
                raise ValidationError(template._unknown_code_sentence(code))
            template.mvno_plan_id = plan

    @api.model
    def _plans_by_code(self, platform_ids, codes):
        """:return: dict of (platform id, code): ``mvno.plan`` record"""
        domain = [
            ("platform_id", "in", list(platform_ids)),
            ("code", "in", [(code or "").strip() for code in codes]),
        ]
        return {
            (plan.platform_id.id, plan.code): plan
            for plan in self.env["mvno.plan"].search(domain)
        }

    def _unknown_code_sentence(self, code):
        self.ensure_one()
        if not self.mvno_platform_id:
            return self.env._(
                "Plan %(plan)s: choose the platform before the linked code.",
                plan=self.name,
            )
        return self.env._(
            "Plan %(plan)s: the linked code %(code)s is not in the catalogue of "
            "platform %(platform)s. Synchronize the catalogue in Configuration > "
            "Platforms, or correct the code.",
            plan=self.name,
            code=code,
            platform=self.mvno_platform_id.name,
        )

    def _search_mvno_plan_code(self, operator, value):
        return [("mvno_plan_id.code", operator, value)]

    @api.onchange("is_telephony")
    def _onchange_is_telephony(self):
        if self.is_telephony:
            self.type = "service"
            if not self.mvno_platform_id:
                platforms = self.env["mvno.platform"].search(
                    [("company_id", "in", self.env.companies.ids)], limit=2
                )
                self.mvno_platform_id = platforms if len(platforms) == 1 else False

    @api.onchange("mvno_platform_id")
    def _onchange_mvno_platform_id(self):
        if self.mvno_plan_id.platform_id != self.mvno_platform_id:
            self.mvno_plan_id = False
        if self.mvno_platform_id:
            self.company_id = self.mvno_platform_id.company_id

    # === CONSTRAINTS === #

    @api.constrains(
        "is_telephony",
        "mvno_platform_id",
        "mvno_plan_id",
        "type",
        "attribute_line_ids",
        "company_id",
    )
    def _check_telephony(self):
        for template in self.filtered("is_telephony"):
            problem = template._telephony_problem()
            if problem:
                raise ValidationError(problem)

    @api.constrains("is_telephony")
    def _check_still_telephony(self):
        """Unticked, OCA contract's own cron would bill the lines as anything else."""
        others = self.filtered(lambda template: not template.is_telephony)
        used = (
            self.env["contract.line"]
            .sudo()
            ._read_group(
                [
                    ("product_id.product_tmpl_id", "in", others.ids),
                    ("mvno_line_id", "!=", False),
                ],
                ["product_id"],
            )
        )
        for [product] in used:
            raise ValidationError(
                self.env._(
                    "Plan %(plan)s: mobile lines use it, so it stays a telephony plan. "
                    "Archive it to sell it no longer.",
                    plan=product.name,
                )
            )

    def _telephony_problem(self):
        """:return: a sentence about what a telephony plan lacks, or False"""
        self.ensure_one()
        values = {"plan": self.name}
        if not self.mvno_platform_id:
            return self.env._(
                "Plan %(plan)s: a telephony plan needs its platform.", **values
            )
        if not self.mvno_plan_id:
            return self.env._(
                "Plan %(plan)s: choose the platform plan (linked code) it sells. If "
                "the list is empty, synchronize the catalogue first.",
                **values,
            )
        if self.mvno_plan_id.platform_id != self.mvno_platform_id:
            return self.env._(
                "Plan %(plan)s: its linked code belongs to another platform.", **values
            )
        if self.company_id and self.company_id != self.mvno_platform_id.company_id:
            return self.env._(
                "Plan %(plan)s: its platform belongs to another company.", **values
            )
        if self.type != "service":
            return self.env._("Plan %(plan)s: a telephony plan is a service.", **values)
        if len(self.product_variant_ids) > 1:
            return self.env._(
                "Plan %(plan)s: a telephony plan has no variants. Make one plan for "
                "each linked code.",
                **values,
            )
        return False

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._with_plans(vals_list)
        for vals in vals_list:
            if vals.get("is_telephony"):
                vals.setdefault("type", "service")
        templates = super().create(vals_list)
        templates._go_with_platform()
        return templates

    def write(self, vals):
        if vals.get("mvno_plan_code") and "mvno_platform_id" in vals:
            (vals,) = self._with_plans([vals])
        result = super().write(vals)
        if "mvno_platform_id" in vals or "company_id" in vals:
            self._go_with_platform()
        return result

    def _go_with_platform(self):
        """Plans belong to their platform's company: shared between companies, they
        would tell others its name and its catalogue.

        :raise AccessError: when the user may not read the platform
        """
        for template in self.filtered("mvno_platform_id"):
            template.mvno_platform_id.check_access("read")
            if not template.company_id:
                template.company_id = template.mvno_platform_id.company_id

    @api.model
    def _with_plans(self, vals_list):
        """Put the plans in place of codes that come together with their platform: the
        field's inverse would come after the check that both belong together.

        :param list vals_list: values to write, left as they are
        :return: list of values
        :raise ValidationError: for a code that is not in the platform's catalogue
        """
        vals_list = [dict(vals) for vals in vals_list]
        codes = [(vals.pop("mvno_plan_code", None) or "").strip() for vals in vals_list]
        plans = self._plans_by_code(
            {vals.get("mvno_platform_id") for vals in vals_list}, codes
        )
        for vals, code in zip(vals_list, codes, strict=True):
            if not code or vals.get("mvno_plan_id"):
                continue
            plan = plans.get((vals.get("mvno_platform_id"), code))
            if not plan:
                raise ValidationError(self.new(vals)._unknown_code_sentence(code))
            vals["mvno_plan_id"] = plan.id
        return vals_list
