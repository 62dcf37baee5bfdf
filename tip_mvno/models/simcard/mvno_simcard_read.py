# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ...lib import SimStatus
from ...tools.cursor import database_now

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
        now = database_now(self.env.cr)
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
        # a card whose activation was not accepted may well be another holder's
        accepted = self.line_id and self.line_id._was_accepted()
        foreign = accepted and self.line_id._what_is_foreign(detail)
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
                "checked_at": database_now(self.env.cr),
            }
        )
        if stock_changes:
            self.platform_id._check_stock()

    # === READING ONE SIM CARD === #

    def action_refresh(self):
        """Read this SIM card's status from the platform now; of several the cron does.

        :return: a notification where the cron reads them, or True
        :raise UserError: when the platform cannot be asked; says what to do
        """
        if len(self) > 1:
            return self._read_by_cron()
        return self.env["mvno.platform"]._read_now(
            self, lambda simcard, detail: simcard.sudo()._take_status(detail)
        )

    def _question(self):
        """:return: what to ask of this SIM card, see ``mvno.platform._ask_about``"""
        self.ensure_one()
        iccid = self.iccid
        return lambda client: client.sim(iccid)

    def _unread_sentence(self, reason):
        """:return: why this SIM card could not be read, in words"""
        return self.env._(
            "SIM card %(iccid)s: %(reason)s", iccid=self.iccid, reason=reason
        )

    def _note_other_simcard(self):
        """The platform told of another SIM card than this one."""
        if self.line_id:
            self.line_id._note_foreign("simcard")

    def _ask_platform(self):
        """Ask about this SIM card while a person waits: the click's own transaction is
        committed, see ``mvno.platform._ask``.

        :return: ``lib.SimDetail``; None when no answer came in time
        :raise UserError: when the platform cannot be asked; says what to do
        """
        self.ensure_one()
        platforms = self.env["mvno.platform"]
        answered, _late, reasons = platforms._ask_about(self)
        platforms._raise_reasons(reasons)
        return answered[0][1] if answered else None

    def _read_by_cron(self):
        """Have these SIM cards, and the lines that hold them, read where nobody waits.

        :return: a notification
        """
        self.check_access("read")
        self.sudo().read_asked_at = database_now(self.env.cr)
        self.env.ref("tip_mvno.ir_cron_poll_lines")._trigger()
        return self.platform_id[:1]._notify_goes_on()

    def action_release(self):
        """Make a cancelled SIM card available again, if the platform agrees.

        No public operation of the platform does this, so its own state decides: it is
        read again and taken over, and the answer explains what follows from it.

        :return: a notification
        :raise UserError: when the SIM is not cancelled or the platform cannot be asked
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
        detail = self._ask_platform()
        if not detail:
            return self._read_by_cron()
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
