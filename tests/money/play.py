"""Plays a tale on Odoo's records, each event at the moment at which it is learnt."""

from datetime import datetime, time, timedelta

from odoo import Command

from odoo.addons.tip_mvno.lib import SimStatus

from .tale import TARIFFS

# São Paulo has had no summer time since 2019.
ZONE = timedelta(hours=3)
BLOCKED = (SimStatus.TOTALLY_BLOCKED, "BLOQUEADO TOTAL")
WORKS = (SimStatus.IN_USE, "EM USO")


class Play:
    """The records of a tale.

    :param case: test case with the records of ``BillingCase``
    :param Tale tale: the year
    :param clock: freezegun's, which is moved
    """

    def __init__(self, case, tale, clock):
        self.env = case.env(
            context={**case.env.context, "tracking_disable": True, "mail_notrack": True}
        )
        self._case, self._tale, self._clock = case, tale, clock
        company = case.company
        for name in ("usage", "fine"):
            column = f"mvno_{name}_product_id"
            company[column] = company._mvno_create_product(column, name)
            company[column].taxes_id = False
        self._make_products()
        self._make_customers()
        self._make_lines()
        self._closed, self._digests = set(), 0
        self._cash = self.env["account.journal"].create(
            {"name": "Caixa", "code": "CXT", "type": "general"}
        )

    def set_clock(self, at):
        """:param at: local moment"""
        self._clock.move_to(at + ZONE)

    # === AT THE BEGINNING === #

    def _make_products(self):
        tax = self.env["account.tax"].create(
            {"name": "ISS", "amount": 5, "type_tax_use": "sale"}
        )
        self.products = {
            name: self._make_product(f"9{place:03d}", name, tariff, tax)
            for place, (name, tariff) in enumerate(TARIFFS.items())
        }
        self._card = self.env["product.product"].create(
            {"name": "Chip", "type": "service", "taxes_id": False}
        )

        self._package = self.env["product.product"].create(
            {"name": "5 GB", "mvno_top_up_gb": 5, "taxes_id": False}
        )

    def _make_product(self, code, name, tariff, tax):
        plan = self._case._make_plan(code, name)
        values = {
            "list_price": float(tariff.price),
            "contract_months": tariff.months,
            "mvno_benefit": float(tariff.benefit),
            "taxes_id": [Command.set(tax.ids if tariff.tax else [])],
            "mvno_first_month": tariff.first,
            "mvno_last_month": tariff.last,
            "mvno_join_days": tariff.join,
            "mvno_bill_from": tariff.bill_from,
            "mvno_billing_timing": tariff.timing,
        }
        if self._tale.tells("usage"):
            plan.data_mb = tariff.megabytes
            values["mvno_overage"] = tariff.per_mb != "0"
            values["mvno_price_mb"] = float(tariff.per_mb)
            values["mvno_allowance_share"] = tariff.share
        return self._case._make_product(plan, **values)

    def _make_customers(self):
        tale = self._tale
        self.partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Assinante {number}",
                    "mvno_due_day": customer.due_day,
                    "mvno_invoice_grouping": customer.grouping,
                }
                for number, customer in enumerate(tale.customers)
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
                for number, contract in enumerate(tale.contracts)
            ]
        )
        self.fibres = {
            self._case._make_fibre(
                self.contracts[number], date_start=contract.fibre
            ).id: number
            for number, contract in enumerate(tale.contracts)
            if contract.fibre
        }

    def _make_lines(self):
        tale = self._tale
        simcards = self._case._make_simcards(len(tale.sales))
        self.mobiles = self.env["mvno.line"].create(
            [
                {
                    "platform_id": self._case.platform.id,
                    "partner_id": self.contracts[sale.contract].partner_id.id,
                    "simcard_id": simcard.id,
                    "area_code": "11",
                    "nickname": f"Linha {number}",
                }
                for number, (sale, simcard) in enumerate(
                    zip(tale.sales, simcards, strict=True)
                )
            ]
        )
        terms = self.env["contract.line"].create(
            [
                {
                    "contract_id": self.contracts[sale.contract].id,
                    "mvno_line_id": mobile.id,
                    "product_id": self.products[sale.tariff].id,
                    "specific_price": float(sale.price),
                    "date_start": sale.signed,
                    "discount": float(sale.discount),
                    "mvno_discount_end": sale.discount_end or False,
                    "mvno_courtesy": sale.courtesy,
                }
                for sale, mobile in zip(tale.sales, self.mobiles, strict=True)
            ]
        )
        #: The contract lines of each line, in the order in which they came.
        self.terms = [list(term) for term in terms]

    def key_of(self, term):
        """:return: (line, nth) of a contract line; (-1, contract) of another service"""
        if term.id in self.fibres:
            return -1, self.fibres[term.id]
        line = self.mobiles.ids.index(term.mvno_line_id.id)
        return line, self.terms[line].index(term)

    # === EVENTS === #

    def play(self, event):
        """Let the provider learn of an event of the tale."""
        self.set_clock(event.at)
        mobile = self.mobiles[event.line] if event.line >= 0 else None
        getattr(self, f"_{event.what}")(mobile, event)
        # as the end of a click does: what follows may need this one's rows
        self.env.flush_all()

    def _activate(self, mobile, event):
        mobile._transition("request")
        if event.told["ports"]:
            self._port_in_again(mobile, event)
        mobile._start_service(None)

    def _port_in_again(self, mobile, event):
        self.env["mvno.portability"].create(
            {"line_id": mobile.id, "number": f"+55119{event.line:08d}"}
        )

    def _port_in_ends(self, mobile, event):
        port_in = mobile.portability_id
        port_in._transition("window", window_start=event.told["window"] + ZONE)
        port_in._transition(
            "finish" if event.told["done"] else "refuse", checked_at=event.at + ZONE
        )

    def _hold(self, mobile, event):
        self.env["mvno.line.hold"].create({**event.told, "line_id": mobile.id})

    def _raise(self, mobile, event):
        self._in_force(mobile, event).level = "total"

    def _lift(self, mobile, event):
        self._in_force(mobile, event)._lift()
        # the next hold's row must not come before this one is lifted
        self.env["mvno.line.hold"].flush_model()

    def _in_force(self, mobile, event):
        return mobile.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold.reason == event.told["reason"]
        )

    def _block(self, mobile, event):
        self._do(mobile, f"block_{event.told['level']}", event)

    def _unblock(self, mobile, event):
        self._do(mobile, "unblock", event)

    def _do(self, mobile, operation, event):
        """What the platform did at once; or what a person confirms later."""
        if "since" not in event.told:
            mobile._transition(operation)
            return
        command = self._make_command(
            mobile, operation, event.told["since"], state="needs_decision"
        )
        command.action_decide_done()

    def _make_command(self, mobile, operation, at, **vals):
        command = self.env["mvno.command"].create(
            {
                "operation": operation,
                "platform_id": mobile.platform_id.id,
                "line_id": mobile.id,
                "simcard_id": mobile.simcard_id.id,
                "sent_at": at + ZONE,
                **vals,
            }
        )
        return self._made_at(command, at)

    def _made_at(self, command, at):
        """The database's own clock does not follow the tale."""
        command.flush_recordset()
        self.env.cr.execute(
            "UPDATE mvno_command SET create_date = %s WHERE id IN %s",
            (at + ZONE, command._ids),
        )
        command.invalidate_recordset(["create_date"])
        return command

    def _platform_block(self, mobile, event):
        self._read(mobile, event, WORKS, BLOCKED)

    def _platform_unblocks(self, mobile, event):
        self._read(mobile, event, BLOCKED, WORKS)

    def _read(self, mobile, event, before, now):
        self.set_clock(event.told["since"])
        mobile._take_block_states({mobile.id: before})
        self.set_clock(event.at)
        mobile._take_block_states({mobile.id: now})

    def _say_why(self, mobile, event):
        holds = mobile.hold_ids.filtered(
            lambda hold: hold.reason == "platform" and not hold.lifted_at
        )
        holds._say_why(event.told["reason"])

    def _succeed(self, mobile, event):
        told = event.told
        vals = {"specific_price": float(told["price"])}
        if "tariff" in told:
            vals["product_id"] = self.products[told["tariff"]].id
        self.terms[event.line] += self._current(mobile)._mvno_succeed(
            event.at.date(), **vals
        )

    def _new_list(self, mobile, event):
        """The dialog that gives a plan's lines a new price from a month on."""
        self._current(mobile)
        adjustment = self.env["mvno.price.adjustment"].create(
            {
                "platform_id": mobile.platform_id.id,
                "method": "fixed",
                "value": float(event.told["price"]),
                "min_months": 0,
                "partner_ids": mobile.partner_id.ids,
                "competence": event.told["since"],
            }
        )
        adjustment.action_preview()
        for row in adjustment.row_ids:
            row.selected = row.mvno_line_id == mobile
        row = adjustment.row_ids.filtered("selected")
        if not row:
            # it pays this price already
            return
        adjustment.action_apply()
        self.terms[event.line] += row.successor_id

    def _change_holder(self, mobile, event):
        before = mobile.contract_line_ids
        contract = self.contracts[event.told["contract"]]
        mobile._take_holder(contract.partner_id, event.at.date(), contract=contract)
        self.terms[event.line] += mobile.contract_line_ids - before

    def _end_contract(self, mobile, event):
        lines = mobile.contract_line_ids.filtered(lambda line: not line.is_canceled)
        lines._mvno_end(event.at.date())

    def _ask_to_cancel(self, mobile, event):
        before = mobile.command_ids
        mobile.action_cancel("customer")
        self._made_at(mobile.command_ids - before, event.at)

    def _cancelled(self, mobile, _event):
        command = mobile.open_command_id
        command._transition("send")
        command._confirm(None)

    def _ported_out(self, mobile, event):
        mobile._on_cancelled("port_out", event.told["since"])

    def _charge(self, mobile, event):
        price = float(event.told["price"])
        self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": mobile.id,
                "contract_line_id": self._current(mobile).id,
                "kind": "one_off" if price > 0 else "adjustment",
                "product_id": self._card.id,
                "price": price,
                "text": "Chip",
                "date": event.at.date(),
                "competence": event.told["month"],
            }
        )

    def _top_up(self, mobile, event):
        self._make_command(
            mobile,
            "top_up",
            event.at,
            state="sent",
            quantity=5,
            price=float(event.told["price"]),
            product_id=self._package.id,
        ).write({"state": "done", "settled_at": event.at + ZONE})

    def _current(self, mobile):
        """What the daily cron does where contract lines began or ended."""
        self.env.add_to_compute(mobile._fields["contract_line_id"], mobile)
        return mobile.contract_line_id

    # === USAGE AND MONEY === #

    def _use(self, mobile, event):
        self._digests += 1
        self.env["mvno.usage.event"].create(
            {
                "platform_id": mobile.platform_id.id,
                "company_id": self._case.company.id,
                "competence": event.at.date().replace(day=1),
                "mvno_line_id": mobile.id,
                "platform_contract": str(mobile.id),
                "kind": "data",
                "started_at": event.at + ZONE,
                "digest": str(self._digests),
                "ordinal": 1,
                "download_mb": float(event.told["mb"]),
                "upload_mb": 0.0,
            }
        )

    def close(self, month):
        """Close a month's statement, once."""
        if month not in self._closed:
            self._closed.add(month)
            self.env["mvno.statement"].create(
                {
                    "platform_id": self._case.platform.id,
                    "competence": month,
                    "state": "closed",
                }
            )

    def _pay(self, _mobile, event):
        """Pay all that is open of some customers, in one entry."""
        receivable = self._case.receivable_account
        moves = self.env["account.move"].search(
            [
                (
                    "partner_id",
                    "in",
                    [self.partners[n].id for n in event.told["customers"]],
                ),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
            ]
        )
        if not moves:
            return
        entry = self.env["account.move"].create(
            {
                "journal_id": self._cash.id,
                "line_ids": [
                    *(
                        Command.create(
                            {
                                "account_id": receivable.id,
                                "partner_id": move.partner_id.id,
                                "credit": move.amount_residual,
                            }
                        )
                        for move in moves
                    ),
                    Command.create(
                        {
                            "account_id": self._case.income_account.id,
                            "debit": sum(moves.mapped("amount_residual")),
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        paid = entry.line_ids.filtered(lambda line: line.account_id == receivable)
        for move, line in zip(moves, paid.sorted("id"), strict=True):
            owed = move.line_ids.filtered(lambda one: one.account_id == receivable)
            (owed | line).reconcile()

    def _credit(self, _mobile, _event):
        """The test chooses the invoice, see ``credit``."""

    def credit(self, move, at):
        """A person credits an invoice in full, and has its month billed again."""
        items = move.mvno_item_ids.filtered(lambda item: item.state == "billed")
        day = at.date()
        move._reverse_moves([{"date": day, "invoice_date": day}], cancel=True)
        items.action_bill_again()


def begin_of(day):
    """:return: the moment before a tale's first day"""
    return datetime.combine(day, time()) - timedelta(9)
