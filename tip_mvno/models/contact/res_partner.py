# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date
from odoo.tools.mail import email_normalize_all

from ...tools.brazil import clean_document

MANAGER = "tip_mvno.group_manager"
# Nothing secret goes to an e-mail address that was changed more lately, or to one
# beside which the phone was.
SETTLES_AFTER = timedelta(days=7)
COUNTRY = "55"
# What says who a contact's commercial customer is, and which document that has.
HOLDER_FIELDS = {"child_ids", "company_type", "is_company", "parent_id", "vat"}
DIGITS_IN_BRAZIL = 11


class ResPartner(models.Model):
    """Where a customer is reached, and whether that is settled.

    Whoever changes a customer's e-mail could be sent what is secret: an eSIM's code,
    with which a line is taken over, or the list of who was called. So the address as
    it was is told of a change, and for some days a manager decides what goes out.
    """

    _inherit = "res.partner"

    mvno_contact_changed_at = fields.Datetime(
        string="E-mail or Phone Changed",
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="Until seven days later nothing secret goes out by itself. Empty: it was "
        "confirmed, or never changed.",
    )
    mvno_contact_waits = fields.Boolean(
        string="E-mail or Phone Changed Lately",
        compute="_compute_mvno_contact_waits",
        compute_sudo=True,
    )
    mvno_contact_waits_until = fields.Date(
        string="Nothing Secret before",
        compute="_compute_mvno_contact_waits",
        compute_sudo=True,
    )

    @api.depends(
        "mvno_contact_changed_at", "commercial_partner_id.mvno_contact_changed_at"
    )
    def _compute_mvno_contact_waits(self):
        now = fields.Datetime.now()
        for partner in self:
            changed = partner._mvno_contact_changed()
            waits = changed and now < changed + SETTLES_AFTER
            partner.mvno_contact_waits = waits
            partner.mvno_contact_waits_until = (
                waits and partner._mvno_contact_settles_on()
            )

    def _mvno_contact_changed(self):
        """:return: UTC datetime of the last change of e-mail or phone of this customer,
        contact or company; False when there is none to wait for"""
        self.ensure_one()
        people = (self | self.commercial_partner_id).sudo()
        return max(
            filter(None, people.mapped("mvno_contact_changed_at")), default=False
        )

    def write(self, vals):
        holders = self._mvno_holders_of(vals)
        contacts = self._mvno_contacts_of(vals)
        result = super().write(vals)
        self._mvno_follow_contacts(contacts)
        self._mvno_follow_holders(holders)
        return result

    def _mvno_holders_of(self, vals):
        """:return: :meth:`_mvno_kept_holders` of whom writing these values can give
        another holder"""
        if vals.keys().isdisjoint(HOLDER_FIELDS):
            return {}
        # Odoo links a company's contacts as superuser
        linked = self.new({"child_ids": vals.get("child_ids")}).child_ids._origin
        return (self | linked)._mvno_kept_holders()

    def _mvno_follow_holders(self, before):
        """Who holds a line is told by the customer's CPF or CNPJ, and by whose contact
        it is: what is agreed with that customer counts for its lines, too.

        :param dict before: :meth:`_mvno_holders_of`, before the change
        :raise AccessError: where another one would hold lines, for whoever is no
            manager
        """
        moved = (
            self.sudo()
            .browse(before)
            .filtered(
                lambda partner: before[partner.id][1]
                and partner._mvno_holder() != before[partner.id]
            )
        )
        if not moved or self.env.su:
            return
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "%(customer)s has mobile lines: the CPF or CNPJ, and the company "
                    "this contact belongs to, say who holds them. Ask a manager, or "
                    "use “Change of Holder” on the line.",
                    customer=moved[:1].display_name,
                )
            )
        (
            moved | moved.commercial_partner_id
        ).mvno_contact_changed_at = fields.Datetime.now()
        for partner in moved:
            partner._message_log(
                body=self.env._(
                    "Who holds this customer's lines was changed by hand: nothing "
                    "secret goes out by itself before %(date)s.",
                    date=format_date(self.env, partner._mvno_contact_settles_on()),
                ),
                author_id=self.env.user.partner_id.id,
            )

    def _mvno_kept_holders(self):
        """:return: dict, of these and their contacts who have a line that the platform
        knows, {id: :meth:`_mvno_holder`} as the database has it: where a company takes
        over a contact, Odoo's cache is ahead of what is written, so nothing is flushed
        here"""
        return {
            partner_id: (holder_id, clean_document(vat))
            for partner_id, holder_id, vat in self.env.execute_query(
                SQL(
                    """
                    SELECT partner.id, holder.id, holder.vat
                      FROM res_partner AS partner
                      JOIN res_partner AS holder
                        ON holder.id = partner.commercial_partner_id
                     WHERE (partner.id = ANY(%(ids)s)
                            OR partner.parent_id = ANY(%(ids)s)
                            OR partner.commercial_partner_id = ANY(%(ids)s))
                       AND EXISTS (
                           SELECT FROM mvno_line AS line
                            WHERE line.partner_id = partner.id
                              AND line.state NOT IN ('draft', 'cancelled')
                       )
                    """,
                    ids=self.ids,
                )
            )
        }

    def _mvno_holder(self):
        """:return: (id of who is the holder at the platform, its CPF or CNPJ)"""
        self.ensure_one()
        holder = self.commercial_partner_id
        return holder.id, clean_document(holder.vat)

    def _mvno_contacts_of(self, vals):
        """:return: dict {partner: (where it is reached, its e-mail address or False)},
        where writing these values can change that"""
        if vals.keys().isdisjoint(("email", "phone")):
            return {}
        return {
            partner: (partner._mvno_reached_at(), partner.email)
            for partner in self.sudo()
        }

    def _mvno_follow_contacts(self, before):
        """:param dict before: :meth:`_mvno_contacts_of`, before the change"""
        changed = self.sudo().filtered(
            lambda partner: partner in before
            and partner._mvno_reached_at() != before[partner][0]
        )
        if served := changed._mvno_served():
            served._mvno_follow_contact(before)

    def _mvno_reached_at(self):
        """:return: (sorted e-mail addresses, digits of the phone): what does not change
        when it is only written another way"""
        self.ensure_one()
        digits = re.sub(r"\D", "", self.phone or "")
        if len(digits) > DIGITS_IN_BRAZIL:
            digits = digits.removeprefix(COUNTRY)
        return sorted(email_normalize_all(self.email)), digits

    def _mvno_served(self):
        """:return: those of these who have, or had, a line the platform knows; contacts
        of such a company among them"""
        if not self:
            return self
        served = self.env["mvno.line"].search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.ids),
                ("state", "!=", "draft"),
            ]
        )
        customers = served.partner_id.commercial_partner_id
        return self.filtered(lambda partner: partner.commercial_partner_id in customers)

    def _mvno_follow_contact(self, before):
        """Wait from now on, and tell these customers where they were reached before.

        :param dict before: :meth:`_mvno_contacts_of`
        """
        self.mvno_contact_changed_at = fields.Datetime.now()
        template = self.env.ref("tip_mvno.mail_template_contact", False)
        for partner in self:
            address = before[partner][1]
            if address and template:
                template.send_mail(
                    partner.id, email_values={"email_to": address, "recipient_ids": []}
                )
            partner._message_log(
                body=self.env._(
                    "E-mail or phone was changed: nothing secret goes out by itself "
                    "before %(date)s, unless a manager confirms the change.",
                    date=format_date(self.env, partner._mvno_contact_settles_on()),
                ),
                author_id=self.env.user.partner_id.id,
            )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _mvno_contact_settles_on(self):
        """:return: the local date from which on nothing waits any more"""
        self.ensure_one()
        moment = self._mvno_contact_changed() + SETTLES_AFTER
        return fields.Datetime.context_timestamp(self, moment).date()

    def _mvno_refuse_secret(self):
        """:raise UserError: where what is secret must not go out to this customer yet,
        unless a manager sends it"""
        self.ensure_one()
        if self.mvno_contact_waits and not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "%(customer)s's e-mail or phone was changed lately: before "
                    "%(date)s only a manager sends what is secret there. Ask a manager "
                    "to send it, or to confirm the change on the customer.",
                    customer=self.display_name,
                    date=format_date(self.env, self._mvno_contact_settles_on()),
                )
            )

    def action_mvno_confirm_contact(self):
        """A manager has made sure that the customer wanted the change.

        :raise AccessError: for whoever is no manager
        """
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a manager confirms a change of e-mail or phone.")
            )
        people = self | self.commercial_partner_id
        for partner in people.filtered("mvno_contact_changed_at"):
            partner.sudo().mvno_contact_changed_at = False
            partner._message_log(
                body=self.env._("The change of e-mail or phone was confirmed."),
                author_id=self.env.user.partner_id.id,
            )
        return True
