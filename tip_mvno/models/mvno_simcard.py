# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.brazil import iccid_problems
from ..tools.simcard import as_iccid, iccid_stem

# What a card is in while it still lies in a drawer.
IN_STOCK = ("available", "reserved")


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
    iccid_stem = fields.Char(
        string="ICCID without Check Digit",
        compute="_compute_iccid_stem",
        store=True,
        index=True,
        help="The first 19 digits: what the prints with and without the check digit "
        "share.",
    )
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

    # === COMPUTES === #

    @api.depends("iccid")
    def _compute_iccid_stem(self):
        for simcard in self:
            simcard.iccid_stem = iccid_stem(simcard.iccid)

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

    @api.model
    def _search_display_name(self, operator, value):
        """A scanner finds the card, whichever of its two prints the platform keeps."""
        iccid = as_iccid(value) if isinstance(value, str) else ""
        if iccid and operator not in Domain.NEGATIVE_OPERATORS:
            stem = iccid_stem(iccid)
            if iccid == stem:
                return Domain("iccid_stem", "=", stem)
            return Domain("iccid", "in", (iccid, stem))
        return super()._search_display_name(operator, value)

    # === CONSTRAINTS === #

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

    # === WORDS === #

    def _not_available_sentence(self, platform_status=None):
        """:return: why this SIM card cannot be given to a line, and what to do"""
        self.ensure_one()
        if self.is_defective:
            return self.env._(
                "SIM card %(iccid)s is set aside as defective (%(reason)s). Choose "
                "another one; if it works after all, say so on the SIM card.",
                iccid=self.iccid,
                reason=self._defect_label(),
            )
        if self.reserved_uid:
            return self.env._(
                "SIM card %(iccid)s is being given out by %(user)s. Choose another "
                "one.",
                iccid=self.iccid,
                user=self.reserved_uid.sudo().name,
            )
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "SIM card %(iccid)s is not available (%(status)s). Choose another one; if "
            "it is the right one, synchronize the stock and look again.",
            iccid=self.iccid,
            status=platform_status or states[self.state],
        )
