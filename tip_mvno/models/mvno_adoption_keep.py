# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..lib import SimStatus
from ..tools.brazil import AREA_CODES
from .mvno_line_activation import NUMBER

STATUS_OF = {
    SimStatus.IN_USE: "active",
    SimStatus.PARTIALLY_BLOCKED: "partially_blocked",
    SimStatus.TOTALLY_BLOCKED: "blocked",
    SimStatus.BLOCKED: "blocked",
    SimStatus.CANCELLED: "cancelled",
    SimStatus.AVAILABLE: "available",
    SimStatus.UNKNOWN: "unknown",
}
# Proposals: what a person chose instead stays.
PROPOSED = ("partner_id", "product_id", "area_code", "customer_name")
# What the platform told of a line, and matching needs.
TOLD = (
    "key",
    "document",
    "platform_contract",
    "iccid",
    "number",
    "plan_name",
    "platform_status",
    "status",
)


class MvnoAdoptionLine(models.Model):
    """How lines of an import are made of what the platform tells, and follow it."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.adoption.line"

    @api.model
    def _keep(self, adoption, subscribers):
        """Keep these subscribers' lines: new ones are created, known ones follow.

        :param adoption: ``mvno.adoption`` record
        :param list subscribers: ``lib.Subscriber`` items
        """
        told = {}
        for subscriber in subscribers:
            for contract in subscriber.contracts:
                vals = self._told_values(subscriber, contract)
                told[vals["key"]] = vals
        self._complete(adoption, told.values())
        known = self.search(
            [("adoption_id", "=", adoption.id), ("key", "in", list(told))]
        )
        known._follow(told)
        number = {"read_number": adoption.read_number}
        known.write(number)
        known_keys = set(known.mapped("key"))
        self.create(
            [
                {**vals, **number, "adoption_id": adoption.id}
                for key, vals in told.items()
                if key not in known_keys
            ]
        )

    @api.model
    def _told_values(self, subscriber, contract):
        """:return: dict, what the platform tells of a line"""
        number = contract.number if NUMBER.fullmatch(contract.number) else ""
        area_code = number[3:5]
        key = (subscriber.document, contract.platform_contract, contract.iccid)
        return {
            "key": "/".join(key),
            "document": subscriber.document,
            "subscriber_name": subscriber.name,
            "customer_name": subscriber.name,
            "is_company": subscriber.is_company,
            "platform_contract": contract.platform_contract,
            "iccid": contract.iccid,
            "number": number,
            "area_code": area_code if area_code in AREA_CODES else False,
            "plan_name": contract.plan,
            "platform_status": contract.raw_status,
            "status": STATUS_OF[contract.status],
        }

    def _follow(self, told):
        """Bring known lines up to date, as far as something is new.

        :param dict told: values by key
        """
        changes = {}
        for line in self.filtered(lambda line: not line.is_adopted):
            news = {
                name: value
                for name, value in told[line.key].items()
                if line._is_news(name, value)
            }
            if news:
                _news, ids = changes.setdefault(repr(news), (news, []))
                ids.append(line.id)
        for news, ids in changes.values():
            self.browse(ids).write(news)

    def _is_news(self, name, value):
        self.ensure_one()
        before = self[name]
        if name == "candidate_ids":
            return before.ids != value[0][2]
        if isinstance(before, models.BaseModel):
            before = before.id
        if name in PROPOSED and before:
            return False
        return (before or False) != (value or False)

    def _match_again(self):
        """Look once more for what is here: it may have come since the reading."""
        for adoption, lines in self.grouped("adoption_id").items():
            told = {
                line.key: {name: line[name] or "" for name in TOLD} for line in lines
            }
            self._complete(adoption, told.values())
            lines._follow(told)
