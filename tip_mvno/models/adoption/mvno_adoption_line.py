# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ...lib import SimStatus
from ...tools.brazil import AREA_CODES, is_valid_cnpj, is_valid_cpf
from ...tools.bulk import run_over_rows
from ..activation.mvno_line import NUMBER
from ..hold.mvno_line_hold import PLATFORM_REASONS
from .mvno_adoption import VERDICTS

STATUSES = [
    ("active", "Active"),
    ("partially_blocked", "Partially blocked"),
    ("blocked", "Blocked"),
    ("cancelled", "Cancelled"),
    ("available", "Not in use"),
    ("unknown", "Unknown"),
]
BLOCKED_STATUSES = ("partially_blocked", "blocked")
# What of the status means that nothing is to be taken over.
ENDED = ("cancelled", "available")
STATUS_OF = {
    SimStatus.IN_USE: "active",
    SimStatus.PARTIALLY_BLOCKED: "partially_blocked",
    SimStatus.TOTALLY_BLOCKED: "blocked",
    SimStatus.BLOCKED: "blocked",
    SimStatus.CANCELLED: "cancelled",
    SimStatus.AVAILABLE: "available",
    SimStatus.UNKNOWN: "unknown",
}
# Proposals: what a person chose instead stays.
PROPOSED = ("partner_id", "product_id", "area_code", "customer_name")
# What the platform told of a line, and matching needs.
TOLD = (
    "key",
    "document",
    "platform_contract",
    "iccid",
    "number",
    "plan_name",
    "platform_status",
    "status",
)
NAMES_SHOWN = 3
# What is written of a line that is new, and its type in the database.
COLUMNS = {
    "adoption_id": "integer",
    "read_number": "integer",
    "key": "text",
    "document": "text",
    "subscriber_name": "text",
    "customer_name": "text",
    "is_company": "boolean",
    "platform_contract": "text",
    "iccid": "text",
    "number": "text",
    "area_code": "text",
    "plan_name": "text",
    "platform_status": "text",
    "status": "text",
    "simcard_id": "integer",
    "line_id": "integer",
    "problem": "text",
    "partner_id": "integer",
    "product_id": "integer",
    "product_count": "integer",
}
# What of it is about a person, and may change while the line stays the same.
PERSONAL = {"subscriber_name": "text", "customer_name": "text", "number": "text"}


