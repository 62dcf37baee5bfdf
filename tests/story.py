"""The main job from end to end: from a platform's token to the customers' invoices.

Told once, run twice: by `setup/demo`, which prints it as a table, and by
`test_story.py`, which checks what it says. It goes through public names only and
talks to the simulated platform over HTTP, whose clock it sets: lines are activated in
last month, which is then over, imported and billed.
"""

import json
import urllib.request
from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from .platform.identifiers import complete_cnpj, complete_cpf
from .provider import telephony_journal

ADDRESS = {
    "street": "Rua das Palmeiras, 100",
    "street2": "Centro",
    "district": "Centro",
    "zip": "01310-100",
}
PLAN_PRICES = {"102": 49.90, "103": 79.90}
COMMITMENT_MONTHS = 12
# Where the days of the story are.
PLATFORM_ZONE = ZoneInfo("America/Sao_Paulo")


def believing(registry):
    """The simulated platform's clock is set back, so its days of activation lie before
    the requests: what is a slip elsewhere is true here.

    :return: patcher, under which every day it tells is believed
    """
    lines = registry["mvno.line"]
    return patch.object(lines, "_is_believed", lambda _line, _day: True)


class PlatformControl:
    """The simulated platform's clock and staff, from outside."""

    def __init__(self, base_url):
        self._url = f"{base_url}/_control"

    def _ask(self, method, path, **body):
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=json.dumps(body).encode() if method == "POST" else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["result"]

    def set_clock(self, moment):
        """:param moment: datetime, local time of the platform"""
        self._ask("POST", "/clock", now=moment.isoformat())

    def set_status(self, iccid, status):
        """TIP's people change a SIM card's status.

        :param str status: "available", "in_use", "blocked_total" ...
        """
        return self._ask("POST", f"/sims/{iccid}", status=status)

    def change_line(self, contract, **what):
        """TIP's people put a line on another SIM card, or into another name.

        :param str contract: the line's contract at the platform
        :param what: ``sim`` (ICCID) and perhaps ``fresh``, for a new contract; or
            ``document`` and ``name``
        :return: dict, the line's contract now
        """
        return self._ask("POST", f"/lines/{contract}", **what)

    def requests(self):
        """:return: list of the calls the platform received"""
        return self._ask("GET", "/requests")


