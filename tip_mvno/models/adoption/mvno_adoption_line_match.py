# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import Command, api, models
from odoo.tools import SQL

from ...lib import SimStatus
from ...tools.brazil import clean_document
from ...tools.simcard import iccid_stem, same_card
from .mvno_adoption_line import ENDED


class MvnoAdoptionLine(models.Model):
    """What of the platform's lines is here already, found for many at once.

    The work is done on values, before the records are written.
    """

    _inherit = "mvno.adoption.line"

    @api.model
    def _complete(self, adoption, rows):
        """Add to each line's values what is here of it, and the proposals.

        :param adoption: ``mvno.adoption`` record
        :param rows: dicts as :meth:`_platform_values` gives them; they are changed
        """
        platform = adoption.platform_id
        simcards = self._simcards_here(platform, rows)
        lines_here = _LinesHere(self.env, platform, rows)
        partners = self._partners_here(platform.company_id, rows)
        products = self._plan_products(platform, {row["plan_name"] for row in rows})
        for row in rows:
            simcard = simcards.get(row["iccid"])
            line, problem = lines_here.find(row)
            if not line and row["status"] not in ENDED:
                if row["status"] == "unknown":
                    problem = "unknown_status"
                elif not row["iccid"]:
                    problem = "no_iccid"
            active, archived = partners.get(row["document"], ((), ()))
            sold_by = products[row["plan_name"]]
            candidates = [] if len(active) == 1 else [*(active or archived)]
            row.update(
                {
                    "status": self._status_by_stock(row, simcard),
                    "simcard_id": simcard.id if simcard else False,
                    "line_id": line.id if line else False,
                    "problem": problem,
                    "candidate_ids": [Command.set(candidates)],
                    "partner_id": active[0] if len(active) == 1 else False,
                    "product_id": sold_by.id if len(sold_by) == 1 else False,
                    "product_count": len(sold_by),
                }
            )

    @api.model
    def _status_by_stock(self, row, simcard):
        """The list of subscribers may not tell how a line is blocked; the stock does.

        :return: key of ``STATUSES``
        """
        told = SimStatus.from_wire(row["platform_status"])
        if told != SimStatus.BLOCKED or not simcard:
            return row["status"]
        seen = SimStatus.from_wire(simcard.platform_status or "")
        partial = seen == SimStatus.PARTIALLY_BLOCKED
        return "partially_blocked" if partial else row["status"]

    @api.model
    def _simcards_here(self, platform, rows):
        """:return: dict of ICCID as told: ``mvno.simcard`` record"""
        told = {row["iccid"]: True for row in rows if row["iccid"]}
        found, _ambiguous, _unknown = self.env["mvno.simcard"]._match_prints(
            list(told), platform
        )
        return found

    @api.model
    def _partners_here(self, company, rows):
        """Find customers by CPF or CNPJ, however it is written.

        :return: dict of document: (ids of active customers, ids of archived ones)
        """
        documents = {row["document"] for row in rows if row["document"]}
        written = SQL("UPPER(REGEXP_REPLACE(res_partner.vat, '[^0-9A-Za-z]', '', 'g'))")
        partners = self.env["res.partner"]
        partners.flush_model(["vat", "active", "company_id", "commercial_partner_id"])
        found = defaultdict(lambda: (set(), set()))
        for document, partner_id, active in self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT %(written)s, commercial.id, commercial.active
                  FROM res_partner
                  JOIN res_partner commercial
                    ON commercial.id = res_partner.commercial_partner_id
                 WHERE %(written)s = ANY(%(documents)s)
                   AND (commercial.company_id IS NULL
                        OR commercial.company_id = %(company_id)s)
                """,
                written=written,
                documents=[*documents, *(f"BR{number}" for number in documents)],
                company_id=company.id,
            )
        ):
            found[document.removeprefix("BR")][not active].add(partner_id)
        return {
            document: tuple(map(sorted, partner_ids))
            for document, partner_ids in found.items()
        }

    @api.model
    def _plan_products(self, platform, names):
        """:return: dict of plan text: ``product.product`` records that sell the plan"""
        plans = platform.with_context(active_test=False).plan_ids
        products = self.env["product.product"].search(
            [("is_telephony", "=", True), ("mvno_platform_id", "=", platform.id)]
        )
        called = {
            name: plans.filtered(lambda plan, name=name: plan._is_called(name))
            for name in names
        }
        return {
            name: products.filtered(
                lambda product, found=found: product.mvno_plan_id in found
            )
            for name, found in called.items()
        }

    @api.model
    def _mark_twice(self, adoption):
        """Put in conflict what the platform lists more than once as being in service.

        :param adoption: ``mvno.adoption`` record
        """
        domain = [("adoption_id", "=", adoption.id), ("is_adopted", "=", False)]
        self.search([*domain, ("problem", "=", "twice")]).problem = False
        twice = self.browse()
        for name in ("platform_contract", "iccid"):
            groups = self._read_group(
                [
                    *domain,
                    ("skip", "=", False),
                    ("status", "not in", ENDED),
                    (name, "not in", (False, "")),
                ],
                [name],
                ["id:recordset"],
                having=[("__count", ">", 1)],
            )
            for _value, lines in groups:
                twice |= lines
        twice.filtered(lambda line: not line.problem).problem = "twice"


class _LinesHere:
    """The mobile lines of a platform that may be those the platform tells."""

    def __init__(self, env, platform, rows):
        def told(name):
            return [row[name] for row in rows if row[name]]

        lines = env["mvno.line"].search(
            [
                ("platform_id", "=", platform.id),
                "|",
                "|",
                ("platform_contract", "in", told("platform_contract")),
                ("simcard_id.iccid_stem", "in", [*map(iccid_stem, told("iccid"))]),
                ("number", "in", told("number")),
            ],
            order="id",
        )
        live = lines.filtered(lambda line: line.state != "cancelled")
        self._by_contract = {line.platform_contract: line for line in live}
        self._by_number = {line.number: line for line in live}
        self._by_stem = live.grouped(lambda line: line.simcard_id.iccid_stem)
        self._ended = {line.platform_contract: line for line in lines - live}

    def find(self, row):
        """:param dict row: values of a line as told
        :return: (``mvno.line`` record or None, code of what contradicts or False)"""
        contract, iccid = row["platform_contract"], row["iccid"]
        line = contract and self._by_contract.get(contract)
        if line:
            if iccid and not same_card(iccid, line.simcard_id.iccid or ""):
                return line, "other_simcard"
            return line, self._holder_problem(line, row)
        line = iccid and self._with_simcard(iccid)
        if line:
            if line.state == "draft":
                return line, "draft_line"
            if contract and line.platform_contract:
                return line, "other_contract"
            return line, self._holder_problem(line, row)
        line = row["number"] and self._by_number.get(row["number"])
        if line:
            return line, "other_number"
        line = contract and self._ended.get(contract)
        return (line, "cancelled_here") if line else (None, False)

    def _with_simcard(self, iccid):
        same = [
            line
            for line in self._by_stem.get(iccid_stem(iccid), ())
            if same_card(iccid, line.simcard_id.iccid)
        ]
        same.sort(key=lambda line: line.simcard_id.iccid != iccid)
        return same[0] if same else None

    def _holder_problem(self, line, row):
        here = clean_document(line.partner_id.commercial_partner_id.vat)
        here = here.removeprefix("BR")
        differs = here and row["document"] and here != row["document"]
        return "other_holder" if differs else False
