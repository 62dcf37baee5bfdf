# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib import INTERACTIVE, SimStatus, TipError

STATE_OF_STATUS = {
    SimStatus.AVAILABLE: "available",
    SimStatus.IN_USE: "in_use",
    SimStatus.BLOCKED: "blocked",
    SimStatus.PARTIALLY_BLOCKED: "blocked",
    SimStatus.TOTALLY_BLOCKED: "blocked",
    SimStatus.CANCELLED: "cancelled",
    SimStatus.UNKNOWN: "unknown",
}


class MvnoSimcard(models.Model):
    """How the platform's stock is read, page by page or one SIM card at a time."""

    _inherit = "mvno.simcard"

    # === MIRRORING THE STOCK === #

    @api.model
    def _mirror_page(self, platform, stock):
        """Take over a page of the platform's stock, in few statements.

        A SIM that a line here holds, or that was picked in an open dialog, is reserved
        while the platform calls it available.

        :param platform: ``mvno.platform`` record
        :param list stock: ``lib.StockSim`` items
        """
        now = fields.Datetime.now()
        simcards = self.with_context(tracking_disable=True)
        known = {
            simcard.iccid: simcard
            for simcard in simcards.search_fetch(
                [
                    ("platform_id", "=", platform.id),
                    ("iccid", "in", [sim.iccid for sim in stock]),
                ],
                [
                    "iccid",
                    "state",
                    "platform_status",
                    "is_esim",
                    "network",
                    "reserved_uid",
                    "esim_code",
                ],
            )
        }
        taken = (
            self.env["mvno.line"]
            .search_fetch(
                [
                    ("simcard_id", "in", [simcard.id for simcard in known.values()]),
                    ("state", "!=", "cancelled"),
                ],
                ["simcard_id"],
            )
            .simcard_id
        )
        known_ids = [simcard.id for simcard in known.values()]
        picked_ids = {sim.id for sim in known.values() if sim.reserved_uid}
        reserved_ids = set(taken.ids) | picked_ids | self._awaited_ids(known_ids)
        to_create = {}
        changed = defaultdict(list)
        for sim in stock:
            vals = {
                "state": STATE_OF_STATUS[sim.status],
                "platform_status": sim.raw_status,
                "is_esim": sim.is_esim,
                "network": sim.network,
            }
            simcard = known.get(sim.iccid)
            if simcard is None:
                to_create[sim.iccid] = {
                    **vals,
                    "platform_id": platform.id,
                    "iccid": sim.iccid,
                    "checked_at": now,
                }
                continue
            if vals["state"] == "available" and simcard.id in reserved_ids:
                vals["state"] = "reserved"
            # not every platform tells; a code was pasted for none but an eSIM
            vals["is_esim"] = vals["is_esim"] or bool(simcard.esim_code)
            if any((simcard[name] or False) != (vals[name] or False) for name in vals):
                changed[tuple(vals.items())].append(simcard.id)
        for vals, ids in changed.items():
            simcards.browse(ids).write(dict(vals))
        simcards.browse(simcard.id for simcard in known.values()).write(
            {"checked_at": now}
        )
        simcards.create(list(to_create.values()))

    def _take_status(self, detail):
        """Note what the platform says of this one SIM: nothing where that is about
        another line than the one on it.

        :param detail: ``lib.SimDetail``
        """
        self.ensure_one()
        foreign = self.line_id and self.line_id._what_is_foreign(detail)
        if foreign:
            self.line_id._note_foreign(*foreign)
            return
        state = STATE_OF_STATUS[detail.status]
        taken = self.line_id or self.reserved_uid or self._awaited_ids(self.ids)
        if state == "available" and taken:
            state = "reserved"
        stock_changes = (state == "available") != (self.state == "available")
        self.write(
            {
                "state": state,
                "platform_status": detail.raw_status,
                "checked_at": fields.Datetime.now(),
            }
        )
        if stock_changes:
            self.platform_id._check_stock()

    # === READING ONE SIM CARD === #

    def _live_problems(self):
        """Ask the platform whether these SIM cards are really available.

        :return: list of (record, field name, sentence)
        :raise UserError: when the platform does not answer
        """
        problems = []
        for simcard in self:
            detail = simcard._read_platform()
            if detail.status != SimStatus.AVAILABLE:
                problems.append(
                    (
                        simcard,
                        "state",
                        simcard._not_available_sentence(detail.raw_status),
                    )
                )
        return problems

    def action_refresh(self):
        """Read these SIM cards' status from the platform now.

        :raise UserError: when the platform does not answer; says what to do
        """
        self.env["mvno.platform"]._check_while_waiting(self)
        answers = [(simcard, simcard._read_platform()) for simcard in self]
        for simcard, detail in answers:
            simcard.sudo()._take_status(detail)

    def _read_platform(self):
        """:return: ``lib.SimDetail`` of this SIM
        :raise UserError: with the reason in plain words
        """
        self.ensure_one()
        try:
            return self.platform_id._client(INTERACTIVE).sim(self.iccid)
        except TipError as error:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s: %(reason)s",
                    iccid=self.iccid,
                    reason=self.platform_id._explain(error),
                )
            ) from None

    def action_release(self):
        """Make a cancelled SIM card available again, if the platform agrees.

        No public operation of the platform does this, so its own state decides: it is
        read again and taken over, and the answer explains what follows from it.

        :return: a notification
        :raise UserError: when the SIM is not cancelled or the platform does not answer
        """
        self.ensure_one()
        if self.state != "cancelled":
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s is not cancelled, so there is nothing to make "
                    "available.",
                    iccid=self.iccid,
                )
            )
        detail = self._read_platform()
        self.sudo()._take_status(detail)
        if self.state == "available":
            message = self.env._(
                "SIM card %(iccid)s is available again: the platform has it in stock.",
                iccid=self.iccid,
            )
            kind = "success"
        else:
            message = self.env._(
                "SIM card %(iccid)s stays as it is: the platform still says "
                "“%(status)s”. TIP offers no request for this; ask TIP's support to "
                "release the ICCID, then press the button again.",
                iccid=self.iccid,
                status=detail.raw_status,
            )
            kind = "warning"
        self.sudo().message_post(body=message)
        return self.platform_id._notify(message, kind)
