# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import models

from odoo.addons.tip_mvno.tools.told import Told, told

from ...tools.service_period import service_key

# The period that is prepared, where it is not the next one.
PERIOD_KEY = "mvno_service_period"


class ContractLine(models.Model):
    """Services that are no telephony, but invoiced by a billing run."""

    _inherit = "contract.line"

    def _get_period_to_invoice(self, *args, **kwargs):
        start, end = told(self.env, PERIOD_KEY) or (None, None)
        if start and not self.is_telephony:
            return start, end, start
        return super()._get_period_to_invoice(*args, **kwargs)

    def _mvno_prepare_behind(self):
        """:return: list of dicts, what invoices say of those periods of these services
        to which the contract does not come back"""
        prepared = []
        for item in self.env["mvno.billing.item"]._behind(self):
            period = item.period_start, item.period_end
            line = item.contract_line_id.with_env(self.env)
            prepared.append(
                line.with_context(**{PERIOD_KEY: Told(period)})._mvno_prepare_service()
            )
        return [values for values in prepared if values]

    def _mvno_prepare_service(self):
        """:return: dict, what the contract's own invoicing says of the next period of
        this line, and the key of that period; empty when an extension leaves it out"""
        self.ensure_one()
        values = self._prepare_invoice_line()
        if not values:
            return {}
        for name in ("company_id", "company_currency_id"):
            values.pop(name, None)
        if not self.display_type:
            start, end, _issued = self._get_period_to_invoice(
                self.last_date_invoiced, self.recurring_next_date
            )
            values["mvno_source_key"] = service_key(start, end)
        return values

    def _mvno_give_back(self, start, end):
        """A period that a run invoiced is to be invoiced again, unless a later one is
        invoiced already: the contract knows no gaps.

        :param start: first day of the period
        :param end: its last day
        :return: bool, whether the contract comes back to it
        """
        self.ensure_one()
        if self.last_date_invoiced != end:
            return False
        is_first = self.date_start and start <= self.date_start
        self.last_date_invoiced = False if is_first else start - timedelta(days=1)
        return True

    def _mvno_take_back(self, start, end):
        """A period that was given back is invoiced after all.

        :param start: first day of the period
        :param end: its last day
        """
        self.ensure_one()
        if self.next_period_date_start == start:
            self.last_date_invoiced = end
