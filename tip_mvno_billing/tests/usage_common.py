# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of agreed usage share: plans with rules, months with data."""

from datetime import datetime
from itertools import count

from .billing_common import NOVEMBER, BillingCase

DIGESTS = count(1)


class UsageCase(BillingCase):
    """Lines sold under a plan's rules of the day, and what they use."""

    def _sell(self, data_mb=0.0, since="2026-11-01", **rules):
        """:return: the contract line of a line in service, of a plan with these rules
        and allowance"""
        self.plan.data_mb = data_mb
        self.product.product_tmpl_id.write(rules)
        return self._make_active_line(since, price=60)

    def _used(self, line, megabytes, competence=NOVEMBER, at=None):
        """Let the closed statement of a month tell of data, used on the 12th or at a
        moment (UTC); False for none that is told.

        :return: the ``mvno.usage.event`` record
        """
        if at is None:
            day = competence.replace(day=12)
            at = datetime.combine(day, datetime.min.time())
        if not self.company.mvno_usage_product_id:
            self.company._mvno_create_product("mvno_usage_product_id", "Excedente")
        values = {"platform_id": self.platform.id, "competence": competence}
        if not self.env["mvno.statement"].search_count(
            [(name, "=", value) for name, value in values.items()]
        ):
            self.env["mvno.statement"].create({**values, "state": "closed"})
        return self.env["mvno.usage.event"].create(
            {
                **values,
                "company_id": self.company.id,
                "mvno_line_id": line.mvno_line_id.id,
                "platform_contract": str(line.id),
                "kind": "data",
                "started_at": at,
                "digest": str(next(DIGESTS)),
                "ordinal": 1,
                "download_mb": megabytes,
                "upload_mb": 0.0,
            }
        )

    def _amounts(self, line, kind):
        """:return: list of the amounts that are billed of a kind"""
        items = line.mvno_item_ids.filtered(
            lambda item: item.kind == kind and item.state == "billed"
        )
        return items.sorted("id").mapped("amount")

    def _usage_of(self, line):
        """:return: list of the amounts that are billed of a contract line's usage"""
        return self._amounts(line, "usage")
