"""A provider with a platform and sold plans, quickly made, for tests of one matter."""

from unittest.mock import patch

from .platform.identifiers import complete_cpf

TOKEN = "token-of-the-tests"


def without_limit(registry):
    """The rate limit has tests of its own; others would only wait for it.

    :return: a patcher
    """
    return patch.object(
        registry["mvno.rate.limit"], "_parameters", lambda *_limit: (10_000, 1_000.0)
    )


def telephony_journal(env):
    """:return: a new sales journal of the company, which issues no NF-e"""
    journals = env["account.journal"]
    values = {"name": "Telefonia", "code": "TEL", "type": "sale"}
    if "l10n_latam_use_documents" in journals._fields:
        values["l10n_latam_use_documents"] = False
    return journals.create({**values, "company_id": env.company.id})


class Provider:
    """Records of a provider whose platform is the simulated one, made when new.

    :param env: environment to make them in
    :param platform: :class:`tests.platform.SimulatedPlatform`
    :param drive: ``drive(model, method)`` runs a cron's driver
    :param values: values of the ``mvno.platform`` record besides address and token
    """

    def __init__(self, env, platform, drive=None, **values):
        self.env = env
        self.drive = drive or (lambda model, method: getattr(env[model], method)())
        found = env["mvno.platform"].search([("base_url", "=", platform.url)])
        self.platform = found or env["mvno.platform"].create(
            {
                "name": "Plataforma simulada",
                "base_url": platform.url,
                "user_token": TOKEN,
                "requests_per_minute": 60,
                "settle_first_read": 0,
                **values,
            }
        )

    def synchronize(self):
        """Read the catalogue and the stock."""
        self.platform.action_sync_plans()
        self.platform.action_sync_simcards()
        self.drive("mvno.platform", "cron_sync")

    def sell_plan(self, code="102", price=49.9):
        """:return: ``product.product`` of a telephony plan with that linked code"""
        template = self.env["product.template"].create(
            {
                "name": f"Celular {code}",
                "is_telephony": True,
                "mvno_platform_id": self.platform.id,
                "mvno_plan_code": code,
                "contract_months": 12,
                "list_price": price,
            }
        )
        return template.product_variant_id

    def sell_top_up(self, price=19.9):
        """:return: ``product.product`` of additional data, of 1 GB"""
        return self.env["product.product"].create(
            {
                "name": "1 GB adicional",
                "mvno_top_up_gb": 1,
                "list_price": price,
            }
        )

    def customer(self, number=1, **values):
        """:return: a complete ``res.partner``, an invented person"""
        city = self.env["res.city"].search([("ibge_code", "=", "3550308")], limit=1)
        return self.env["res.partner"].create(
            {
                "name": f"Assinante Fictícia {number}",
                "vat": complete_cpf(f"{710000000 + number}"),
                "birthdate_date": "1990-02-28",
                "street": "Rua das Palmeiras, 100",
                "street2": "Centro",
                "district": "Centro",
                "zip": "01310-100",
                "city_id": city.id,
                "city": city.name,
                "state_id": city.state_id.id,
                "country_id": city.country_id.id,
                "phone": "+5511970000001",
                **values,
            }
        )

    def contract(self, customer, products, **values):
        """:return: ``contract.contract`` with a line for each product"""
        return self.env["contract.contract"].create(
            {
                "name": f"Contrato {customer.name}",
                "partner_id": customer.id,
                "contract_line_ids": [
                    (0, 0, {"product_id": product.id}) for product in products
                ],
                **values,
            }
        )

    def draft_lines(self, customer, products):
        """:return: ``mvno.line`` records saved by the subscribe dialog"""
        contract = self.contract(customer, products)
        dialog = self.dialog(customer)
        dialog.action_save()
        return contract.contract_line_ids.mvno_line_id

    def dialog(self, customer):
        """:return: the subscribe dialog, each line with a SIM card and DDD 11"""
        dialog = self.env["mvno.subscribe"].create({"partner_id": customer.id})
        stock = self.env["mvno.simcard"].search(
            [("platform_id", "=", self.platform.id), ("state", "=", "available")],
            limit=len(dialog.line_ids),
        )
        for line, simcard in zip(dialog.line_ids, stock, strict=True):
            line.write({"simcard_id": simcard.id, "area_code": "11"})
        return dialog

    def lines_in_service(self, customer, products, since):
        """Lines that the simulated platform need not know, in service since a date.

        :param since: date of their activation
        :return: ``mvno.line`` records
        """
        contract = self.contract(customer, products)
        stock = self.env["mvno.simcard"].search(
            [("platform_id", "=", self.platform.id), ("state", "=", "available")],
            limit=len(products),
        )
        lines = self.env["mvno.line"].create(
            [
                {
                    "platform_id": self.platform.id,
                    "partner_id": customer.id,
                    "simcard_id": simcard.id,
                    "area_code": "11",
                    "state": "active",
                    "activation_date": since,
                }
                for simcard in stock
            ]
        )
        for line, contract_line in zip(lines, contract.contract_line_ids, strict=True):
            contract_line.write({"mvno_line_id": line.id, "date_start": since})
        lines.simcard_id.state = "in_use"
        return lines
