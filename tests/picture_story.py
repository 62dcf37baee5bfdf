"""What `setup/pictures` runs in an Odoo shell: the story, and what makes pictures tell
more than one month that went well."""

import json
import os
import sys
from datetime import datetime, time

from tests.picture_closing import PictureClosing
from tests.picture_life import PictureLife
from tests.platform.identifiers import complete_cpf
from tests.story import ADDRESS, PlatformControl, Story

# The last digits tell the simulated platform how the port-in ends.
WAITING, REFUSED = "(11) 98123-0009", "(11) 98123-0001"


class PictureControl(PlatformControl):
    """The simulated platform's clock, staff and faults, from outside."""

    def order_fault(self, operation, kind, **options):
        """Let the platform's next answer to an operation go wrong.

        For the parameters see ``SimulatedPlatform.order_fault``.
        """
        self._ask("POST", "/faults", operation=operation, kind=kind, **options)


class PictureStory(Story):
    """The story, then: blocked lines, requests that went wrong, port-ins under way and
    refused, usage, and a customer whose plans wait for their lines."""

    def __init__(self, env, base_url, *args, **kwargs):
        super().__init__(env, base_url, *args, **kwargs)
        self.control = PictureControl(base_url)

    def sign_contracts(self):
        """The same customers, their numbers told to be CPFs where Odoo asks."""
        signed = super().sign_contracts()
        self._tell_cpf(
            self.customers.filtered(lambda customer: not customer.is_company)
        )
        return signed

    def _tell_cpf(self, people):
        # the field comes with core l10n_br, which takes every number for a CNPJ
        if "l10n_latam_identification_type_id" in people._fields:
            people.l10n_latam_identification_type_id = self.env.ref("l10n_br.cpf")

    def tell_more(self):
        """:return: dict of the records the pictures show, name to id"""
        waiting, refused, pending = self._more_customers()
        self._bring(waiting, WAITING)
        self._bring(refused, REFUSED)
        self._follow_port_ins()
        held, partly, swapped = self.lines.filtered(
            lambda line: line.partner_id.is_company
        )
        self._block(held, "partial", "misuse")
        self._block(held, "total", "theft")
        self._block(partly, "partial", "customer")
        self.control.order_fault(
            "block_total", "refused", text="Bloqueio em análise pela operadora"
        )
        self._block(self.customers[1].mvno_line_ids, "total", "customer")
        self.control.order_fault("block_total", "server_error", effect="none")
        self._block(self.customers[0].mvno_line_ids[0], "total", "loss")
        self._consult_usage()
        ported = self.customers[0].mvno_line_ids.filtered("portability_ids")
        contradicting = (
            self.customers[1].mvno_line_ids,
            refused.mvno_line_ids,
            partly,
        )
        return {
            **PictureLife(self).tell(ported, swapped, contradicting),
            **PictureClosing(self).tell(),
            "platform": self.platform.id,
            "plan": self.plans[0].id,
            "line": ported.id,
            "held": held.id,
            "customer": self.customers[0].id,
            "pending": pending.id,
            "portability": waiting.mvno_line_ids.portability_ids.id,
            "statement": self.statement.id,
            "run": self.run.id,
            "invoice": self.run.invoice_ids.sorted("amount_total")[-1].id,
        }

    def _more_customers(self):
        place = {
            **ADDRESS,
            **{
                name: self.customers[0][name].id
                for name in ("city_id", "state_id", "country_id")
            },
            "city": self.customers[0].city,
            "lang": "pt_BR",
            "birthdate_date": "1978-06-15",
        }
        names = (
            "Assinante Fictícia Três",
            "Assinante Fictício Quatro",
            "Assinante Fictícia Cinco",
        )
        customers = self.env["res.partner"].create(
            [
                {
                    **place,
                    "name": name,
                    "vat": complete_cpf(f"{700000033 + 11 * index}"),
                    "phone": f"+551197000001{index}",
                }
                for index, name in enumerate(names)
            ]
        )
        self._tell_cpf(customers)
        small, large = self.plans.product_variant_id
        self.env["contract.contract"].create(
            [
                {
                    "name": f"Contrato {customer.name}",
                    "partner_id": customer.id,
                    "contract_line_ids": [
                        (0, 0, {"product_id": product.id}) for product in products
                    ],
                }
                for customer, products in zip(
                    customers, ([small], [large], [small, large]), strict=True
                )
            ]
        )
        self.commit()
        return customers

    def _block(self, line, level, reason):
        self.env["mvno.block"].create(
            {"line_ids": line.ids, "level": level, "reason": reason}
        ).action_block()
        self.commit()

    def _bring(self, customer, number):
        dialog = self.env["mvno.subscribe"].create({"partner_id": customer.id})
        simcard = self.env["mvno.simcard"].search(
            [("platform_id", "=", self.platform.id), ("state", "=", "available")],
            limit=1,
        )
        dialog.line_ids.write(
            {
                "simcard_id": simcard.id,
                "area_code": "11",
                "portability": True,
                "number": number,
                "donor": "Operadora Fictícia",
            }
        )
        dialog.action_subscribe()
        self.commit()

    def _follow_port_ins(self):
        self.control.set_clock(datetime.combine(self.today, time(13)))
        for portability in self.env["mvno.portability"].search(
            [("state", "=", "requested")]
        ):
            portability.action_refresh()
            self.commit()

    def _consult_usage(self):
        for month in (self.competence, self.today.replace(day=1)):
            self.env["mvno.usage.fetch"].create(
                {"platform_id": self.platform.id, "competence": month}
            ).action_fetch()
            self.commit()


def people(env):
    """Whose pictures these are: a company and a person that nobody can take for one.

    :param env: the shell's environment
    :return: environment of the person
    """
    env.company.name = "Provedor Fictício"
    admin = env.ref("base.user_admin")
    admin.write(
        {
            "name": "Atendente Fictícia",
            "lang": "pt_BR",
            "tz": "America/Sao_Paulo",
            "group_ids": [(4, env.ref("tip_mvno.group_call_records").id)],
        }
    )
    # no other country's fields on the screens
    env.company.country_id = env.ref("base.br")
    context = {**env.context, "lang": "pt_BR", "tz": "America/Sao_Paulo"}
    return env(user=admin.id, context=context)


def main(env):
    """Tell it in the shell's database; print the ids of what the pictures show.

    :param env: the shell's environment
    """
    root, env = env, people(env)
    story = PictureStory(
        env,
        os.environ["MVNO_DEMO_PLATFORM_URL"],
        os.environ["MVNO_DEMO_TOKEN"],
        commit=env["ir.cron"]._commit_progress,
        drive=lambda model, method: getattr(root[model], method)(),
    )
    story.tell()
    json.dump(story.tell_more(), sys.stdout)
    print(flush=True)
