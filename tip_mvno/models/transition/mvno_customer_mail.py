# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import fields, models
from odoo.tools.misc import clean_context

from ...tools.bulk import where

_logger = logging.getLogger(__name__)


class MvnoCustomerMail(models.AbstractModel):
    """Records whose customer is told by e-mail, once per step.

    The model needs ``partner_id``, ``platform_id`` and ``company_id``.
    """

    _name = "mvno.customer.mail"
    _description = "E-mails to the customer"

    mailed_steps = fields.Char(
        string="Steps Told by E-mail",
        readonly=True,
        copy=False,
        help="The steps the customer was told of; none is told twice.",
    )
    mail_partner_id = fields.Many2one(
        "res.partner",
        string="E-mail Goes to",
        compute="_compute_mail_partner_id",
        compute_sudo=True,
    )
    mail_contact = fields.Char(
        string="Company's Contact", compute="_compute_mail_contact", compute_sudo=True
    )

    def _compute_mail_partner_id(self):
        """A contact without an e-mail address is told at its company's."""
        for record in self:
            partner = record.partner_id
            holder = partner.commercial_partner_id
            with_address = (partner | holder).filtered("email_normalized")
            record.mail_partner_id = with_address[:1]

    def _compute_mail_contact(self):
        for record in self:
            company = record.company_id
            record.mail_contact = " · ".join(
                filter(None, [company.phone, company.email])
            )

    def _mail_customers(self, template, steps):
        """Put one e-mail per record into the mail queue, unless its step was told.

        What goes wrong here is logged and never reaches the caller, whose work is of
        more weight than an e-mail.

        :param str template: external id of a ``mail.template`` of this model; where an
            administrator deleted it, nothing is sent
        :param dict steps: {record id: name of the step, without spaces}
        """
        # what the caller wrote fails as the caller's own, not in here
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                # a form's defaults are no values of an e-mail
                context = clean_context(self.env.context)
                # pylint: disable-next=context-overridden
                records = self.sudo().with_context(context)
                records._queue_mails(template, steps)
        except Exception as error:
            # a provider's own template may be wrong: the change it tells of stays
            told = where(error)
            _logger.error("E-mails %s to customers were not made: %s", template, told)

    def _queue_mails(self, template, steps):
        untold = self.filtered(
            lambda record: steps[record.id] not in (record.mailed_steps or "").split()
        )
        for record in untold:
            told = [record.mailed_steps, steps[record.id]]
            record.mailed_steps = " ".join(filter(None, told))
        wanted = untold.filtered("platform_id.customer_mails")
        with_address = wanted.filtered("mail_partner_id")
        note = self.env._(
            "No e-mail was sent about this: the customer has no e-mail address."
        )
        without = wanted - with_address
        if without:
            without._message_log_batch(bodies=dict.fromkeys(without.ids, note))
        mail_template = self.env.ref(template, raise_if_not_found=False)
        if with_address and mail_template:
            mail_template.send_mail_batch(with_address.ids, force_send=False)
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
