# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ...lib import TipError
from ..platform.mvno_plan import LARGEST

MB_PER_GB = 1024
# GB of one top-up: more is a slip of the keyboard.
MOST_GB = 100


class MvnoLine(models.Model):
    """What a line used, what is left of its data, and how more is added."""

    _inherit = "mvno.line"

    usage_ids = fields.One2many("mvno.usage", "line_id", string="Usage")
    usage_at = fields.Datetime(string="Usage as of", compute="_compute_month_usage")
    usage_month = fields.Date(string="Month of Usage", compute="_compute_month_usage")
    usage_data_text = fields.Char(string="Data Used", compute="_compute_month_usage")
    usage_data_percent = fields.Integer(
        string="Data Used (%)", compute="_compute_month_usage"
    )
    usage_voice_text = fields.Char(string="Voice Used", compute="_compute_month_usage")
    usage_sms_text = fields.Char(string="SMS Sent", compute="_compute_month_usage")
    balance_mb = fields.Float(
        string="Data Left (MB)", digits=(16, 3), readonly=True, copy=False
    )
    balance_told = fields.Char(
        string="Data Left, as Told",
        readonly=True,
        copy=False,
        help="What the platform says where it is no amount, “unlimited” say.",
    )
    balance_at = fields.Datetime(string="Balance as of", readonly=True, copy=False)
    balance_text = fields.Char(string="Data Left", compute="_compute_balance_text")
    last_top_up = fields.Date(
        readonly=True, copy=False, help="As the platform told it with the balance."
    )

    # === COMPUTES === #

    @api.depends(
        "usage_ids.fetched_at",
        "contract_line_id.mvno_allowance_mb",
        "contract_line_id.mvno_allowance_minutes",
        "contract_line_id.mvno_allowance_sms",
    )
    @api.depends_context("lang")
    def _compute_month_usage(self):
        """What was used of the allowance agreed on in the month that runs now, all
        lines in one query; nothing where the month was not consulted."""
        months = {
            platform: platform._today().replace(day=1) for platform in self.platform_id
        }
        found = {
            (usage.line_id.id, usage.competence): usage
            for usage in self.env["mvno.usage"].search(
                [
                    ("line_id", "in", self.ids),
                    ("competence", "in", list(set(months.values()))),
                ]
            )
        }
        nothing = self.env["mvno.usage"]
        for line in self:
            month = months.get(line.platform_id)
            usage = found.get((line._origin.id, month), nothing)
            agreed = line.contract_line_id
            line.usage_month = month
            line.usage_at = usage.fetched_at
            allowance = agreed.mvno_allowance_mb
            line.usage_data_percent = (
                round(100 * usage.data_mb / allowance) if allowance else 0
            )
            line.usage_data_text = line.usage_voice_text = line.usage_sms_text = False
            if not usage:
                continue
            line.usage_data_text = line._data_text(usage.data_mb, allowance)
            line.usage_voice_text = line._used_text(
                self.env._("min"), usage.voice_minutes, agreed.mvno_allowance_minutes
            )
            line.usage_sms_text = line._used_text(
                self.env._("SMS"), usage.sms_count, agreed.mvno_allowance_sms
            )

    @api.depends("balance_mb", "balance_told", "balance_at")
    @api.depends_context("lang")
    def _compute_balance_text(self):
        for line in self:
            if not line.balance_at:
                line.balance_text = False
            else:
                line.balance_text = line.balance_told or line._data_text(
                    line.balance_mb
                )

    @api.model
    def _data_text(self, used_mb, allowance_mb=0):
        """:return: a data volume as people say it: "1.2 of 5.0 GB", "300 MB" """
        if max(used_mb, allowance_mb) < MB_PER_GB:
            return self._used_text("MB", used_mb, allowance_mb)
        return self._used_text(
            "GB", used_mb / MB_PER_GB, allowance_mb / MB_PER_GB, digits=1
        )

    @api.model
    def _used_text(self, unit, used, allowance, digits=0):
        """:return: "30 of 200 min"; without the allowance where the plan told none,
        or one so large that it means unlimited"""
        used_text = formatLang(self.env, used, digits=digits)
        if not allowance or allowance == LARGEST:
            return f"{used_text} {unit}"
        return self.env._(
            "%(used)s of %(allowance)s %(unit)s",
            used=used_text,
            allowance=formatLang(self.env, allowance, digits=digits),
            unit=unit,
        )

    # === USAGE OF THE MONTH === #

    def action_fetch_usage(self):
        """Ask the platform what these lines' subscribers used this month.

        :return: a notification where the platform tells nothing of a line, or does not
            answer in time; else True
        :raise UserError: when the platform cannot be asked; says what to do
        """
        asked = {(line.platform_id, line.partner_id) for line in self}
        self.env["mvno.platform"]._check_while_waiting(asked)
        consulted = self.env["mvno.usage"]._consult(
            [
                (platform, platform._today().replace(day=1), partner)
                for platform, partner in asked
            ]
        )
        if consulted is None:
            return self.platform_id[:1]._notify_goes_on()
        told = self.browse()
        sentences = []
        for usages, _unknown, _count, left_out in consulted:
            told |= usages.line_id
            sentences += left_out
        silent = self - told
        if silent:
            sentence = self.env._(
                "The platform tells no usage of %(lines)s in %(month)s yet.",
                lines=", ".join(silent.mapped("display_name")),
                month=f"{self.platform_id[:1]._today():%m/%Y}",
            )
            sentences.append(sentence)
        if not sentences:
            return True
        return self.platform_id[:1]._notify("\n".join(sentences), "info")

    # === DATA LEFT === #

    def action_balance(self):
        """Ask the platform now what is left of these lines' data.

        :raise UserError: when a line is not in service, or the platform does not
            answer; says what to do
        """
        self.check_access("write")
        self.env["mvno.platform"]._check_while_waiting(self)
        for line in self:
            if line.state not in line._live_states:
                raise UserError(
                    self.env._(
                        "Line %(line)s is not in service, so it has no balance.",
                        line=line.display_name,
                    )
                )
        answers = self.env["mvno.platform"]._ask(
            [(line.platform_id, line._balance_question()) for line in self]
        )
        reasons = []
        for line, answer in zip(self, answers, strict=True):
            if isinstance(answer, TipError):
                reason = self.env._(
                    "Line %(line)s: %(reason)s",
                    line=line.display_name,
                    reason=line.platform_id._explain(answer),
                )
                reasons.append(reason)
                continue
            balance, topped_up = answer
            told_amount = balance.data_mb is not None
            line.sudo().write(
                {
                    "balance_mb": float(balance.data_mb) if told_amount else 0.0,
                    "balance_told": False
                    if told_amount
                    else balance.raw or self.env._("not told"),
                    "balance_at": fields.Datetime.now(),
                    "last_top_up": topped_up,
                }
            )
        self.env["mvno.platform"]._raise_reasons(reasons)
        return True

    def _balance_question(self):
        """:return: callable that asks a client, see ``mvno.platform._ask``; answered by
        (``lib.Balance``, date of the last top-up or None)"""
        self.ensure_one()
        iccid, known = self.simcard_id.iccid, self.last_top_up

        def ask(client):
            balance = client.balance(iccid)
            try:
                return balance, client.last_top_up(iccid)
            except TipError:
                # the balance was asked for; what was known of the top-up stays
                return balance, known

        return ask

    # === TOP-UP === #

    def action_top_up(self, quantity=None, product=None, price=None):
        """Add data to these lines; without a quantity or product, open the dialog.

        :param int quantity: whole GB; the product's when not given
        :param product: ``product.product`` record that is charged, or its id
        :param float price: what is charged once; the customer's price of the product
            when not given
        :return: the dialog's action, or True
        :raise UserError: when the quantity is not a whole number of GB, or nothing
            says what is charged
        """
        self.check_access("write")
        if quantity is None and product is None:
            return self._open_dialog("tip_mvno.mvno_top_up_action")
        product = self.env["product.product"].browse(
            product if isinstance(product, int) else product and product.id
        )
        quantity = quantity or product.mvno_top_up_gb
        if not isinstance(quantity, int) or quantity < 1:
            raise UserError(self.env._("A top-up is a whole number of GB, 1 at least."))
        if quantity > MOST_GB:
            raise UserError(
                self.env._("A top-up is %(most)s GB at most.", most=MOST_GB)
            )
        self._check_top_up_price(product, price)
        if price and not product:
            raise UserError(
                self.env._(
                    "A top-up that is charged needs its product: the invoice says what "
                    "was bought by it."
                )
            )
        self._request(
            "top_up",
            [
                {
                    "quantity": quantity,
                    "product_id": product.id,
                    "price": (line._price_of_top_up(product) if product else 0.0)
                    if price is None
                    else price,
                }
                for line in self
            ],
        )
        return True

    def _check_top_up_price(self, product, price):
        """What is given away is a manager's, as with plans.

        :param product: ``product.product`` record, empty where nothing is charged
        :param price: float; None for the customer's price
        :raise UserError: when it is below that and not the user's to decide
        """
        if price is not None and price < 0:
            raise UserError(self.env._("A top-up's value is not below zero."))
        if (product and price is None) or self.env["contract.line"]._mvno_decides():
            return
        for line in self:
            regular = line._price_of_top_up(product) if product else None
            currency = line.sudo().contract_line_id.currency_id
            if regular is None:
                raise UserError(
                    self.env._(
                        "Line %(line)s: choose the top-up that is charged. Ask a "
                        "manager to give one away.",
                        line=line.display_name,
                    )
                )
            if currency.compare_amounts(price, regular) < 0:
                raise UserError(
                    self.env._(
                        "Line %(line)s: “%(product)s” costs %(regular)s by the "
                        "customer's price list. Ask a manager to agree on less.",
                        line=line.display_name,
                        product=product.display_name,
                        regular=currency.format(regular),
                    )
                )

    def _price_of_top_up(self, product):
        """:return: float, what this line's customer pays for a top-up"""
        self.ensure_one()
        return self._price_of_plan(product)
