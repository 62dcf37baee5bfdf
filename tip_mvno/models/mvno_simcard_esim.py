# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.qr_code import qr_png
from ..tools.simcard import activation_code

ATTENDANT = "tip_mvno.group_attendant"


class MvnoSimcard(models.Model):
    """eSIMs: the code that a telephone loads its profile with.

    Whoever has the code can take the line, so that it stays out of logs: no tracking,
    no database constraint (its violations are logged with the values) and no address
    (the QR code is drawn here, not by /report/barcode) ever quotes it.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.simcard"

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

    @api.depends("esim_code")
    def _compute_has_esim_code(self):
        for simcard in self:
            simcard.has_esim_code = bool(simcard.sudo().esim_code)

    @api.depends("esim_code")
    def _compute_esim_qr(self):
        for simcard in self:
            code = simcard.esim_code
            simcard.esim_qr = code and base64.b64encode(qr_png(code))

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
        simcard.write({"esim_code": code, "is_esim": True})

    def action_edit_esim_code(self):
        """Open the dialog that takes the activation code."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.mvno_simcard_esim_action"
        )
        return {**action, "context": {"default_simcard_id": self.id}}

    def action_send_esim_code(self):
        """E-mail the activation code to the subscriber of this eSIM's line.

        The e-mail deletes itself once it is sent; the chatter keeps that, not what.

        :return: a notification
        :raise UserError: when there is no code, no line or no address to send it to
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
        self.sudo()._message_log(body=message)
        return self.platform_id._notify(message, "success")