class Story:
    """A provider's first month. Each step leaves a row in ``rows``.

    :param env: Odoo environment of a manager
    :param str base_url: the simulated platform's address
    :param str token: its token
    :param date today: the day the story ends; the month before it is billed
    :param commit: called after each step, as the end of a click does
    :param drive: ``drive(model, method)`` runs a cron's driver
    """

    def __init__(self, env, base_url, token, *, drive, commit, today=None):
        self.env = env
        self.base_url = base_url
        self.token = token
        self.commit = commit
        self.drive = drive
        self.control = PlatformControl(base_url)
        self.today = today or datetime.now(PLATFORM_ZONE).date()
        self.competence = (self.today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self.rows = []

    def tell(self):
        """Run every step in order.

        :return: list of (what, result) rows
        """
        for step in (
            self.set_up_company,
            self.register_platform,
            self.synchronize,
            self.sell_plans,
            self.sign_contracts,
            self.subscribe,
            self.follow_port_in,
            self.import_statement,
            self.bill,
        ):
            step()
            self.commit()
        return self.rows

    def _note(self, what, result):
        self.rows.append((what, result))

    def _at(self, day, hour=10):
        return datetime.combine(self.competence + timedelta(days=day - 1), time(hour))

    # === STEPS === #

    def set_up_company(self):
        """A Brazilian company with a sales journal that issues no NF-e."""
        company = self.env.company
        company.mvno_journal_id = telephony_journal(self.env)
        company.mvno_posting = "posted"

    def register_platform(self):
        """Identification, address and token; then the connection test."""
        self.control.set_clock(self._at(5))
        self.platform = self.env["mvno.platform"].create(
            {
                "name": "TIP Brasil (simulada)",
                "base_url": self.base_url,
                "user_token": self.token,
            }
        )
        self.commit()
        self.platform.action_test_connection()
        self._note("Plataforma", self._label(self.platform, "state"))

    def synchronize(self):
        """The plan catalogue and the SIM stock, by the cron's driver."""
        self.platform.action_sync_plans()
        self.platform.action_sync_simcards()
        self.commit()
        self.drive("mvno.platform", "cron_sync")
        self._note("Planos no catálogo", self.platform.plan_count)
        groups = self.env["mvno.simcard"]._read_group(
            [("platform_id", "=", self.platform.id)], ["state"], ["__count"]
        )
        labels = dict(
            self.env["mvno.simcard"]._fields["state"]._description_selection(self.env)
        )
        for state, count in groups:
            self._note(f"SIM cards: {labels[state]}", count)

    def sell_plans(self):
        """The provider's plans, linked to the platform's by code."""
        self.plans = self.env["product.template"].create(
            [
                {
                    "name": f"Celular {code}",
                    "is_telephony": True,
                    "mvno_platform_id": self.platform.id,
                    "mvno_plan_code": code,
                    "contract_months": COMMITMENT_MONTHS,
                    "list_price": price,
                }
                for code, price in PLAN_PRICES.items()
            ]
        )

    def sign_contracts(self):
        """Three customers: two people, one company whose CNPJ holds letters."""
        city = self.env["res.city"].search([("ibge_code", "=", "3550308")], limit=1)
        place = {
            **ADDRESS,
            "city_id": city.id,
            "city": city.name,
            "state_id": city.state_id.id,
            "country_id": city.country_id.id,
            "lang": "pt_BR",
        }
        self.customers = self.env["res.partner"].create(
            [
                {
                    **place,
                    "name": "Assinante Fictícia Um",
                    "vat": complete_cpf("700000011"),
                    "birthdate_date": date(1990, 2, 28),
                    "phone": "+5511970000001",
                    "mvno_due_day": 10,
                },
                {
                    **place,
                    "name": "Assinante Fictício Dois",
                    "vat": complete_cpf("700000022"),
                    "birthdate_date": date(1985, 12, 31),
                    "phone": "+5511970000002",
                    "mvno_due_day": 20,
                },
                {
                    **place,
                    "name": "Empresa Fictícia Ltda",
                    "vat": complete_cnpj("FICT0000MV01"),
                    "is_company": True,
                    "phone": "+5511970000003",
                },
            ]
        )
        small, large = self.plans.product_variant_id
        bought = [[small, large], [small], [large, large, small]]
        self.contracts = self.env["contract.contract"].create(
            [
                {
                    "name": f"Contrato {customer.name}",
                    "partner_id": customer.id,
                    "contract_line_ids": [
                        (0, 0, {"product_id": product.id}) for product in products
                    ],
                }
                for customer, products in zip(self.customers, bought, strict=True)
            ]
        )

    def subscribe(self):
        """The `+` of the subscribers' list, once per customer; one number comes by
        port-in."""
        stock = self.env["mvno.simcard"].search(
            [("platform_id", "=", self.platform.id), ("state", "=", "available")],
            limit=6,
        )
        with believing(self.env.registry):
            self._activate_lines(iter(stock))
        active = self.lines.filtered(lambda line: line.state == "active")
        self._note("Linhas ativadas", len(active))

    def _activate_lines(self, free):
        """:param free: iterator of SIM cards"""
        for customer in self.customers:
            dialog = self.env["mvno.subscribe"].create({"partner_id": customer.id})
            for line in dialog.line_ids:
                line.write({"simcard_id": next(free).id, "area_code": "11"})
            if customer == self.customers[0]:
                dialog.line_ids[0].write(
                    {
                        "portability": True,
                        "number": "(11) 98123-4567",
                        "donor": "Operadora Fictícia",
                    }
                )
            dialog.action_subscribe()
            self.commit()
        self.drive("mvno.command", "cron_process")
        self.lines = self.env["mvno.line"].search(
            [("partner_id", "in", self.customers.ids)]
        )
        # a number the platform had not told yet comes with a later read
        for _reads in range(3):
            for line in self.lines.filtered(lambda line: line.state == "activating"):
                line.action_refresh()
            self.commit()

    def follow_port_in(self):
        """Requested, awaiting its window, done."""
        portability = self.lines.portability_ids
        self.drive("mvno.portability", "cron_poll")
        states = [self._label(portability, "state")]
        for moment in (self._at(5, 13), self._at(13)):
            self.control.set_clock(moment)
            portability.action_refresh()
            self.commit()
            states.append(self._label(portability, "state"))
        number = portability.line_id._format_number(portability.number)
        self._note(f"Portabilidade de {number}", " → ".join(dict.fromkeys(states)))

    def import_statement(self):
        """The finished month's statement, all subscribers."""
        self.control.set_clock(datetime.combine(self.today, time(9)))
        self.statement = self.env["mvno.statement"].create(
            {
                "platform_id": self.platform.id,
                "competence": self.competence,
                "due_date": self.today + timedelta(days=10),
            }
        )
        self.statement.action_import()
        self.commit()
        self.drive("mvno.statement", "cron_import")
        self._note(
            f"Extrato {self.competence:%m/%Y}: eventos importados",
            self.statement.received_count,
        )
        self._note("Extrato: eventos de linhas de fora", self.statement.unknown_count)
        self._note("Extrato: linhas de assinantes", len(self.statement.line_ids))

    def bill(self):
        """One invoice per customer for the month, posted."""
        self.run = self.env["mvno.billing.run"].create(
            {
                "company_id": self.env.company.id,
                "platform_id": self.platform.id,
                "competence": self.competence,
            }
        )
        self.run.action_run()
        self.commit()
        self.drive("mvno.billing.run", "cron_run")
        for invoice in self.run.invoice_ids.sorted("name"):
            self._note(
                f"Fatura {invoice.name} – {invoice.partner_id.name}, vence "
                f"{invoice.invoice_date_due:%d/%m/%Y}",
                self._money(invoice.amount_total),
            )
        self._note(
            f"Faturas de {self.competence:%m/%Y}: {len(self.run.invoice_ids)}, total",
            self._money(sum(self.run.invoice_ids.mapped("amount_total"))),
        )
        for issue in self.run.issue_ids:
            self._note("Não faturado", issue.reason)

    # === WORDS === #

    def _label(self, record, field_name):
        field = record._fields[field_name]
        return dict(field._description_selection(self.env))[record[field_name]]

    @staticmethod
    def _money(amount):
        text = f"{amount:,.2f}"
        return "R$ " + text.replace(",", "_").replace(".", ",").replace("_", ".")
