# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from odoo.tests import tagged

from odoo.addons.tip_mvno.models.platform.mvno_plan import LARGEST
from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..billing_common import DECEMBER_1, NOVEMBER
from ..usage_common import UsageCase

CENT = Decimal("0.01")
HERE = ZoneInfo("America/Sao_Paulo")


@tagged("post_install", "-at_install")
class TestOverageRandom(UsageCase):
    """Random months of plans and holders come to what a person with a sheet of paper
    finds, who goes through the records one after the other."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)
        self.joao = self._make_partner(name="João", vat=OTHER_CPF)

    def _turns(self, dice):
        """:return: the contract lines of a mobile line that changes plan and holder
        within the month"""
        line = self._sell(1000, since=f"2026-11-{dice.choice([1, 1, 1, 4]):02}")
        mobile = line.mvno_line_id
        for day in sorted(dice.sample(range(5, 30), dice.randrange(4))):
            current = mobile.contract_line_id
            if dice.random() < 0.4:
                holders = self.partner | self.joao
                mobile._take_holder(holders - mobile.partner_id, date(2026, 11, day))
            else:
                current._mvno_succeed(date(2026, 11, day), specific_price=60.0)
                mobile.invalidate_recordset(["contract_line_id"])
        for line in mobile.contract_line_ids:
            line.write(
                {
                    "mvno_overage": dice.random() < 0.7,
                    "mvno_price_mb": dice.choice([0.0, 0.02, 0.015, 0.5]),
                    "mvno_allowance_mb": dice.choice([0, 40, 100, 250, LARGEST]),
                    "mvno_allowance_share": dice.choice(["whole", "by_days"]),
                }
            )
        return mobile.contract_line_ids.sorted("date_start")

    def _by_hand(self, lines, events):
        """:return: dict of contract line: what its days cost, of records in their
        order"""
        allowances, due = {}, dict.fromkeys(lines, Decimal(0))
        for line in lines:
            if 0 < line.mvno_allowance_mb < LARGEST:
                first = max(line.date_start, NOVEMBER)
                last = line.date_end or date(2026, 11, 30)
                share = Fraction((last - first).days + 1, 30)
                if line.mvno_allowance_share == "whole":
                    share = 1
                holder = line.contract_id.partner_id
                allowances[holder] = allowances.get(holder, 0) + (
                    Fraction(line.mvno_allowance_mb) * share
                )
        left = {holder: ceil(whole) for holder, whole in allowances.items()}
        for moment, quantity in sorted(events):
            day = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(HERE).date()
            for line in lines:
                if line.date_start <= day <= (line.date_end or day) and (
                    0 < line.mvno_allowance_mb < LARGEST
                ):
                    holder = line.contract_id.partner_id
                    beyond = max(quantity - max(left[holder], 0), 0)
                    left[holder] -= quantity
                    if line.mvno_overage:
                        price = Decimal(str(line.mvno_price_mb))
                        due[line] += (beyond * price).quantize(CENT, ROUND_DOWN)
        return due

    def test_random_months_come_to_what_is_found_by_hand(self):
        dice = random.Random(10)
        expected, changed, lines_of = {}, 0, self.env["contract.line"]
        for _number in range(25):
            lines = self._turns(dice)
            events = []
            for _event in range(dice.randrange(12)):
                moment = datetime(2026, 11, 1, 3) + timedelta(
                    seconds=dice.randrange(30 * 86400)
                )
                quantity = Decimal(dice.randrange(1, 150_000)) / 1000
                self._used(lines[0], float(quantity), at=moment)
                events.append((moment, quantity))
            expected |= self._by_hand(lines, events)
            changed += len(lines) > 1
            lines_of |= lines
        self._bill(NOVEMBER)
        found = {
            line: Decimal(str(round(sum(self._usage_of(line)), 2))) for line in lines_of
        }
        self.assertEqual(found, expected)
        # the dice must have thrown something
        self.assertGreater(changed, 5)
        self.assertGreater(sum(amount > 0 for amount in expected.values()), 8)
