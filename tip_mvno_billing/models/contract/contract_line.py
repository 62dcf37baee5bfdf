# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date, formatLang

from ...tools.month import days_in, month_end, month_of, month_text
from ...tools.month_billing import Charge, MonthBilling


class ContractLine(models.Model):
    _inherit = "contract.line"

    mvno_item_ids = fields.One2many(
        "mvno.billing.item", "contract_line_id", string="Billed Months"
    )

    # === INVOICING BY BILLING RUNS ONLY === #

    def _can_be_invoiced(self, date_ref):
        self.ensure_one()
        billing = MonthBilling.of(self.env)
        if billing:
            return self.id in billing.parts
        return not self.is_telephony and super()._can_be_invoiced(date_ref)

    @api.depends("is_telephony")
    def _compute_create_invoice_visibility(self):
        result = super()._compute_create_invoice_visibility()
        self.filtered("is_telephony").create_invoice_visibility = False
        return result

    def _get_period_to_invoice(
        self, last_date_invoiced, recurring_next_date, stop_at_date_end=True
    ):
        billing = MonthBilling.of(self.env)
        if not billing:
            return super()._get_period_to_invoice(
                last_date_invoiced, recurring_next_date, stop_at_date_end
            )
        part = billing.parts.get(self.id)
        if not part:  # a section or a note
            return billing.competence, month_end(billing.competence), billing.issued
        return part.start, part.end, billing.issued

    def _insert_markers(self, first_date_invoiced, last_date_invoiced):
        if self.is_telephony and "#" not in self.name:
            # spares the search of the language, once per line
            return self.name
        return super()._insert_markers(first_date_invoiced, last_date_invoiced)

    def _update_last_date_invoiced(self):
        if not MonthBilling.of(self.env):
            return super()._update_last_date_invoiced()
        # the items say what was billed: see _mvno_sync_last_invoiced
        return None

    def _prepare_invoice_line(self):
        values = super()._prepare_invoice_line()
        billing = MonthBilling.of(self.env)
        if not (billing and values and self.is_telephony):
            return values
        part = billing.parts[self.id]
        return {
            **values,
            "name": self._mvno_invoice_text(values["name"], part),
            "price_unit": part.price,
            "discount": part.discount,
            "mvno_line_id": self.mvno_line_id.id,
        }

    def _mvno_prepare_charge(self, charge):
        """Taxes and account are the product's, by the invoice's fiscal position.

        :param Charge charge: what is billed once with this line's contract
        :return: dict, values of its invoice line
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "product_id": charge.product_id,
            "name": charge.text,
            "quantity": 1.0,
            "price_unit": charge.price,
            "discount": charge.part.discount if charge.part else 0.0,
            "contract_line_id": self.id,
            "mvno_line_id": self.mvno_line_id.id,
            "mvno_source_key": charge.line_key,
            "analytic_distribution": self.analytic_distribution,
        }

    def _mvno_invoice_text(self, name, part):
        """What the invoice says about a month of this line, in the customer's language.

        :param str name: the contract line's own text
        :param Part part: what is billed of the month
        :return: str of two lines; one more for the days that are free, and one when a
            discount has no column of its own
        """
        self.ensure_one()
        line = self.with_context(lang=self.contract_id.partner_id.lang or self.env.lang)
        mobile = line.mvno_line_id
        values = {
            "plan": name,
            # with the nickname
            "number": mobile.display_name,
            "start": format_date(line.env, part.start),
            "end": format_date(line.env, part.end),
            "days": part.charged,
            "total": part.total,
            "suspended": days_in(part.start, part.end) - part.charged,
        }
        if part.charged == part.total:
            text = line.env._("%(plan)s – %(number)s\n%(start)s to %(end)s", **values)
        elif values["suspended"]:
            text = line.env._(
                "%(plan)s – %(number)s\n%(start)s to %(end)s (%(days)s of %(total)s "
                "days; %(suspended)s days of suspension are not charged)",
                **values,
            )
        else:
            text = line.env._(
                "%(plan)s – %(number)s\n%(start)s to %(end)s (%(days)s of %(total)s "
                "days)",
                **values,
            )
        if part.charged != part.total:
            free = line._mvno_free_words(month_of(part.start), part.off)
            if free:
                text = f"{text}\n{line.env._('Free: %(days)s', days=free)}"
        if not part.taken_off:
            return text
        discount = line.env._(
            "The discount of %(percent)s%% is taken off already.",
            percent=formatLang(line.env, part.taken_off, digits=2),
        )
        return f"{text}\n{discount}"

    def _mvno_free_words(self, competence, off):
        """:return: str, the days of a month that this line has for nothing, and why;
        the parameters are those of :meth:`_mvno_free_spans`"""
        return "; ".join(
            self.env._(
                "%(start)s to %(end)s (%(reason)s)",
                start=format_date(self.env, start),
                end=format_date(self.env, end),
                reason=self._mvno_free_text(rule),
            )
            for rule, start, end in self._mvno_free_spans(competence, off)
        )

    def _mvno_month_charge(self, competence, part, in_advance=False):
        """A month of this line that is billed beside the one the run is for.

        :param competence: first day of the month
        :param Part part: what is billed of it
        :param bool in_advance: whether the month is not over yet
        :return: :class:`Charge`
        """
        self.ensure_one()
        return Charge(
            contract_line_id=self.id,
            kind="recurring",
            source_key="",
            day=part.start,
            product_id=self.product_id.id,
            price=part.price,
            text=self._mvno_invoice_text(self.name, part),
            competence=competence,
            part=part,
            is_provisional=in_advance,
        )

    def _mvno_adjustment(self, competence, part, difference, source_key):
        """What corrects a month that is billed: in advance, or for fewer days.

        :param competence: first day of the month
        :param Part part: what the month came to; None for nothing, or to leave the
            billed days as they are
        :param float difference: to be charged, or given back when it is negative
        :param str source_key: tells it from other corrections of the month
        :return: :class:`Charge`
        """
        self.ensure_one()
        line = self.with_context(lang=self.contract_id.partner_id.lang or self.env.lang)
        mobile = line.mvno_line_id
        text = line.env._(
            "Correction of %(month)s – %(number)s",
            month=month_text(competence),
            number=mobile._format_number(mobile.number) or mobile.display_name,
        )
        return Charge(
            contract_line_id=self.id,
            kind="adjustment",
            source_key=source_key,
            day=competence,
            product_id=self.product_id.id,
            price=difference,
            text=text,
            competence=competence,
            part=part and replace(part, discount=0.0, taken_off=0.0),
        )

    # === REASONS NOT TO BILL === #

    def _mvno_hindrance(self):
        """Say why no month of this line can be billed yet.

        :return: (code of ``mvno.billing.issue``, sentence), or None when it can
        """
        self.ensure_one()
        if self.mvno_paid_from:
            return None
        mobile = self.mvno_line_id
        if not mobile:
            return "not_subscribed", self.env._(
                "The plan has no mobile line yet: subscribe the customer, or end the "
                "contract line."
            )
        if mobile.state in ("draft", "activating"):
            return "not_activated", self.env._(
                "Line %(line)s is not activated yet: it is billed from its activation "
                "on.",
                line=mobile.display_name,
            )
        if not self._mvno_awaits_port_in():
            return "not_activated", self.env._(
                "Line %(line)s was cancelled before it was activated: end the contract "
                "line.",
                line=mobile.display_name,
            )
        return "port_in", self.env._(
            "The port-in of line %(line)s is not finished: its plan is billed from the "
            "end of the port-in on.",
            line=mobile.display_name,
        )

    # === LAST DATE INVOICED === #

    def _mvno_sync_last_invoiced(self):
        """Set the date up to which each line is invoiced to the end of its last
        billed month; the contract's own methods read it. A month billed in advance
        counts once its own run has settled it: until then the line may end in it.

        Of telephony only: the contract itself looks after its other services."""
        telephony = self.filtered("is_telephony")
        last_ends = dict(
            self.env["mvno.billing.item"]._read_group(
                [
                    ("contract_line_id", "in", telephony.ids),
                    ("kind", "=", "recurring"),
                    ("state", "=", "billed"),
                    ("is_provisional", "=", False),
                ],
                ["contract_line_id"],
                ["period_end:max"],
            )
        )
        by_date = defaultdict(self.browse)
        for line in telephony:
            before = line.mvno_billing_from and line.mvno_billing_from - timedelta(1)
            if before and line.date_start and before < line.date_start:
                before = False
            last = last_ends.get(line) or before or False
            if last and line.date_end:
                # a last month charged in full is invoiced beyond the line's end
                last = min(last, line.date_end)
            if line.last_date_invoiced != last:
                by_date[last] |= line
        for last, lines in by_date.items():
            lines.sudo().write({"last_date_invoiced": last})

    @api.model
    def _mvno_keep_invoiced_months(self):
        """Bill telephony from where invoicing stood before there were billing runs."""
        by_date = defaultdict(self.browse)
        invoiced = self.with_context(active_test=False).search(
            [
                ("is_telephony", "=", True),
                ("last_date_invoiced", "!=", False),
                ("mvno_billing_from", "=", False),
            ]
        )
        for line in invoiced:
            by_date[line.last_date_invoiced + timedelta(1)] |= line
        for day, lines in by_date.items():
            lines.write({"mvno_billing_from": day})
