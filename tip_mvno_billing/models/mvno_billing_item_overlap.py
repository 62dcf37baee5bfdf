# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict, namedtuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

Period = namedtuple("Period", "mobile_id contract_line_id competence start end move_id")


class MvnoBillingItem(models.Model):
    """No day of a mobile line's plan is billed twice, whichever contract lines pay.

    A month billed in advance is provisional: its days are what they come to once the
    month's own run has settled it.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.item"

    _days_once = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(mvno_line_id, mvno_line_id, '[]') WITH &&, "
        "daterange(period_start, period_end, '[]') WITH &&) "
        "WHERE (state = 'billed' AND kind = 'recurring' "
        "AND mvno_line_id IS NOT NULL AND is_provisional IS NOT TRUE)",
        "These days of the mobile line are billed already, with another contract line.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_days_once(
            Period(
                vals.get("mvno_line_id"),
                vals["contract_line_id"],
                vals["competence"],
                vals["period_start"],
                vals["period_end"],
                vals.get("move_id"),
            )
            for vals in self._with_defaults(vals_list)
            if vals["kind"] == "recurring"
            and vals["state"] == "billed"
            and not vals.get("is_provisional")
        )
        return super().create(vals_list)

    def _with_defaults(self, vals_list):
        defaults = self.default_get(["kind", "state"])
        return [{**defaults, **vals} for vals in vals_list]

    def _claim_again(self, reason):
        released = self.filtered(
            lambda item: item.state == "released"
            and item.kind == "recurring"
            and item.move_line_id
            and not item.is_provisional
        )
        self._check_days_once(released._periods())
        return super()._claim_again(reason)

    def _periods(self):
        """:return: list of the items' :class:`Period`"""
        return [
            Period(
                item.mvno_line_id.id,
                item.contract_line_id.id,
                item.competence,
                item.period_start,
                item.period_end,
                item.move_id.id,
            )
            for item in self
        ]

    @api.model
    def _check_days_once(self, periods):
        """:param periods: :class:`Period` items that are going to be billed
        :raise UserError: when days of a mobile line would be billed twice
        """
        by_mobile = defaultdict(list)
        for period in periods:
            if period.mobile_id:
                by_mobile[period.mobile_id].append(period)
        if not by_mobile:
            return
        wanted = [period for part in by_mobile.values() for period in part]
        billed = self.search(
            [
                ("mvno_line_id", "in", list(by_mobile)),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
                ("is_provisional", "=", False),
                ("period_end", ">=", min(period.start for period in wanted)),
                ("period_start", "<=", max(period.end for period in wanted)),
            ]
        )
        for period in billed._periods():
            by_mobile[period.mobile_id].insert(0, period)
        for its_periods in by_mobile.values():
            for number, later in enumerate(its_periods):
                for earlier in its_periods[:number]:
                    if self._clash(earlier, later):
                        raise UserError(self._clash_sentence(earlier, later))

    @api.model
    def _clash(self, one, other):
        """:return: bool, whether two periods of a mobile line have days in common; the
        same month of one contract line is a matter of its own index"""
        return (
            one.start <= other.end and other.start <= one.end and one[1:3] != other[1:3]
        )

    @api.model
    def _clash_sentence(self, one, other):
        line_of = self.env["contract.line"].browse
        return self.env._(
            "%(start)s to %(end)s of %(mobile)s would be billed twice: with “%(one)s” "
            "of %(contract)s (%(invoice)s) and with “%(other)s” of %(contract_2)s. End "
            "one of them on the day before the other begins.",
            start=format_date(self.env, max(one.start, other.start)),
            end=format_date(self.env, min(one.end, other.end)),
            mobile=self.env["mvno.line"].browse(one.mobile_id).display_name,
            one=line_of(one.contract_line_id).name,
            contract=line_of(one.contract_line_id).contract_id.name,
            invoice=self.env["account.move"].browse(one.move_id).display_name or "",
            other=line_of(other.contract_line_id).name,
            contract_2=line_of(other.contract_line_id).contract_id.name,
        )
