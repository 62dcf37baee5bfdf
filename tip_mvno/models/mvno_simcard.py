# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import INTERACTIVE, SimStatus, TipError
from ..tools.brazil import iccid_problems

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
    """A SIM card of the platform's stock, as the platform last reported it."""

    _name = "mvno.simcard"
    _description = "SIM Card"
    _inherit = ["mail.thread"]
    _order = "platform_id, iccid"
    _rec_name = "iccid"

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    iccid = fields.Char(string="ICCID", required=True, size=20, index="trigram")
    state = fields.Selection(
        [
            ("available", "Available"),
            ("reserved", "Reserved"),
            ("in_use", "In use"),
            ("blocked", "Blocked"),
            ("cancelled", "Cancelled"),
            ("unknown", "Unknown"),
        ],
        string="Status",
        required=True,
        default="unknown",
        index=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    platform_status = fields.Char(
        string="Status at the Platform",
        readonly=True,
        copy=False,
        help="The status as the platform words it.",
    )
    is_esim = fields.Boolean(string="eSIM", readonly=True)
    network = fields.Char(readonly=True)
    checked_at = fields.Datetime(
        string="Last Seen",
        readonly=True,
        copy=False,
        help="When the platform last told this SIM card's status.",
    )
    warning = fields.Char(
        compute="_compute_warning",
        help="Something about the ICCID that is unusual, but no error.",
    )
    line_ids = fields.One2many("mvno.line", "simcard_id", string="Lines")
    line_id = fields.Many2one(
        "mvno.line", string="Current Line", compute="_compute_line_id"
    )

    _iccid_uniq = models.Constraint(
        "UNIQUE(platform_id, iccid)",
        "This ICCID is already in the platform's stock.",
    )
    _iccid_digits = models.Constraint(
        "CHECK(iccid ~ '^[0-9]{19,20}$')",
        "An ICCID has 19 or 20 digits, nothing else. Compare it with the print on the "
        "card.",
    )

    @api.depends("iccid")
    def _compute_warning(self):
        sentences = {
            "prefix": self.env._("The ICCID does not begin with 8955 (Brazil)."),
            "luhn": self.env._(
                "The ICCID's last digit is not its check digit; many prints leave it "
                "out."
            ),
        }
        for simcard in self:
            _errors, warnings = iccid_problems(simcard.iccid)
            simcard.warning = " ".join(sentences[code] for code in warnings) or False

    @api.depends("line_ids.state")
    def _compute_line_id(self):
        for simcard in self:
            simcard.line_id = simcard.line_ids.filtered(
                lambda line: line.state != "cancelled"
            )[:1]

    @api.constrains("iccid")
    def _check_iccid(self):
        for simcard in self:
            errors, _warnings = iccid_problems(simcard.iccid)
            if errors:
                raise ValidationError(
                    self.env._(
                        "SIM card %(iccid)s: an ICCID has 19 or 20 digits, nothing "
                        "else. Compare it with the print on the card.",
                        iccid=simcard.iccid,
                    )
                )

    @api.model
    def _mirror_page(self, platform, stock):
        """Take over a page of the platform's stock, in few statements.

        A SIM that a line here holds is reserved while the platform calls it available.

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
                ["iccid", "state", "platform_status", "is_esim", "network"],
            )
        }
        held = (
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
        held_ids = set(held.ids)
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
            if vals["state"] == "available" and simcard.id in held_ids:
                vals["state"] = "reserved"
            if any((simcard[name] or False) != (vals[name] or False) for name in vals):
                changed[tuple(vals.items())].append(simcard.id)
        for vals, ids in changed.items():
            simcards.browse(ids).write(dict(vals))
        simcards.browse(simcard.id for simcard in known.values()).write(
            {"checked_at": now}
        )
        simcards.create(list(to_create.values()))

    def _take_status(self, detail):
        """Note what the platform says of this one SIM.

        :param detail: ``lib.SimDetail``
        """
        self.ensure_one()
        state = STATE_OF_STATUS[detail.status]
        if state == "available" and self.line_id:
            state = "reserved"
        self.write(
            {
                "state": state,
                "platform_status": detail.raw_status,
                "checked_at": fields.Datetime.now(),
            }
        )

    def _reserve(self):
        """Keep available SIM cards for the draft lines that hold them."""
        self.filtered(lambda simcard: simcard.state == "available").state = "reserved"

    def _give_back(self):
        """Return reserved SIM cards to the stock."""
        reserved = self.sudo().filtered(lambda simcard: simcard.state == "reserved")
        reserved.state = "available"

    def _not_available_sentence(self, platform_status=None):
        """:return: why this SIM card cannot be given to a line, and what to do"""
        self.ensure_one()
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "SIM card %(iccid)s is not available (%(status)s). Choose another one; if "
            "it is the right one, synchronize the stock and look again.",
            iccid=self.iccid,
            status=platform_status or states[self.state],
        )

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