class MvnoAdoptionLine(models.Model):
    """A line the platform has, what it becomes here, and what was decided for it."""

    _name = "mvno.adoption.line"
    _description = "Line of an Existing Base"
    _inherit = ["mvno.guarded"]
    _order = "document, id"
    _check_company_auto = True
    _rec_names_search = ["number", "iccid", "platform_contract", "subscriber_name"]

    adoption_id = fields.Many2one(
        "mvno.adoption",
        string="Import",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    platform_id = fields.Many2one(related="adoption_id.platform_id", store=True)
    company_id = fields.Many2one(
        related="adoption_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="adoption_id.currency_id")
    adoption_state = fields.Selection(
        related="adoption_id.state", string="Status of the Import"
    )

    # === AS THE PLATFORM TELLS IT === #

    key = fields.Char(required=True, readonly=True)
    read_number = fields.Integer(readonly=True)
    document = fields.Char(string="CPF/CNPJ", readonly=True)
    subscriber_name = fields.Char(string="Subscriber at the Platform", readonly=True)
    is_company = fields.Boolean(readonly=True)
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    iccid = fields.Char(string="ICCID", readonly=True)
    number = fields.Char(readonly=True)
    plan_name = fields.Char(string="Plan at the Platform", readonly=True)
    platform_status = fields.Char(string="Status at the Platform", readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)

    # === WHAT IS HERE === #

    problem = fields.Char(
        readonly=True, help="What contradicts, as a code of its explanation."
    )
    error = fields.Text(readonly=True, help="Why taking this line over failed.")
    line_id = fields.Many2one(
        "mvno.line", string="Mobile Line", readonly=True, index="btree_not_null"
    )
    simcard_id = fields.Many2one("mvno.simcard", string="SIM Card", readonly=True)
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Customers with this CPF/CNPJ",
        readonly=True,
        context={"active_test": False},
    )
    product_count = fields.Integer(
        readonly=True, help="How many products sell the platform's plan."
    )
    is_adopted = fields.Boolean(readonly=True)
    verdict = fields.Selection(
        VERDICTS, compute="_compute_verdict", store=True, index=True
    )
    reason_codes = fields.Char(compute="_compute_verdict", store=True)
    reason = fields.Text(string="Why", compute="_compute_reason")

    # === WHAT IS DECIDED === #

    skip = fields.Boolean(string="Leave out")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", check_company=True, index="btree_not_null"
    )
    create_partner = fields.Boolean(
        string="Create customer",
        compute="_compute_create_partner",
        store=True,
        readonly=False,
    )
    block_reason = fields.Selection(
        PLATFORM_REASONS,
        string="Why TIP Blocked",
        help="Why the platform blocked the line, if you know: for non-payment or at "
        "the customer's request its days are not charged, for misuse, theft or loss "
        "they are. It can be said later, too.",
    )
    customer_name = fields.Char(help="The name a new customer gets.")
    customer_email = fields.Char(string="E-mail")
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        check_company=True,
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id)]",
    )
    area_code = fields.Char(string="DDD", size=2)
    own_bill_from = fields.Date(readonly=True)
    bill_from = fields.Date(
        compute="_compute_bill_from",
        inverse="_inverse_bill_from",
        store=True,
        help="The first day that is billed here. Empty: the import's own date.",
    )
    has_price = fields.Boolean(readonly=True)
    own_price = fields.Monetary(readonly=True)
    price = fields.Monetary(
        string="Monthly Value",
        compute="_compute_price",
        inverse="_inverse_price",
        store=True,
        help="What the customer pays each month: the plan's price, or another one.",
    )
    commitment_end = fields.Date(
        help="Until when the customer committed; empty for no commitment any more."
    )
    activation_date = fields.Date(
        string="In service since", help="The platform's list does not tell it."
    )

    _key_uniq = models.Constraint(
        "UNIQUE(adoption_id, key)", "The platform's line is in this import already."
    )

    _price_positive = models.Constraint(
        "CHECK(price >= 0)", "The monthly value cannot be negative."
    )

    @api.constrains("activation_date")
    def _check_activation_date(self):
        for line in self:
            day = line.activation_date
            if day and day > line.platform_id._today():
                raise ValidationError(
                    self.env._(
                        "Line %(line)s: what is taken over is in service already. "
                        "“In service since” cannot be in the future.",
                        line=line.display_name,
                    )
                )

    # === COMPUTES === #

    @api.depends("number", "iccid", "platform_contract")
    def _compute_display_name(self):
        mobile_lines = self.env["mvno.line"]
        for line in self:
            line.display_name = (
                mobile_lines._format_number(line.number)
                or line.iccid
                or line.platform_contract
            )

    @api.depends("adoption_id.bill_from", "own_bill_from")
    def _compute_bill_from(self):
        for line in self:
            # what was taken over is a record of what was done
            if not line.is_adopted:
                line.bill_from = line.own_bill_from or line.adoption_id.bill_from

    def _inverse_bill_from(self):
        for line in self.sudo():
            own = line.bill_from != line.adoption_id.bill_from
            line.own_bill_from = own and line.bill_from

    @api.depends("adoption_id.create_partners")
    def _compute_create_partner(self):
        for line in self:
            line.create_partner = line.adoption_id.create_partners

    @api.depends("product_id", "partner_id", "has_price", "own_price")
    def _compute_price(self):
        """The value at signing by the customer's price list, asked once for each."""
        prices = {}
        for line in self:
            product = line.product_id
            pricelist = line.partner_id.with_company(
                line.company_id
            ).property_product_pricelist
            key = (line.company_id, pricelist, product)
            if line.has_price:
                line.price = line.own_price
            elif product and key not in prices:
                prices[key] = line._plan_price(pricelist)
            if not line.has_price:
                line.price = prices.get(key, 0.0)

    def _plan_price(self, pricelist):
        """:return: float, what the plan costs in that price list today"""
        self.ensure_one()
        contract = self.env["contract.contract"].new(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "pricelist_id": pricelist.id,
                "manual_currency_id": self.currency_id.id,
            }
        )
        return self.env["contract.line"]._telephony_price(contract, self.product_id)

    def _inverse_price(self):
        for line in self.sudo():
            line.write({"has_price": True, "own_price": line.price})

    # === VERDICT === #

    @api.depends(
        "status",
        "problem",
        "error",
        "line_id",
        "is_adopted",
        "skip",
        "partner_id",
        "create_partner",
        "candidate_ids",
        "document",
        "product_id",
        "area_code",
        "block_reason",
    )
    def _compute_verdict(self):
        for line in self:
            verdict, codes = line._judge()
            line.verdict = verdict
            line.reason_codes = ",".join(codes) or False

    def _judge(self):
        """:return: (verdict, list of codes of :meth:`_reason_sentence`)"""
        self.ensure_one()
        if self.is_adopted:
            return "adopted", ["adopted"]
        if self.status in ENDED:
            return "skipped", [self.status]
        if self.line_id and not self.problem:
            return "matched", ["matched"]
        if self.skip:
            return "skipped", ["by_hand"]
        conflicts = [self.problem] if self.problem else []
        if self.error:
            conflicts.append("failed")
        incomplete = []
        if not self.partner_id:
            if self.candidate_ids:
                several = len(self.candidate_ids) > 1
                conflicts.append("several_partners" if several else "archived_partner")
            elif not (is_valid_cpf(self.document) or is_valid_cnpj(self.document)):
                conflicts.append("bad_document")
            elif not self.create_partner:
                incomplete.append("unknown_partner")
        if not self.product_id:
            incomplete.append("no_product")
        if self.area_code not in AREA_CODES:
            incomplete.append("no_area_code")
        if conflicts:
            return "conflict", conflicts
        if incomplete:
            return "incomplete", incomplete
        notes = ["new_partner"] * (not self.partner_id)
        if self.status != "active":
            notes.append("stays_blocked")
        if self.status == "blocked" and not self.block_reason:
            notes.append("say_why")
        return "create", notes

    @api.depends("reason_codes")
    @api.depends_context("lang")
    def _compute_reason(self):
        for line in self:
            codes = filter(None, (line.reason_codes or "").split(","))
            line.reason = " ".join(map(line._reason_sentence, codes)) or False

    # === WRITING === #

    @api.constrains("block_reason")
    def _check_block_reason(self):
        for line in self:
            if line.block_reason and line.status not in BLOCKED_STATUSES:
                raise ValidationError(
                    self.env._(
                        "%(line)s is not blocked at the platform: there is nothing to "
                        "say why.",
                        line=line.display_name,
                    )
                )

    @api.constrains("area_code")
    def _check_area_code(self):
        for line in self:
            if line.area_code and line.area_code not in AREA_CODES:
                raise ValidationError(
                    self.env._(
                        "%(line)s: %(code)s is no DDD in use. Choose the subscriber's "
                        "area code, for example 11.",
                        line=line.display_name,
                        code=line.area_code,
                    )
                )

    def write(self, vals):
        if not self.env.su:
            self.adoption_id._check_reviewing()
            # what failed may be tried again with other values
            self.sudo().filtered("error").write({"error": False})
        result = super().write(vals)
        if "skip" in vals:
            for adoption in self.adoption_id:
                self.sudo()._mark_twice(adoption)
        return result

    # === A ROW OF THE TEMPLATE === #

    def _cell(self, column):
        """:param str column: a column of the file
        :return: str, date or float; "" where there is nothing"""
        self.ensure_one()
        if column == "plan_code":
            return self.product_id.mvno_plan_id.code or ""
        return self[column] or ""

    # === CREATING AND UPDATING FROM THE PLATFORM'S ANSWER === #

    @api.model
    def _store_subscribers(self, adoption, subscribers):
        """Keep these subscribers' lines: new ones are created, known ones follow.

        :param adoption: ``mvno.adoption`` record
        :param list subscribers: ``lib.Subscriber`` items
        """
        told = {}
        for subscriber in subscribers:
            for contract in subscriber.contracts:
                vals = self._platform_values(subscriber, contract)
                told[vals["key"]] = vals
        self._complete(adoption, told.values())
        known = self.search(
            [("adoption_id", "=", adoption.id), ("key", "in", list(told))]
        )
        known._follow(told)
        number = {"read_number": adoption.read_number}
        known.write(number)
        known_keys = set(known.mapped("key"))
        self._insert(
            [
                {**vals, **number, "adoption_id": adoption.id}
                for key, vals in told.items()
                if key not in known_keys
            ]
        )

    @api.model
    def _insert(self, rows):
        """Create lines by a statement of our own, which a log never quotes.

        :param list rows: dicts of ``COLUMNS``, and ``candidate_ids``
        """
        if not rows:
            return
        names = SQL(", ").join(map(SQL.identifier, COLUMNS))
        inserted = run_over_rows(
            self.env.cr,
            "Lines of an existing base",
            COLUMNS,
            [tuple(_stored(name, row) for name in COLUMNS) for row in rows],
            SQL(
                """
                INSERT INTO mvno_adoption_line (
                       %(names)s, is_adopted, skip, has_price,
                       create_uid, create_date, write_uid, write_date
                       )
                SELECT %(names)s, FALSE, FALSE, FALSE, %(uid)s,
                       now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM pg_temp.mvno_rows
                 ORDER BY place
                RETURNING id
                """,
                names=names,
                uid=self.env.uid,
            ),
        )
        lines = self.browse(line_id for (line_id,) in inserted)
        for field in self._fields.values():
            if field.store and field.compute:
                self.env.add_to_compute(field, lines)
        for line, row in zip(lines, rows, strict=True):
            if row["candidate_ids"] != [Command.set([])]:
                line.candidate_ids = row["candidate_ids"]

    @api.model
    def _platform_values(self, subscriber, contract):
        """:return: dict, what the platform tells of a line"""
        number = contract.number if NUMBER.fullmatch(contract.number) else ""
        area_code = number[3:5]
        key = (subscriber.document, contract.platform_contract, contract.iccid)
        return {
            "key": "/".join(key),
            "document": subscriber.document,
            "subscriber_name": subscriber.name,
            "customer_name": subscriber.name,
            "is_company": subscriber.is_company,
            "platform_contract": contract.platform_contract,
            "iccid": contract.iccid,
            "number": number,
            "area_code": area_code if area_code in AREA_CODES else False,
            "plan_name": contract.plan,
            "platform_status": contract.raw_status,
            "status": STATUS_OF[contract.status],
        }

    def _follow(self, told):
        """Bring known lines up to date, as far as something is new.

        :param dict told: values by key
        """
        changes, personal = {}, {}
        for line in self.filtered(lambda line: not line.is_adopted):
            news = {
                name: value
                for name, value in told[line.key].items()
                if line._is_news(name, value)
            }
            about_person = {name: news.pop(name) for name in PERSONAL if name in news}
            if about_person:
                before = {name: line[name] for name in PERSONAL}
                personal[line.id] = {**before, **about_person}
            if news:
                _news, ids = changes.setdefault(repr(news), (news, []))
                ids.append(line.id)
        for news, ids in changes.values():
            self.browse(ids).write(news)
        self._update_personal(personal)

    @api.model
    def _update_personal(self, values):
        """Change what is about a person by a statement of our own.

        :param dict values: for each id, a dict of ``PERSONAL``
        """
        if not values:
            return
        self.flush_model([*PERSONAL])
        run_over_rows(
            self.env.cr,
            "Changed lines of an existing base",
            {"id": "integer", **PERSONAL},
            [
                (line_id, *(_stored(name, changed) for name in PERSONAL))
                for line_id, changed in values.items()
            ],
            SQL(
                """
                UPDATE mvno_adoption_line line
                   SET subscriber_name = told.subscriber_name,
                       customer_name = told.customer_name,
                       number = told.number
                  FROM pg_temp.mvno_rows told
                 WHERE line.id = told.id
                """
            ),
        )
        self.browse(values).invalidate_recordset([*PERSONAL], flush=False)

    def _is_news(self, name, value):
        self.ensure_one()
        before = self[name]
        if name == "candidate_ids":
            return before.ids != value[0][2]
        if isinstance(before, models.BaseModel):
            before = before.id
        if name in PROPOSED and before:
            return False
        return (before or False) != (value or False)

    def _match_again(self):
        """Look once more for what is here: it may have come since the reading."""
        for adoption, lines in self.grouped("adoption_id").items():
            told = {
                line.key: {name: line[name] or "" for name in TOLD} for line in lines
            }
            self._complete(adoption, told.values())
            lines._follow(told)

    # === REASONS OF THE VERDICT === #

    def _reason_sentence(self, code):
        """:param str code: one that ``_judge`` gives
        :return: a sentence in the reader's language"""
        self.ensure_one()
        return getattr(self, f"_reason_{code}")()

    # === REASONS: NOTHING TO DO === #

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

    def _reason_say_why(self):
        return self.env._(
            "Blocked by TIP: say why. Until then its blocked days are not charged."
        )

    # === REASONS: TO COMPLETE === #

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

    # === REASONS: CONFLICTS === #

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


def _stored(name, row):
    """:return: the value of a column that is not there but as False: NULL"""
    return None if row[name] is False and name != "is_company" else row[name]
