# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date, format_list

# How a telephony plan recurs: the calendar month, billed once it is over. A plain
# monthly rule would slip from the 31st to the 28th for ever.
TELEPHONY_RECURRENCE = {
    "recurring_rule_type": "monthlylastday",
    "recurring_invoicing_type": "post-paid",
    "recurring_interval": 1,
}
# In months: what the plans and the contract lines may say.
LONGEST_COMMITMENT = 120
# Who changes what was agreed on a line in service without a dialog: managers, and the
# accountants to whom OCA's contract leaves contracts.
DECIDERS = "tip_mvno.group_manager,account.group_account_manager"
# What a contract line keeps of its product as it is when the plan is signed.
AT_SIGNING = {"store": True, "readonly": False, "precompute": True, "copy": False}


class ContractLine(models.Model):
    """A contract line that sells a telephony plan pays for one mobile line.

    A plan or a price never changes on the line itself: what was billed was billed by
    it. It ends, and its successor pays for the same mobile line from then on. The
    dialogs that let it do so check who asks and write as superuser; by a form, an
    import or a remote call only who decides writes what was agreed on a line in
    service, and the contract keeps what it was.
    """

    _name = "contract.line"
    _inherit = ["contract.line", "mvno.walled"]

    is_telephony = fields.Boolean(related="product_id.is_telephony", store=True)
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        index="btree_not_null",
        ondelete="set null",  # only drafts can be deleted
        copy=False,
        help="The mobile line this contract line pays for.",
    )
    mvno_agreed_start = fields.Date(
        string="Agreed Start",
        readonly=True,
        copy=False,
        help="A later first day than that of signing: the customer pays from it on, "
        "though the SIM card may work before.",
    )
    commitment_months = fields.Integer(
        string="Commitment (Months)",
        compute="_compute_commitment_months",
        store=True,
        readonly=False,
        help="For how many months the customer committed, as agreed at signing. 0: no "
        "commitment.",
    )
    commitment_end = fields.Date(
        compute="_compute_commitment_end",
        inverse="_inverse_commitment_end",
        store=True,
        readonly=False,
        copy=False,
        help="Until when the customer committed: so many months from the start on, or "
        "the day that was typed. Billing goes on after it.",
    )
    commitment_end_typed = fields.Boolean(
        string="Commitment End as Typed",
        readonly=True,
        copy=False,
        help="The end was typed, or kept from the contract line before: it does not "
        "follow the start.",
    )
    mvno_allowance_minutes = fields.Integer(
        string="Minutes Included",
        compute="_compute_mvno_allowances",
        help="Each month, as the plan was when it was signed. 0: the platform tells "
        "none.",
        **AT_SIGNING,
    )
    mvno_allowance_sms = fields.Integer(
        string="SMS Included",
        compute="_compute_mvno_allowances",
        help="Each month, as the plan was when it was signed. 0: the platform tells "
        "none.",
        **AT_SIGNING,
    )
    mvno_allowance_mb = fields.Float(
        string="Data Included (MB)",
        digits=(16, 2),
        compute="_compute_mvno_allowances",
        help="Each month, as the plan was when it was signed. 0: the platform tells "
        "none.",
        **AT_SIGNING,
    )
    mvno_terms_locked = fields.Boolean(
        string="Agreed in Service",
        compute="_compute_mvno_terms_locked",
        compute_sudo=True,
        help="The mobile line is in service, and you may not decide what it costs.",
    )

    mvno_in_service = fields.Boolean(
        string="In Service", compute="_compute_mvno_terms_locked", compute_sudo=True
    )

    _one_mobile_line = models.Constraint(
        "CHECK(mvno_line_id IS NULL OR quantity = 1)",
        "A contract line pays for one mobile line: its quantity is 1. Add a contract "
        "line for each further mobile line.",
    )

    _commitment_months_range = models.Constraint(
        "CHECK(commitment_months BETWEEN 0 AND 120)",
        "Commitment: choose a number of months from 0 (none) to 120.",
    )

    _price_of_signing = models.Constraint(
        "CHECK(NOT (is_telephony AND automatic_price))",
        "A telephony plan keeps the price of its signing: an automatic price would "
        "change what past months cost.",
    )

    # === COMPUTES AND ONCHANGES === #

    @api.depends_context("mvno_subscribe")
    def _compute_display_name(self):
        """In the subscribe dialog a plan is told by its contract and value."""
        super()._compute_display_name()
        if not self.env.context.get("mvno_subscribe"):
            return
        for line in self:
            line.display_name = (
                f"{line.product_id.name} – {line.contract_id.name} – "
                f"{line.currency_id.format(line.price_unit)}"
            )

    # the plan's contract months count as they were when the line was made
    @api.depends("product_id")
    def _compute_commitment_months(self):
        for line in self:
            line.commitment_months = (
                line.product_id.contract_months if line.is_telephony else 0
            )

    @api.depends("date_start", "commitment_months")
    def _compute_commitment_end(self):
        for line in self:
            line.commitment_end = (
                line.commitment_end
                if line.commitment_end_typed
                else line._mvno_commitment_by_months()
            )

    def _inverse_commitment_end(self):
        """A form sends the end that it worked out as well: only another one was
        typed."""
        agreed = defaultdict(self.sudo().browse)
        for line in self.sudo():
            end, months = line.commitment_end, line.commitment_months
            is_typed = bool(end) and end != line._mvno_commitment_by_months()
            if end and not months:
                # 0 means that there is none
                months = line._mvno_months_until(end)
            agreed[is_typed, months] |= line
        for (is_typed, months), lines in agreed.items():
            lines.write({"commitment_end_typed": is_typed, "commitment_months": months})

    @api.onchange("commitment_end")
    def _onchange_commitment_end(self):
        if self.date_start and not self.commitment_end:
            self.commitment_months = 0
        self.commitment_end_typed = bool(self.commitment_end) and (
            self.commitment_end != self._mvno_commitment_by_months()
        )

    @api.onchange("commitment_months")
    def _onchange_commitment_months(self):
        self.commitment_end_typed = False

    def _mvno_commitment_by_months(self):
        """:return: the date on which the agreed months are over, or False"""
        self.ensure_one()
        if not (self.is_telephony and self.date_start and self.commitment_months):
            return False
        return self.date_start + relativedelta(months=self.commitment_months)

    def _mvno_months_until(self, end):
        """:return: int, the months from the start to a date, a broken one counted"""
        self.ensure_one()
        length = relativedelta(end, self.date_start or end)
        months = length.years * 12 + length.months + (length.days > 0)
        return min(max(months, 0), LONGEST_COMMITMENT)

    # the platform's catalogue counts as it was when the line was made
    @api.depends("product_id")
    def _compute_mvno_allowances(self):
        for line in self:
            product = line.product_id
            plan = product.mvno_plan_id if product.is_telephony else product.browse()
            line.mvno_allowance_minutes = plan and plan.voice_minutes
            line.mvno_allowance_sms = plan and plan.sms
            line.mvno_allowance_mb = plan and plan.data_mb

    @api.depends("mvno_line_id.state")
    @api.depends_context("uid")
    def _compute_mvno_terms_locked(self):
        decides = self._mvno_decides()
        for line in self:
            line.mvno_in_service = line._mvno_in_service()
            line.mvno_terms_locked = not decides and line.mvno_in_service

    @api.onchange("product_id")
    def _onchange_telephony_product(self):
        if self.product_id.is_telephony:
            contract, product = self.contract_id, self.product_id
            price = self._telephony_price(contract, product)
            self.update(self._telephony_form_values(contract, product, price))

    @api.model
    def _telephony_form_values(self, contract, product, price):
        """What a plan says of a line that is not saved yet.

        :param contract: ``contract.contract`` record
        :param product: ``product.product`` record of a telephony plan
        :param float price: the monthly value
        :return: dict of values
        """
        return {
            **TELEPHONY_RECURRENCE,
            "quantity": 1,
            "automatic_price": False,
            "specific_price": price,
        }

    @api.model
    def _telephony_price(self, contract, product, pricelist=None):
        """The monthly value at signing, from the customer's price list.

        :param contract: ``contract.contract`` record
        :param product: ``product.product`` record of a telephony plan
        :param pricelist: ``product.pricelist`` record in place of the customer's; an
            empty one for the plan's own value
        :return: float, in the contract's currency
        """
        if pricelist is None:
            pricelist = (
                contract.pricelist_id
                or contract.partner_id.with_company(
                    contract.company_id
                ).property_product_pricelist
            )
        if pricelist:
            price = pricelist._get_product_price(product, quantity=1.0)
        else:
            price = product.lst_price
        currency = pricelist.currency_id or product.currency_id
        return currency._convert(
            price,
            contract.currency_id or currency,
            contract.company_id,
            fields.Date.context_today(self),
        )

    # === CONSTRAINTS === #

    @api.constrains("mvno_line_id", "date_start", "date_end", "is_canceled")
    def _check_mobile_line_once(self):
        """A month of a mobile line is billed to one contract line."""
        paying = self.sudo().filtered(
            lambda line: line.mvno_line_id and not line.is_canceled
        )
        payers = self.sudo().search(
            [
                ("mvno_line_id", "in", paying.mvno_line_id.ids),
                ("is_canceled", "=", False),
            ]
        )
        payers_of = payers.grouped("mvno_line_id")
        for line in paying:
            rivals = payers_of.get(line.mvno_line_id, payers.browse()).filtered(
                lambda other, line=line: other != line
                and not (other.date_end and other.date_end < line.date_start)
                and not (line.date_end and line.date_end < other.date_start)
            )
            if rivals:
                raise ValidationError(
                    self.env._(
                        "Mobile line %(line)s: contract line %(name)s of contract "
                        "%(contract)s pays for it in these days already. End that one "
                        "first.",
                        line=line.mvno_line_id.display_name,
                        name=rivals[0].name,
                        contract=rivals[0].contract_id.name,
                    )
                )

    @api.constrains("mvno_line_id", "product_id", "contract_id")
    def _check_mobile_line(self):
        # an accountant sees contracts, but neither platforms nor mobile lines
        for line in self.sudo().filtered("mvno_line_id"):
            mobile = line.mvno_line_id
            if not line.is_telephony:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s: only a telephony plan pays for a "
                        "mobile line.",
                        name=line.name,
                    )
                )
            payer = line.contract_id.partner_id.commercial_partner_id
            if payer != mobile.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Mobile line %(line)s is %(customer)s's: a contract of "
                        "another customer cannot pay for it.",
                        line=mobile.display_name,
                        customer=mobile.partner_id.name,
                    )
                )
            if line.product_id.mvno_platform_id != mobile.platform_id:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s: the plan is sold on platform "
                        "%(platform)s, but the mobile line is on %(other)s.",
                        name=line.name,
                        platform=line.product_id.mvno_platform_id.name,
                        other=mobile.platform_id.name,
                    )
                )
            if line.contract_id.company_id != mobile.company_id:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s belongs to another company than the "
                        "mobile line.",
                        name=line.name,
                    )
                )

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        products = self.env["product.product"].browse(
            {vals["product_id"] for vals in vals_list if vals.get("product_id")}
        )
        telephony = {
            product.id: product for product in products if product.is_telephony
        }
        vals_list = [
            self._telephony_values(vals, telephony[vals["product_id"]])
            if vals.get("product_id") in telephony
            else vals
            for vals in vals_list
        ]
        lines = super().create([_with_commitment(vals) for vals in vals_list])
        if not self.env.su:
            lines._mvno_note_payers()
        return lines

    def write(self, vals):
        vals = _with_commitment(vals)
        if vals.get("date_start") and "mvno_agreed_start" not in vals:
            working = self.filtered(lambda line: line._mvno_works())
            signed = (self - working).filtered("is_telephony")
            for product, lines in signed.grouped("product_id").items():
                agreed = self._mvno_later_start(product, vals["date_start"])
                super(ContractLine, lines.sudo()).write({"mvno_agreed_start": agreed})
        if self.env.su or self._mvno_terms().isdisjoint(vals):
            return super().write(vals)
        served = self.filtered(lambda line: line._mvno_in_service())
        before = self._mvno_agreed()
        succeeded = served._mvno_edited(vals)
        in_place = self - self.browse().concat(*succeeded)
        result = super(ContractLine, in_place).write(vals)
        for edited, (_since, terms) in succeeded.items():
            rest = {
                name: value
                for name, value in vals.items()
                if name not in terms and name not in self._mvno_succeeding()
            }
            super(ContractLine, edited).write(rest)
        served |= self.filtered(lambda line: line._mvno_in_service())
        served._mvno_note_terms(before)
        for edited, (since, terms) in succeeded.items():
            if terms:
                edited._mvno_succeed_edited(since, terms, before)
        return result

    @api.model
    def _telephony_values(self, vals, product):
        """Complete a new line's values with what its plan says.

        :param dict vals: as given to :meth:`create`
        :param product: ``product.product`` record of a telephony plan
        :return: dict of values
        """
        contract = self.env["contract.contract"].browse(vals.get("contract_id"))
        if contract and not contract.line_recurrence:
            # the header's dates and rule must not reach a plan's line
            contract.line_recurrence = True
        vals = {**vals, **TELEPHONY_RECURRENCE}
        vals.pop("recurring_next_date", None)
        vals.setdefault("quantity", 1)
        if not vals.get("name"):
            # the computed name comes too late for the column's NOT NULL
            in_language = product.with_context(lang=contract.partner_id.lang)
            vals["name"] = in_language.get_product_multiline_description_sale()
        if not vals.get("date_start"):
            vals["date_start"] = product.sudo().mvno_platform_id._today()
        prices = [vals.pop(name, None) for name in ("price_unit", "specific_price")]
        # the empty cell of an import is no price
        given = [p for p in prices if p is not None and p is not False]
        if "mvno_agreed_start" not in vals:
            vals["mvno_agreed_start"] = self._mvno_later_start(
                product, vals["date_start"]
            )
        # an automatic price would change what past months cost
        if vals.pop("automatic_price", False):
            given = [price for price in given if price]
        vals["automatic_price"] = False
        # of two prices one is the other's empty column; a 0 alone was agreed on
        vals["specific_price"] = next(
            filter(None, given),
            0.0 if given else self._telephony_price(contract, product),
        )
        return vals

    @api.model
    def _mvno_later_start(self, product, date):
        """A start later than today is agreed on; today is what a form proposes.

        :param product: ``product.product`` record of a telephony plan
        :param date: the start that is given, date or text
        :return: date of a later start, or False
        """
        # where whoever signs is, it may be the platform's tomorrow
        today = max(
            fields.Date.context_today(self), product.sudo().mvno_platform_id._today()
        )
        start = fields.Date.to_date(date)
        return start > today and start

    # === WHAT WAS AGREED === #

    @api.model
    def _mvno_terms(self):
        """:return: frozenset of names of the fields that say what was agreed: what a
        mobile line costs, from when until when, and who pays"""
        return frozenset(
            {
                "contract_id",
                "mvno_line_id",
                "product_id",
                "display_type",
                "quantity",
                "uom_id",
                "automatic_price",
                "specific_price",
                "price_unit",
                "discount",
                "date_start",
                "date_end",
                "is_canceled",
                "mvno_agreed_start",
                "commitment_months",
                "commitment_end",
                "commitment_end_typed",
                "recurring_rule_type",
                "recurring_interval",
                "recurring_invoicing_type",
                "recurring_next_date",
                "last_date_invoiced",
            }
        ) | frozenset(self._mvno_plan_terms())

    @api.model
    def _mvno_plan_terms(self):
        """:return: list of names of the fields that keep what the plan said when it was
        signed: the same plan's successor has them, another plan has its own"""
        return ["mvno_allowance_minutes", "mvno_allowance_sms", "mvno_allowance_mb"]

    @api.model
    def _mvno_succeeding(self):
        """:return: frozenset of names of the terms by which months are billed: of a
        line in service they change by succession only, so that past months stay"""
        return frozenset(
            {
                "product_id",
                "specific_price",
                "price_unit",
                "discount",
                *self._mvno_plan_terms(),
            }
        )

    @api.model
    def _mvno_decides(self):
        """:return: bool, whether the user decides what lines in service cost"""
        return self.env.user.has_groups(DECIDERS)

    def _mvno_in_service(self):
        """:return: bool, whether the platform was ever asked for the mobile line that
        this one pays for; months of one that is cancelled may still be billed"""
        self.ensure_one()
        return self.sudo().mvno_line_id.state not in (False, "draft")

    def _mvno_agreed(self):
        """:return: dict of line: dict of name: value, what was agreed on these lines;
        the price is told once"""
        names = self._mvno_terms() - {"specific_price"}
        return {line: {name: line[name] for name in names} for line in self.sudo()}

    def _mvno_note_terms(self, before):
        """Let the contracts keep what was changed on these lines, which are in service.

        :param dict before: of :meth:`_mvno_agreed`
        :raise AccessError: where something changed and the user may not decide it
        """
        decides = self._mvno_decides()
        terms = self.sudo().fields_get(self._mvno_terms())
        for line in self.sudo():
            changed, tracking = line._mail_track(terms, before[line])
            if changed and not decides:
                raise AccessError(
                    self.env._(
                        "Contract line %(name)s pays for mobile line %(line)s, which "
                        "is in service. Only its buttons, or a manager, change "
                        "this: %(fields)s.",
                        name=line.name,
                        line=line.mvno_line_id.display_name,
                        fields=format_list(
                            self.env, sorted(terms[name]["string"] for name in changed)
                        ),
                    )
                )
            if changed:
                note = self.env._(
                    "Contract line %(name)s was changed by hand.", name=line.name
                )
                for contract in before[line]["contract_id"] | line.contract_id:
                    contract._message_log(
                        body=note,
                        author_id=self.env.user.partner_id.id,
                        tracking_value_ids=tracking,
                    )

    def _mvno_edited(self, vals):
        """Which of these lines, which are in service, go on by a successor when
        somebody edits them: those with months before the one that runs now.

        :param dict vals: as given to :meth:`write`
        :return: dict of ``contract.line`` records: (first day of their successors, dict
            of what they are changed to); none for whoever may not decide it
        :raise UserError: for lines that ended before
        """
        edited = defaultdict(self.browse)
        terms = {}
        for line in self.sudo() if self._mvno_decides() else ():
            changes = line._mvno_changes(vals)
            since = line._mvno_first_open_day()
            begins_later = not line.date_start or line.date_start >= since
            if not changes or line.is_canceled or begins_later:
                continue
            if line.date_end and line.date_end < since:
                following = line._mvno_paying_on(since)
                if not following or following._mvno_changes(vals):
                    raise UserError(
                        self.env._(
                            "Contract line %(name)s ended on %(date)s: past months "
                            "keep what was agreed.",
                            name=line.name,
                            date=format_date(self.env, line.date_end),
                        )
                    )
                # edited a moment ago: a form has the line in two of its lists
                changes = {}
            key = since, repr(sorted(changes.items()))
            terms[key] = since, changes
            edited[key] |= line.with_env(self.env)
        return {lines: terms[key] for key, lines in edited.items()}

    def _mvno_changes(self, vals):
        """:param dict vals: as given to :meth:`write`
        :return: dict, what of the terms by which months are billed these values change
            on this line; nothing of a line that has no price yet"""
        self.ensure_one()
        if not self._mvno_is_priced():
            return {}
        vals = dict(vals)
        if "price_unit" in vals:
            vals["specific_price"] = vals.pop("price_unit")
        changes = {}
        for name in self._mvno_succeeding() & set(vals):
            field = self._fields[name]
            value = field.convert_to_cache(vals[name], self)
            if value != field.convert_to_cache(self[name], self):
                changes[name] = vals[name]
        if "product_id" in changes and "name" in vals:
            changes["name"] = vals["name"]
        return changes

    def _mvno_is_priced(self):
        """:return: bool, whether it was agreed what this line costs"""
        self.ensure_one()
        return bool(self.price_unit)

    def _mvno_paying_on(self, day):
        """:return: the contract line that pays for the mobile line on a day, or none"""
        self.ensure_one()
        return self.mvno_line_id.contract_line_ids.filtered(
            lambda line: not line.is_canceled
            and line.date_start <= day
            and not (line.date_end and line.date_end < day)
        )[:1]

    def _mvno_first_open_day(self):
        """:return: date, the first of the month that runs where the platform is, or of
        the one after the last that is invoiced"""
        self.ensure_one()
        first = self.mvno_line_id.platform_id._today().replace(day=1)
        if self.last_date_invoiced and self.last_date_invoiced >= first:
            first = self.last_date_invoiced.replace(day=1) + relativedelta(months=1)
        return first

    def _mvno_succeed_edited(self, since, terms, before):
        """Let successors go on with what somebody edited on these lines, and the
        contracts keep what it was.

        :param since: date, the first day of the successors
        :param dict terms: what changes
        :param dict before: of :meth:`_mvno_agreed`
        """
        lines = self.sudo()
        successors = lines._mvno_succeed(since, **terms)
        told = {"price_unit" if name == "specific_price" else name for name in terms}
        fields_told = lines.fields_get(told - {"name"})
        for line, successor in zip(lines, successors, strict=True):
            _changed, tracking = successor._mail_track(fields_told, before[line])
            line.contract_id._message_log(
                body=self.env._(
                    "Contract line %(name)s was changed by hand: it ends, and goes on "
                    "with other terms from %(date)s on. Earlier days keep theirs.",
                    name=line.name,
                    date=format_date(self.env, successor.date_start),
                ),
                author_id=self.env.user.partner_id.id,
                tracking_value_ids=tracking,
            )

    def _mvno_note_payers(self):
        """Let the contracts keep that these new lines pay for mobile lines in service.

        :raise AccessError: where the user may not decide that
        """
        for line in self.sudo().filtered(lambda line: line._mvno_in_service()):
            values = {"name": line.name, "line": line.mvno_line_id.display_name}
            if not self._mvno_decides():
                raise AccessError(
                    self.env._(
                        "Contract line %(name)s cannot pay for mobile line %(line)s, "
                        "which is in service. Use the buttons of the mobile line, or "
                        "ask a manager.",
                        **values,
                    )
                )
            line.contract_id._message_log(
                body=self.env._(
                    "Contract line %(name)s was added by hand: it pays for mobile line "
                    "%(line)s.",
                    **values,
                ),
                author_id=self.env.user.partner_id.id,
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_none_in_service(self):
        """:raise UserError: for what pays, or paid, for a line the platform knows: its
        months would be on no invoice and on no list"""
        for line in self.sudo().filtered(lambda line: line._mvno_in_service()):
            raise UserError(
                self.env._(
                    "Contract line %(name)s pays for mobile line %(line)s, which is in "
                    "service or was: it stays on record. Set its last day instead.",
                    name=line.name,
                    line=line.mvno_line_id.display_name,
                )
            )

    # === PLANS TO SUBSCRIBE === #

    @api.model
    def _without_mobile_line_domain(self):
        """:return: domain of the active telephony contract lines that have no mobile
        line yet: what the subscribe dialog offers"""
        return [
            *self.env["res.partner"]._mvno_contract_line_domain(),
            ("mvno_line_id", "=", False),
        ]

    # === END AND SUCCESSOR === #

    def _mvno_succeed(self, date, **vals):
        """End these lines the day before a date and let successors go on from it.

        What was planned after them, another price from some month on, stays; with
        another product it gives way.

        :param date: first day of the successors
        :param vals: what changes, ``product_id`` or ``specific_price`` say; with
            another product the price is its own when none is given. The customer's
            commitment stays as it was unless ``commitment_end`` is given.
        :return: the successors, ``contract.line`` records
        :raise UserError: when days from the date on were invoiced already
        """
        values = [line._mvno_successor_values(date, vals) for line in self]
        if "product_id" in vals:
            planned = self._mvno_planned_after()
            for line, line_values in zip(self, values, strict=True):
                if planned[line]:
                    line_values["date_end"] = planned[line][-1].date_end
                    planned[line]._mvno_end(date - timedelta(days=1))
        self._mvno_end(date - timedelta(days=1))
        return self.create(values)

    def _mvno_planned_after(self):
        """:return: dict, for each of these lines the later ones that pay for its mobile
        line, in their order"""
        later = self.search(
            [
                ("mvno_line_id", "in", self.mvno_line_id.ids),
                ("is_canceled", "=", False),
                ("date_start", ">", min(self.mapped("date_start"), default=False)),
            ],
            order="date_start, id",
        ).grouped("mvno_line_id")
        return {
            line: later.get(line.mvno_line_id, self.browse()).filtered(
                lambda other, line=line: other.date_start > line.date_start
            )
            for line in self
        }

    def _mvno_successor_values(self, date, vals):
        """:return: dict, what a successor from this date on is created with"""
        self.ensure_one()
        values = {
            "contract_id": self.contract_id.id,
            "mvno_line_id": self.mvno_line_id.id,
            "product_id": self.product_id.id,
            # nobody pays for days before those that were agreed
            "date_start": max(date, self.date_start or date),
            "date_end": self.date_end,
            "mvno_agreed_start": self.mvno_agreed_start,
            "commitment_months": self.commitment_months,
            "discount": self.discount,
            "sequence": self.sequence,
            "analytic_distribution": self.analytic_distribution,
        }
        if self.commitment_end_typed or self._mvno_works():
            # before, it goes on following the start: see _mvno_begin_service
            values["commitment_end"] = self.commitment_end
        if vals.get("commitment_end", self.commitment_end) != self.commitment_end:
            # none, or another one that begins with the successor
            values["commitment_months"] = 0
        if vals.get("product_id", self.product_id.id) == self.product_id.id:
            values["specific_price"] = self.price_unit
            values["name"] = self.name
            values |= self._convert_to_write(
                {name: self[name] for name in self._mvno_plan_terms()}
            )
        return {**values, **vals}

    def _mvno_end(self, last_day):
        """End these lines, the last day included; one that would begin later never
        came into force.

        :param last_day: date
        :raise UserError: when later days were invoiced already
        """
        for line in self:
            if line.last_date_invoiced and line.last_date_invoiced > last_day:
                raise UserError(
                    self.env._(
                        "Contract line %(name)s of contract %(contract)s is invoiced "
                        "up to %(date)s: it cannot end before. Cancel that invoice "
                        "first, or choose a later date.",
                        name=line.name,
                        contract=line.contract_id.name,
                        date=format_date(self.env, line.last_date_invoiced),
                    )
                )
        changes = defaultdict(self.browse)
        for line in self:
            if line.date_start and line.date_start > last_day:
                changes["is_canceled"] |= line
            elif not line.date_end or line.date_end > last_day:
                changes["date_end"] |= line
        changes["is_canceled"].write({"is_canceled": True})
        changes["date_end"].write({"date_end": last_day})

    def _mvno_end_with_service(self, last_day):
        """The mobile lines were cancelled: nothing is paid for after that day. What is
        invoiced beyond it ends with what is invoiced: a contract line cannot end
        before. Nothing is billed beyond the mobile line's own end.

        :param last_day: date, the last day of service
        :raise UserError: when one that begins later was invoiced already
        """
        beyond = self.filtered(
            lambda line: line.last_date_invoiced
            and line.date_start <= last_day < line.last_date_invoiced
        )
        (self - beyond)._mvno_end(last_day)
        for invoiced, ending in beyond.grouped("last_date_invoiced").items():
            ending._mvno_end(invoiced)

    # === SERVICE === #

    def _mvno_works(self):
        """:return: bool, whether the mobile line came into service"""
        self.ensure_one()
        return self.sudo().mvno_line_id.state not in (False, "draft", "activating")

    def _mvno_begin_service(self, date):
        """The mobile line works: from that day on its contract line pays, unless a
        later one was agreed on. What was planned after it keeps its commitment.

        :param date: the platform's date of the activation
        """
        self.ensure_one()
        self.date_start = max(date, self.mvno_agreed_start or date)
        planned = self._mvno_planned_after()[self].filtered(
            lambda later: not later.commitment_end_typed
            and later.commitment_months == self.commitment_months
        )
        if planned and self.commitment_months:
            planned.write(self._mvno_commitment_kept())

    def _mvno_commitment_kept(self):
        """:return: dict, the commitment of a line that goes on with a later one"""
        self.ensure_one()
        return {"commitment_end": self.commitment_end}

    # === CHANGE OF HOLDER === #

    def _mvno_holder_price(self):
        """:return: float, the monthly value that is proposed for another holder"""
        self.ensure_one()
        return self.price_unit * (1 - (self.discount or 0.0) / 100)

    def _mvno_holder_values(self, price):
        """:param price: float, the monthly value agreed with another holder; None for
            what was agreed with the present one
        :return: dict, what changes on the contract line with the holder"""
        self.ensure_one()
        return {} if price is None else {"specific_price": price, "discount": 0.0}


def _with_commitment(vals):
    """Months and end of a commitment are one agreement.

    :param dict vals: to create or write, left as they are
    :return: dict of values: without an end the months say it, or there is none; an
        end that was typed before gives way to months
    """
    if "commitment_end" in vals and not vals["commitment_end"]:
        vals = {"commitment_months": 0, **vals}
        del vals["commitment_end"]
    if "commitment_months" in vals and "commitment_end" not in vals:
        vals = {"commitment_end_typed": False, **vals}
    return vals
