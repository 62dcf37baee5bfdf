# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain


class MvnoBillingSource(models.AbstractModel):
    """Something that months bill beside the monthly values: top-ups, usage...

    A billing run asks each source what it charges and what it does not, and billed
    items tell theirs what becomes of an invoice. A further one is a model like this
    and its name in :meth:`_names`.
    """

    _name = "mvno.billing.source"
    _description = "Beside the monthly value"

    # The kinds of billed items that are told to this source.
    _kinds: tuple[str, ...] = ()
    # The field by which items and issues name what is charged, where it is a record.
    _record_field: str | None = None
    # Whether it puts what it charges on invoices by itself: see :meth:`_add_lines`.
    _adds_lines = False

    @api.model
    def _names(self):
        """Name the sources: the one place that does.

        An invoice shows what they charge in this order, below the monthly values; but
        what adds its lines by itself comes last. Issues of a run are listed, and the
        sources of items told, in the same order.

        :return: list of models' names; an addon on top adds its own
        """
        return [
            "mvno.billing.source.top.up",
            "mvno.billing.source.service",
            "mvno.billing.source.one.off",
            "mvno.billing.source.usage",
            "mvno.billing.source.late",
        ]

    @api.model
    def _all(self):
        """:return: list of the sources, in their order"""
        return [self.env[name] for name in self._names()]

    # === FOR BILLING RUNS === #

    @api.model
    def _line_domain(self, run):
        """:param run: ``mvno.billing.run`` record
        :return: domain of the contract lines on which the run may have to charge
            something, whether they still pay for a plan or not"""
        return Domain.FALSE

    @api.model
    def _charges(self, run, customers):
        """List what these customers are charged with the run's month.

        :param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`
        """
        return []

    @api.model
    def _add_lines(self, invoices, billing):
        """Put what is charged on the invoices, where a contract line does not prepare
        it by ``_mvno_prepare_charge``.

        :param dict invoices: ``{contract: values of its invoice}``, changed in place
        :param MonthBilling billing: the billing under way
        """

    @api.model
    def _missed(self, charges):
        """:param list charges: :class:`Charge` items that are on no invoice
        :return: list of those that are a loss, whichever source they are of"""
        return charges

    @api.model
    def _unbilled(self, run):
        """List what was to be charged and is not billed with the run's month, once all
        its customers are done.

        :param run: ``mvno.billing.run`` record
        :return: list of issue values
        """
        return []

    # === SOURCE KEYS === #

    @api.model
    def _source_key(self, record_id):
        """:return: str, names a record that is charged beside others of its month"""
        return f"{self._record_field.removesuffix('_id')}-{record_id}"

    @api.model
    def _issue_source_key(self, values):
        """:param dict values: those of an issue
        :return: str, the key of the item that would bill it; None when it is about
            something else"""
        record_id = self._record_field and values.get(self._record_field)
        return self._source_key(record_id) if record_id else None

    # === CLAIM AND RELEASE OF ITEMS === #

    @api.model
    def _own(self, items):
        """:return: those of these ``mvno.billing.item`` records that bill what this
        source charges"""
        return items.filtered(
            lambda item: item.kind in self._kinds
            and (not self._record_field or item[self._record_field])
        )

    @api.model
    def _claim(self, moves, items):
        """Note what new invoices bill.

        :param moves: ``account.move`` records a billing run just created
        :param items: the items of this source among those that were noted for them
        :return: further items, of lines that only this source understands
        """
        return items.browse()

    @api.model
    def _release(self, items, reason):
        """What these items of this source billed may be billed again.

        :param str reason: why
        """

    @api.model
    def _check_claim_again(self, items):
        """See whether released items of this source can be taken back.

        :raise UserError: when one cannot, says why
        """

    @api.model
    def _claim_again(self, items, reason):
        """These items of this source were taken back: their invoice lives again.

        :param str reason: why
        """
