# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...tools.actions import open_action
from ...tools.brazil import iccid_problems
from ...tools.cursor import database_now
from ...tools.labels import label_of
from ...tools.qr_code import qr_png
from ...tools.simcard import activation_code, as_iccid, iccid_stem
from ...tools.sought import found_by_any, sought_digits

# What a card is in while it still lies in a drawer.
IN_STOCK = ("available", "reserved")
# SIM cards given back before the work is committed.
EXPIRED_AT_ONCE = 500
ATTENDANT = "tip_mvno.group_attendant"
MANAGER = "tip_mvno.group_manager"


class MvnoSimcard(models.Model):
    """A SIM card of the platform's stock, as the platform last reported it.

    A draft line keeps the one it has, an open dialog the one picked in it. Dialogs and
    drafts are abandoned, so both end at ``reserved_until``.

    Whoever has an eSIM's code can take the line, so that it stays out of logs: no
    tracking, no database constraint (its violations are logged with the values) and no
    address (the QR code is drawn here, not by /report/barcode) ever quotes it.
    """

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
    read_asked_at = fields.Datetime(
        string="Waiting to Be Read",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since when somebody waits for its status to be read by the cron.",
    )
    warning = fields.Char(
        compute="_compute_warning",
        help="Something about the ICCID that is unusual, but no error.",
    )
    line_ids = fields.One2many("mvno.line", "simcard_id", string="Lines")
    line_id = fields.Many2one(
        "mvno.line", string="Current Line", compute="_compute_line_id"
    )
    reserved_until = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the SIM card returns to the stock by itself, unless its line is "
        "being activated by then. Empty: never.",
    )
    reserved_uid = fields.Many2one(
        "res.users",
        string="Picked by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who picked it in a dialog that is not saved yet.",
    )
    esim_code = fields.Char(
        string="Activation Code",
        readonly=True,
        copy=False,
        groups=ATTENDANT,
        help="The eSIM's code, LPA:1$... as TIP's panel shows it.",
    )
    esim_qr = fields.Binary(
        string="QR Code", compute="_compute_esim_qr", groups=ATTENDANT
    )
    has_esim_code = fields.Boolean(compute="_compute_has_esim_code")
    esim_mailed_at = fields.Datetime(
        string="Code Sent by E-Mail",
        readonly=True,
        copy=False,
        groups=ATTENDANT,
        help="When the present code went to the present line's customer.",
    )
    esim_mailed_line_id = fields.Many2one(
        "mvno.line", string="Code Sent for", readonly=True, copy=False
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
        """A scanner finds the card, whichever of its two prints the platform keeps; a
        part of the print, the number or the subscriber find it as well."""
        if not isinstance(value, str) or operator in Domain.NEGATIVE_OPERATORS:
            return super()._search_display_name(operator, value)
        iccid = as_iccid(value)
        if iccid:
            stem = iccid_stem(iccid)
            if iccid == stem:
                return Domain("iccid_stem", "=", stem)
            return Domain("iccid", "in", (iccid, stem))
        if operator != "ilike":
            return super()._search_display_name(operator, value)
        return found_by_any(
            self,
            Domain("iccid", "ilike", sought_digits(value) or value),
            *(
                Domain("line_ids", "any", domain)
                for domain in self.env["mvno.line"]._sought_domains(value)
            ),
        )

    @api.depends("esim_code")
    def _compute_has_esim_code(self):
        for simcard in self:
            simcard.has_esim_code = bool(simcard.sudo().esim_code)

    @api.depends("esim_code")
    def _compute_esim_qr(self):
        for simcard in self:
            code = simcard.esim_code
            simcard.esim_qr = code and base64.b64encode(qr_png(code))

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

    # === WRITING === #

    def write(self, vals):
        if vals.get("state", "reserved") != "reserved":
            vals = {"reserved_until": False, "reserved_uid": False, **vals}
        return super().write(vals)

    # === WHY IT CANNOT BE GIVEN TO A LINE === #

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
        return self.env._(
            "SIM card %(iccid)s is not available (%(status)s). Choose another one; if "
            "it is the right one, synchronize the stock and look again.",
            iccid=self.iccid,
            status=platform_status or label_of(self, "state"),
        )

    # === RESERVED FOR A LINE === #

    def _reserve(self):
        """Keep SIM cards of the stock for the draft lines that hold them.

        :raise UserError: when one is defective, or in a dialog of somebody else
        """
        simcards = self.filtered(lambda simcard: simcard.state in IN_STOCK)
        for simcard in simcards:
            elsewhere = simcard.reserved_uid and simcard.reserved_uid != self.env.user
            if simcard.is_defective or elsewhere:
                raise UserError(simcard._not_available_sentence())
        simcards._set_reserved()

    def _renew_reservation(self):
        """The lines that hold these are drafts once more: keep them as at first."""
        self.filtered(lambda simcard: simcard.state == "reserved")._set_reserved()

    def _give_back(self):
        """Return reserved SIM cards to the stock."""
        reserved = self.sudo().filtered(lambda simcard: simcard.state == "reserved")
        reserved.write({"state": "available"})

    def _take_off_drafts(self, sentence):
        """Take SIM cards off the draft lines that hold them, and say why on each.

        :param sentence: callable; gets a line in the language of who is responsible
            for its platform, returns the note
        """
        drafts = (
            self.env["mvno.line"]
            .sudo()
            .search([("simcard_id", "in", self.ids), ("state", "=", "draft")])
        )
        for platform, lines in drafts.grouped("platform_id").items():
            lines = platform._in_language_of_reader(lines)
            notes = {line.id: sentence(line) for line in lines}
            lines.write({"simcard_id": False})
            lines._message_log_batch(bodies=notes)

    # === RESERVED FOR A DIALOG === #

    def _is_offered(self):
        """:return: whether this user may give this SIM card to a line"""
        self.ensure_one()
        mine = self.state == "reserved" and self.reserved_uid == self.env.user
        return not self.is_defective and (self.state == "available" or mine)

    def _pick(self):
        """Keep SIM cards for the dialog this user has open.

        :return: the ones that are kept now; the others were taken meanwhile
        :raise AccessError: for SIM cards that the user may not read
        """
        self.check_access("read")
        kept = self.sudo().filtered(lambda simcard: simcard._is_offered())
        kept._set_reserved(self.env.user)
        return self & kept

    def _put_back(self):
        """Return SIM cards this user had picked in a dialog and did not want."""
        self.sudo().filtered(
            lambda simcard: simcard.reserved_uid == self.env.user
        )._give_back()

    def _set_reserved(self, user=None):
        """Reserve SIM cards as long as their platform's setting says.

        :param user: who has them in a dialog; nobody when a line holds them
        """
        simcards = self.sudo()
        taken = simcards.filtered(lambda simcard: simcard.state == "available")
        for platform, kept in simcards.grouped("platform_id").items():
            kept.write(
                {
                    "state": "reserved",
                    "reserved_until": platform._reservation_end(),
                    "reserved_uid": user.id if user else False,
                }
            )
        taken.platform_id._check_stock()

    # === ESIM === #

    def _set_esim_code(self, text):
        """Keep the activation code of an eSIM, or forget it.

        :param str text: the code as pasted; empty to forget it
        :raise ValidationError: when it is no activation code, or another card's
        """
        self.ensure_one()
        simcard = self.sudo()
        if not text:
            simcard.esim_code = False
            return
        try:
            code = activation_code(text)
        except ValueError:
            raise ValidationError(
                self.env._(
                    "SIM card %(iccid)s: an activation code looks like "
                    "LPA:1$address$code. Copy it whole from TIP's panel.",
                    iccid=self.iccid,
                )
            ) from None
        if code == simcard.esim_code:
            return
        if simcard.search_count([("esim_code", "=", code)], limit=1):
            raise ValidationError(
                self.env._(
                    "SIM card %(iccid)s: this activation code is another SIM card's "
                    "already. Each eSIM has its own; look it up in TIP's panel.",
                    iccid=self.iccid,
                )
            )
        simcard.write({"esim_code": code, "is_esim": True, "esim_mailed_at": False})

    def action_edit_esim_code(self):
        """Open the dialog that takes the activation code."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_simcard_esim_action",
            context={"default_simcard_id": self.id},
        )

    def action_send_esim_code(self):
        """E-mail the activation code to the subscriber of this eSIM's line.

        The e-mail deletes itself once it is sent; the chatter keeps that, not what.

        :return: a notification
        :raise UserError: when there is no code, no line or no address to send it to,
            the customer's e-mail or phone was changed too lately, or it was sent
            before and who asks is no manager
        """
        self.ensure_one()
        self.check_access("read")
        if not self.esim_code:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s has no activation code yet. Copy it from TIP's "
                    "panel and paste it here first.",
                    iccid=self.iccid,
                )
            )
        partner = self.line_id.partner_id
        if not partner:
            raise UserError(
                self.env._(
                    "No line uses SIM card %(iccid)s, so there is nobody to send its "
                    "activation code to. Give it to a line first.",
                    iccid=self.iccid,
                )
            )
        if not partner.email:
            raise UserError(
                self.env._(
                    "%(customer)s has no e-mail address. Fill it in, or show the QR "
                    "code to the customer.",
                    customer=partner.display_name,
                )
            )
        partner._mvno_refuse_secret()
        self._refuse_second_mail()
        template = self.env.ref("tip_mvno.mail_template_esim_code").sudo()
        # what the message owns goes with it
        qr_code = {
            "name": self.env._("eSIM QR code") + ".png",
            "datas": self.esim_qr,
            "res_model": "mail.message",
            "res_id": 0,
        }
        attachment = self.env["ir.attachment"].sudo().create(qr_code)
        template.send_mail(
            self.id, email_values={"attachment_ids": [(4, attachment.id)]}
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        message = self.env._(
            "The activation code was e-mailed to %(customer)s (%(email)s).",
            customer=partner.display_name,
            email=partner.email,
        )
        simcard = self.sudo()
        simcard._message_log(body=message)
        simcard.esim_mailed_at = fields.Datetime.now()
        simcard.esim_mailed_line_id = self.line_id
        return self.platform_id._notify(message, "success")

    def _refuse_second_mail(self):
        """:raise UserError: when the code went out already, for whoever is no manager:
        a mail that "did not arrive" is how an eSIM is taken over"""
        sent = self.esim_mailed_at and self.sudo().esim_mailed_line_id == self.line_id
        if sent and not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "The activation code of SIM card %(iccid)s was e-mailed on "
                    "%(date)s already. Show the QR code to the customer, or ask a "
                    "manager to send it once more.",
                    iccid=self.iccid,
                    date=format_datetime(
                        self.env,
                        self.esim_mailed_at,
                        tz=self.platform_id.tz,
                        dt_format="short",
                    ),
                )
            )

    # === CRON === #

    @api.model
    def _expired_domain(self):
        """:return: SIM cards whose time is over; not those of lines under way"""
        return Domain(
            [
                ("state", "=", "reserved"),
                ("reserved_until", "<=", database_now(self.env.cr)),
                (
                    "line_ids",
                    "not any",
                    [("state", "not in", ("draft", "cancelled"))],
                ),
            ]
        )

    @api.model
    def _give_back_expired(self, limit=EXPIRED_AT_ONCE):
        """Return to the stock what abandoned drafts and dialogs kept.

        :param int limit: SIM cards at most
        :return: number of SIM cards given back
        """
        simcards = self.sudo().with_context(tracking_disable=True)
        expired = simcards.search(
            self._expired_domain(), order="reserved_until, id", limit=limit
        )
        expired = expired.try_lock_for_update()
        expired._take_off_drafts(
            lambda line: line.env._(
                "SIM card %(iccid)s was kept for this line for too long and is in the "
                "stock again. Choose a SIM card before you activate the line.",
                iccid=line.simcard_id.iccid,
            )
        )
        expired._give_back()
        expired.platform_id._check_stock()
        return len(expired)

    @api.model
    def cron_give_back(self):
        """Driver: return expired reservations to the stock, some at a time."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        remaining = self.sudo().search_count(self._expired_domain())
        cron._commit_progress(remaining=remaining)
        while count := self._give_back_expired():
            remaining = max(0, remaining - count)
            if not cron._commit_progress(count, remaining=remaining):
                return
