# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from collections import defaultdict

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ...lib import SimStatus
from ...tools.bulk import where
from ...tools.cursor import database_now
from ...tools.local_time import utc_midnight
from ..simcard.mvno_simcard_read import STATE_OF_STATUS

_logger = logging.getLogger(__name__)

# What a line becomes here: the event of its state machine.
EVENTS = {
    "active": "adopt",
    "partially_blocked": "adopt_partial",
    "blocked": "adopt_total",
}
HOLD_LEVELS = {"partially_blocked": "partial", "blocked": "total"}


class MvnoAdoptionLine(models.Model):
    """What a reviewed line becomes: customer, contract, SIM card, mobile line."""

    _inherit = "mvno.adoption.line"

    def _adopt(self):
        """Take over these lines; one that fails keeps the reason, the others go on."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._create_records()
        except psycopg2.OperationalError:
            raise  # the database's own trouble: the whole slice is tried again
        except Exception as error:
            self.env.invalidate_all()
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._adopt()
                self[half:]._adopt()
                return
            if not isinstance(error, UserError):
                told = where(error)
                _logger.error("Line %s of an import not taken over: %s", self.id, told)
            self.error = self._failure_sentence(error)

    def _failure_sentence(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "It could not be taken over (%(error)s). Ask your administrator to look it "
            "up in the server's log.",
            error=type(error).__name__,
        )

    def _create_records(self):
        """Create what these lines need, set by set; nothing of it calls a platform."""
        self._create_partners()
        contracts = self._contracts()
        self._provide_simcards()
        mobiles = self.env["mvno.line"].create(
            [line._prepare_mobile_line() for line in self]
        )
        self.env["contract.line"].create(
            [
                line._prepare_contract_line(contracts[line], mobile)
                for line, mobile in zip(self, mobiles, strict=True)
            ]
        )
        for status, lines in self.grouped("status").items():
            adopted = mobiles.browse(
                mobile.id
                for line, mobile in zip(self, mobiles, strict=True)
                if line in lines
            )
            since = self._blocked_since(mobiles) if status in HOLD_LEVELS else {}
            adopted._transition(
                EVENTS[status],
                effective={
                    mobile.id: (since[mobile.id], "taken_over")
                    for mobile in adopted
                    if mobile.id in since
                },
                state_seen_at=self.adoption_id[:1].read_at,
            )
        self._create_holds(mobiles)
        for line, mobile in zip(self, mobiles, strict=True):
            line.line_id = mobile
        self.write({"is_adopted": True})

    def _create_partners(self):
        """Create one customer for each unknown document; all its lines get it."""
        unknown = self.filtered(lambda line: not line.partner_id).grouped("document")
        partners = self.env["res.partner"].create(
            [lines[0]._prepare_partner() for lines in unknown.values()]
        )
        for partner, lines in zip(partners, unknown.values(), strict=True):
            lines.partner_id = partner

    def _prepare_partner(self):
        """:return: dict, a new customer as far as the platform tells one"""
        self.ensure_one()
        return {
            "name": self.customer_name or self.subscriber_name or self.document,
            "vat": self.document,
            "email": self.customer_email,
            "is_company": len(self.document) == 14,
            "country_id": self.env.ref("base.br").id,
        }

    # === CONTRACTS === #

    def _contracts(self):
        """Give each line the customer's telephony contract, a new one where none is.

        :return: dict of line: ``contract.contract`` record
        """
        customers = self.partner_id.commercial_partner_id
        existing = self.env["contract.contract"].search(
            [
                ("commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
                ("contract_type", "=", "sale"),
                ("contract_line_ids.is_telephony", "=", True),
                ("date_end", "=", False),
            ],
            order="id",
        )
        of_customer = existing.grouped("commercial_partner_id")
        found, missing = {}, defaultdict(self.browse)
        for line in self:
            customer = line.partner_id.commercial_partner_id
            suiting = [
                contract
                for contract in of_customer.get(customer, ())
                if line._suits(contract)
            ]
            if suiting:
                found[line] = suiting[0]
            else:
                missing[line._contract_key()] |= line
        created = existing.create(
            [lines[0]._prepare_contract() for lines in missing.values()]
        )
        for contract, lines in zip(created, missing.values(), strict=True):
            found.update(dict.fromkeys(lines, contract))
        return found

    def _suits(self, contract):
        """:param contract: one of the customer's telephony contracts
        :return: bool, whether this line may be on it"""
        return True

    def _contract_key(self):
        """:return: tuple; lines with the same one share a new contract"""
        self.ensure_one()
        return (self.company_id.id, self.partner_id.commercial_partner_id.id)

    def _prepare_contract(self):
        """:return: dict, values of a new contract for this line's customer"""
        self.ensure_one()
        partner = self.partner_id.with_company(self.company_id)
        customer = partner.commercial_partner_id
        fiscal_position = partner.env["account.fiscal.position"]._get_fiscal_position(
            customer
        )
        return {
            "name": self.env._("Telephony – %(customer)s", customer=customer.name),
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "user_id": self.adoption_id.user_id.id,
            "pricelist_id": partner.property_product_pricelist.id,
            "fiscal_position_id": fiscal_position.id,
            "manual_currency_id": self.currency_id.id,
            "line_recurrence": True,
            "date_start": self.bill_from,
        }

    def _prepare_contract_line(self, contract, mobile):
        """:param contract: ``contract.contract`` record
        :param mobile: the ``mvno.line`` it pays for
        :return: dict, values of the contract line; it starts with the first day billed
            here, so that no run ever bills an earlier one"""
        self.ensure_one()
        return {
            "contract_id": contract.id,
            "mvno_line_id": mobile.id,
            "product_id": self.product_id.id,
            "date_start": self.bill_from,
            # the days before are somebody else's to bill
            "mvno_agreed_start": False,
            "specific_price": self.price,
            "commitment_end": self.commitment_end,
        }

    # === MOBILE LINES === #

    def _provide_simcards(self):
        """Let each line's SIM card be in the stock, in the state the platform tells."""
        missing = self.filtered(lambda line: not line.simcard_id)
        now = database_now(self.env.cr)
        created = self.env["mvno.simcard"].create(
            [
                {
                    "platform_id": line.platform_id.id,
                    "iccid": line.iccid,
                    "state": line._simcard_state(),
                    "platform_status": line.platform_status,
                    "checked_at": now,
                }
                for line in missing
            ]
        )
        for state, lines in (
            (self - missing).grouped(lambda line: line._simcard_state()).items()
        ):
            lines.simcard_id.filtered(
                lambda simcard, state=state: simcard.state != state
            ).state = state
        for line, simcard in zip(missing, created, strict=True):
            line.simcard_id = simcard

    def _simcard_state(self):
        self.ensure_one()
        return STATE_OF_STATUS[SimStatus.from_wire(self.platform_status)]

    def _prepare_mobile_line(self):
        """:return: dict, values of the mobile line, which begins as a draft"""
        self.ensure_one()
        return {
            "platform_id": self.platform_id.id,
            "partner_id": self.partner_id.id,
            "simcard_id": self.simcard_id.id,
            "area_code": self.area_code,
            "number": self.number or False,
            "platform_contract": self.platform_contract or False,
            "platform_status": self.platform_status,
            "checked_at": self.adoption_id.read_at,
            "activation_date": self.activation_date,
            "adopted_date": self.platform_id._today(),
        }

    def _blocked_since(self, mobiles):
        """Nobody here knows since when a line has been blocked: it never worked on a
        day that is billed here, as far as the platform told.

        :param mobiles: ``mvno.line`` records, in these lines' order
        :return: dict {mobile line id: UTC datetime} of those billed from a past day on
        """
        today = self.platform_id._today()
        return {
            mobile.id: utc_midnight(line.bill_from, line.platform_id.tz)
            for line, mobile in zip(self, mobiles, strict=True)
            if line.bill_from and line.bill_from < today
        }

    def _create_holds(self, mobiles):
        """A line blocked at the platform stays so: nobody here knows why it is, unless
        somebody said so."""
        since, now = self._blocked_since(mobiles), fields.Datetime.now()
        said = {"platform_reason_by_id": self.env.uid, "platform_reason_at": now}
        self.env["mvno.line.hold"].create(
            [
                {
                    "line_id": mobile.id,
                    "reason": "platform",
                    "level": HOLD_LEVELS[line.status],
                    "date_start": since.get(mobile.id, now),
                    "origin": line.platform_status,
                    "user_id": line.adoption_id.user_id.id,
                    "platform_reason": line.block_reason,
                    **(said if line.block_reason else {}),
                }
                for line, mobile in zip(self, mobiles, strict=True)
                if line.status in HOLD_LEVELS
            ]
        )
