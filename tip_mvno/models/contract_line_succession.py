# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date


class ContractLine(models.Model):
    """How a telephony contract line ends and another one follows it.

    A plan or a price never changes on the line itself: what was billed was billed by
    it. It ends, and its successor pays for the same mobile line from then on.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "contract.line"

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
        successors = self.create(values)
        if vals.get("specific_price") == 0:
            # a courtesy: creation takes 0 for "not given"
            successors.write({"specific_price": 0.0})
        return successors

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
            "commitment_end": self.commitment_end,
            "discount": self.discount,
            "sequence": self.sequence,
            "analytic_distribution": self.analytic_distribution,
        }
        if vals.get("product_id", self.product_id.id) == self.product_id.id:
            values["specific_price"] = self.price_unit
            values["name"] = self.name
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
