"""Customers with a contract each, as many as are asked for, made at once."""

import inspect
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from ..provider import telephony_journal
from .book import cents, days_of

#: The month in which the lines come into service, and the one after it.
FIRST, SECOND = date(2026, 9, 1), date(2026, 10, 1)


def price_of(number):
    """:return: Decimal, the monthly value of a contract: no two are the same"""
    return 20 + Decimal(number) / 100


def start_of(number):
    """:return: date, within the first month"""
    return FIRST.replace(day=number % 30 + 1)


def cost_of(number, month):
    """:return: Decimal, what a contract pays for a month"""
    days = [day for day in days_of(month) if day >= start_of(number)]
    return cents(price_of(number) * len(days) / len(days_of(month)))


def make_contracts(env, count):
    """Make contracts that pay for lines in service.

    :param env: of an empty company
    :return: ``contract.line`` records, in order
    """
    env = env(context={**env.context, "tracking_disable": True})
    company = env.company
    company.mvno_journal_id = telephony_journal(env)
    company.mvno_posting = "posted"
    platform = env["mvno.platform"].create(
        {"name": "TIP", "base_url": "http://127.0.0.1:1/api/public", "user_token": "x"}
    )
    plan = env["mvno.plan"].create(
        {"platform_id": platform.id, "code": "102", "name": "5 GB"}
    )
    template = env["product.template"].create(
        {
            "name": "Celular",
            "is_telephony": True,
            "mvno_platform_id": platform.id,
            "mvno_plan_id": plan.id,
        }
    )
    numbers = range(count)
    partners = env["res.partner"].create([{"name": f"Assinante {n}"} for n in numbers])
    contracts = env["contract.contract"].create(
        [
            {"name": p.name, "partner_id": p.id, "line_recurrence": True}
            for p in partners
        ]
    )
    simcards = env["mvno.simcard"].create(
        [
            {
                "platform_id": platform.id,
                "iccid": str(8955 * 10**15 + n),
                "state": "in_use",
            }
            for n in numbers
        ]
    )
    mobiles = env["mvno.line"].create(
        [
            {
                "platform_id": platform.id,
                "partner_id": partner.id,
                "simcard_id": simcard.id,
                "area_code": "11",
                "state": "active",
                "activation_date": start_of(n),
            }
            for n, partner, simcard in zip(numbers, partners, simcards, strict=True)
        ]
    )
    lines = env["contract.line"].create(
        [
            {
                "contract_id": contract.id,
                "mvno_line_id": mobile.id,
                "product_id": template.product_variant_id.id,
                "specific_price": float(price_of(n)),
                "date_start": start_of(n),
            }
            for n, contract, mobile in zip(numbers, contracts, mobiles, strict=True)
        ]
    )
    env.flush_all()
    # the database's own turn may be a minute away
    env.cr.execute("ANALYZE")
    return lines


def make_run(env, month):
    """:return: a billing run of a month that was not started"""
    return env["mvno.billing.run"].create(
        {
            "company_id": env.company.id,
            "platform_id": env["mvno.platform"].search([], limit=1).id,
            "competence": month,
        }
    )


def in_slices(env, customers):
    """Let a billing run do so many customers at a time, as few contracts as there are.

    :return: a patcher
    """
    driver = inspect.getmodule(env.registry["mvno.billing.run"]._run_slice)
    return patch.object(driver, "BATCH_CUSTOMERS", customers)


def know_the_tables(env):
    """Let PostgreSQL see how much there is.

    Its own turn comes once a minute, and what it then finds of a test whose rows were
    taken back, or are not committed yet, is an empty table: queries take seconds.
    """
    env.cr.execute(
        "ANALYZE account_move, account_move_line, mvno_billing_item,"
        " contract_contract, contract_line, mvno_line, mvno_line_hold"
    )
