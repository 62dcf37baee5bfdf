"""Plays the story on Odoo's records, each event at its moment."""

from datetime import timedelta

from odoo import Command

from .plan import TARIFFS

# São Paulo has had no summer time since 2019.
ZONE = timedelta(hours=3)


class Stage:
    """The records of a story.

    :param case: test case with the records of ``BillingCase``
    :param Plan plan: the story
    :param clock: freezegun's, which is moved
    """

    def __init__(self, case, plan, clock):
        self.env = case.env(
            context={**case.env.context, "tracking_disable": True, "mail_notrack": True}
        )
        self._case, self._plan, self._clock = case, plan, clock
        self._make_products()
        self._make_customers()
        self._make_lines()
        self.top_ups = [self.env["mvno.command"] for _line in plan.lines]

    def set_clock(self, at):
        """:param at: local moment"""
        self._clock.move_to(at + ZONE)

    # === AT THE BEGINNING === #

    def _make_products(self):
        tax = self.env["account.tax"].create(
            {"name": "ISS", "amount": 5, "type_tax_use": "sale"}
        )
        self.products = {
            name: self._case._make_product(
                self._case._make_plan(f"9{place:03d}", name),
                list_price=float(tariff.price),
                contract_months=0,
                taxes_id=[Command.set(tax.ids if tariff.tax else [])],
                mvno_first_month=tariff.first,
                mvno_last_month=tariff.last,
                mvno_join_days=tariff.join,
                mvno_bill_from=tariff.bill_from,
                mvno_billing_timing=tariff.timing,
            )
            for place, (name, tariff) in enumerate(TARIFFS.items())
        }
        self._package = self.env["product.product"].create(
            {"name": "5 GB", "mvno_top_up_gb": 5}
        )

    def _make_customers(self):
        plan = self._plan
        self.partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Assinante {number}",
                    "mvno_due_day": customer.due_day,
                    "mvno_invoice_grouping": "contract"
                    if customer.by_contract
                    else "customer",
                }
                for number, customer in enumerate(plan.customers)
            ]
        )
        self.contracts = self.env["contract.contract"].create(
            [
                {
                    "name": f"Contrato {number}",
                    "partner_id": self.partners[contract.customer].id,
                    "mvno_due_day": contract.due_day,
                    "line_recurrence": True,
                }
                for number, contract in enumerate(plan.contracts)
            ]
        )

    def _make_lines(self):
        plan = self._plan
        simcards = self._case._make_simcards(len(plan.lines))
        self.mobiles = self.env["mvno.line"].create(
            [
                {
                    "platform_id": self._case.platform.id,
                    "partner_id": self.contracts[line.contract].partner_id.id,
                    "simcard_id": simcard.id,
                    "area_code": "11",
                    "nickname": f"Linha {number}",
                }
                for number, (line, simcard) in enumerate(
                    zip(plan.lines, simcards, strict=True)
                )
            ]
        )
        terms = self.env["contract.line"].create(
            [
                {
                    "contract_id": self.contracts[line.contract].id,
                    "mvno_line_id": mobile.id,
                    "product_id": self.products[line.tariff].id,
                    "specific_price": float(line.price),
                    "date_start": line.signed,
                    "discount": float(line.discount),
                    "mvno_discount_end": line.discount_end or False,
                    "mvno_courtesy": line.courtesy,
                }
                for line, mobile in zip(plan.lines, self.mobiles, strict=True)
            ]
        )
        #: The contract lines of each line, in the order in which they came.
        self.terms = [list(term) for term in terms]

    def key_of(self, term):
        """:return: (line, nth) of a contract line; (line, -1) of a mobile line"""
        if term._name == "mvno.line":
            return self.mobiles.ids.index(term.id), -1
        line = self.mobiles.ids.index(term.mvno_line_id.id)
        return line, self.terms[line].index(term)

    # === EVENTS === #

    def play(self, event):
        """Let an event of the story happen."""
        self.set_clock(event.at)
        mobile = self.mobiles[event.line]
        getattr(self, f"_{event.what}")(mobile, event.line, event)
        # as the end of a click does: what follows may need this one's rows
        self.env.flush_all()

    def _activate(self, mobile, number, event):
        mobile._transition("request")
        if "ports" in event.told:
            self.env["mvno.portability"].create(
                {"line_id": mobile.id, "number": f"+55119{number:08d}"}
            )
        mobile._start_service(None)

    def _port_in_ends(self, mobile, _number, event):
        portability = mobile.portability_id
        portability._transition("window", window_start=event.told["window"] + ZONE)
        portability._transition(
            "finish" if event.told["done"] else "refuse", checked_at=event.at + ZONE
        )

    def _hold(self, mobile, _number, event):
        self.env["mvno.line.hold"].create({**event.told, "line_id": mobile.id})

    def _raise_to_total(self, mobile, _number, event):
        self._in_force(mobile, event).level = "total"

    def _lift(self, mobile, _number, event):
        self._in_force(mobile, event)._lift()
        # the next hold's row must not come before this one is lifted
        self.env["mvno.line.hold"].flush_model()

    def _in_force(self, mobile, event):
        return mobile.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold.reason == event.told["reason"]
        )

    def _block_total(self, mobile, _number, _event):
        mobile._transition("block_total")

    def _block_partial(self, mobile, _number, _event):
        mobile._transition("block_partial")

    def _unblock(self, mobile, _number, _event):
        mobile._transition("unblock")

    def _top_up(self, mobile, number, event):
        command = self.env["mvno.command"].create(
            {
                "operation": "top_up",
                "platform_id": mobile.platform_id.id,
                "line_id": mobile.id,
                "simcard_id": mobile.simcard_id.id,
                "state": "sent",
                "quantity": 5,
                "price": float(event.told["price"]),
                "product_id": self._package.id,
                "sent_at": event.at + ZONE,
            }
        )
        # the database's own clock does not follow the story
        command.flush_recordset()
        self.env.cr.execute(
            "UPDATE mvno_command SET create_date = %s WHERE id = %s",
            (event.at + ZONE, command.id),
        )
        command.invalidate_recordset(["create_date"])
        self.top_ups[number] += command

    def _settle(self, _mobile, number, event):
        command = self.top_ups[number][-1]
        command.write({"state": "done", "settled_at": event.at + ZONE})

    def _succeed(self, mobile, number, event):
        told = event.told
        vals = {"specific_price": float(told["price"])}
        if "tariff" in told:
            vals["product_id"] = self.products[told["tariff"]].id
        current = self._current(mobile)
        since = told.get("since") or event.at.date()
        self.terms[number] += current._mvno_succeed(since, **vals)

    def _change_holder(self, mobile, number, event):
        before = mobile.contract_line_ids
        contract = self.contracts[event.told["contract"]]
        mobile._take_holder(contract.partner_id, event.at.date(), contract=contract)
        self.terms[number] += mobile.contract_line_ids - before

    def _end_contract(self, mobile, _number, event):
        lines = mobile.contract_line_ids.filtered(lambda line: not line.is_canceled)
        lines._mvno_end(event.at.date())

    def _cancel(self, mobile, _number, event):
        mobile._on_cancelled("customer", event.at.date())

    def _current(self, mobile):
        """What the daily cron does where contract lines began or ended."""
        self.env.add_to_compute(mobile._fields["contract_line_id"], mobile)
        return mobile.contract_line_id
