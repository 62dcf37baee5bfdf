# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import SimStatus, SubscriberContract
from ...tools.brazil import is_other_document
from ...tools.bulk import run_over_rows
from ...tools.simcard import iccid_stem, same_card

CHUNK = 2000
LIVE_STATUSES = (
    SimStatus.IN_USE,
    SimStatus.BLOCKED,
    SimStatus.PARTIALLY_BLOCKED,
    SimStatus.TOTALLY_BLOCKED,
)
COLUMNS = {
    "platform_id": "integer",
    "iccid": "text",
    "iccid_stem": "text",
    "platform_contract": "text",
    "number": "text",
    "status": "text",
    "raw_status": "text",
    "plan": "text",
    "document": "text",
    "holder": "text",
    "is_live": "boolean",
    "claimed": "boolean",
}


class MvnoDriftSeen(models.Model):
    """A line as the platform listed it, kept while a comparison is under way.

    The platform answers for all lines in one call, the comparison goes through ours in
    slices: this is where the answer waits. It holds people's documents, so it is
    emptied as soon as the comparison ends.
    """

    _name = "mvno.drift.seen"
    _description = "Line as the platform listed it"
    _log_access = False

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, ondelete="cascade", readonly=True
    )
    iccid = fields.Char(string="ICCID", readonly=True)
    iccid_stem = fields.Char(
        index=True, readonly=True, help="What both prints of the SIM card share."
    )
    platform_contract = fields.Char(index=True, readonly=True)
    number = fields.Char(index=True, readonly=True)
    status = fields.Char(readonly=True, help="A value of the lib's SimStatus.")
    raw_status = fields.Char(readonly=True)
    plan = fields.Char(readonly=True)
    document = fields.Char(readonly=True)
    holder = fields.Char(readonly=True)
    is_live = fields.Boolean(readonly=True)
    claimed = fields.Boolean(
        readonly=True, help="A line here is this one, or may be while it is activated."
    )

    @api.model
    def _forget(self, platform):
        """Drop what was kept of a platform's answer."""
        self.env.cr.execute(
            "DELETE FROM mvno_drift_seen WHERE platform_id = %s", [platform.id]
        )
        self.invalidate_model()

    @api.model
    def _store_answer(self, platform, subscribers):
        """Keep a platform's answer in the place of the one before.

        :param platform: ``mvno.platform`` record
        :param subscribers: ``lib.Subscribers``, or any iterable of ``lib.Subscriber``;
            gone through once, memory holds a chunk
        :return: number of lines kept
        """
        self._forget(platform)
        count, chunk = 0, []
        for subscriber in subscribers:
            for contract in subscriber.contracts:
                chunk.append(
                    (
                        platform.id,
                        contract.iccid or None,
                        iccid_stem(contract.iccid) or None,
                        contract.platform_contract or None,
                        contract.number or None,
                        contract.status.value,
                        contract.raw_status or None,
                        contract.plan or None,
                        subscriber.document or None,
                        subscriber.name or None,
                        contract.status in LIVE_STATUSES,
                        False,
                    )
                )
            if len(chunk) >= CHUNK:
                count += self._insert(chunk)
                chunk = []
        return count + self._insert(chunk)

    @api.model
    def _insert(self, rows):
        if rows:
            columns = SQL(", ").join(map(SQL.identifier, COLUMNS))
            run_over_rows(
                self.env.cr,
                "Lines as the platform listed them",
                COLUMNS,
                rows,
                SQL(
                    """
                    INSERT INTO mvno_drift_seen (%(columns)s)
                    SELECT %(columns)s FROM pg_temp.mvno_rows ORDER BY place
                    """,
                    columns=columns,
                ),
            )
        return len(rows)

    @api.model
    def _contracts(self, platform):
        """:return: generator of (document, ``lib.SubscriberContract``) of a platform's
        lines in service, a chunk in memory"""
        last_id = 0
        while rows := self.search(
            [
                ("platform_id", "=", platform.id),
                ("is_live", "=", True),
                ("id", ">", last_id),
            ],
            order="id",
            limit=CHUNK,
        ):
            for row in rows:
                yield row.document or "", row._contract()
            last_id = rows[-1].id

    def _contract(self):
        self.ensure_one()
        return SubscriberContract(
            iccid=self.iccid or "",
            platform_contract=self.platform_contract or "",
            number=self.number or "",
            status=self._sim_status(),
            raw_status=self.raw_status or "",
            plan=self.plan or "",
        )

    # === MATCHING WITH LINES HERE === #

    @api.model
    def _of_lines(self, lines):
        """:return: what the platform listed about these lines of one platform: by
        contract, SIM card or number"""
        return self.search(
            [
                ("platform_id", "in", lines.platform_id.ids),
                "|",
                "|",
                ("platform_contract", "in", _known(lines, "platform_contract")),
                ("iccid_stem", "in", _known(lines.simcard_id, "iccid_stem")),
                ("number", "in", _known(lines, "number")),
            ],
            order="is_live DESC, id DESC",
        )

    def _is_sim(self, iccid):
        """:return: bool, whether this is listed on a SIM card, whatever its print"""
        return bool(self.iccid and iccid) and same_card(self.iccid, iccid)

    def _is_held_by(self, document):
        """:return: bool, whether a document may be the holder's"""
        return not is_other_document(self.document, document)

    def _sim_status(self):
        """:return: ``lib.SimStatus``"""
        return SimStatus(self.status)


def _known(records, name):
    return [value for value in records.mapped(name) if value]


class Listed:
    """What the platform listed about some lines, each row given to one line at most.

    :param seen: ``mvno.drift.seen`` records, those in service first
    :param taken: contracts of lines here that are not among these lines
    """

    def __init__(self, seen, taken=()):
        self._by_contract = defaultdict(list)
        self._by_stem = defaultdict(list)
        self._by_number = defaultdict(list)
        for row in seen:
            self._by_contract[row.platform_contract].append(row)
            if row.platform_contract not in taken:
                self._by_stem[row.iccid_stem].append(row)
                self._by_number[row.number].append(row)
        self._given = {row.id for row in seen if row.claimed}

    def match(self, documents):
        """Find the row that each line is. The contract decides before everything else:
        only what is nobody's by its contract may be a line's by SIM card or number.

        :param dict documents: {``mvno.line`` record: its holder's document}
        :return: dict {line: row}, of the lines that are listed
        """
        found = {}
        for line in documents:
            self._give(found, line, self._of_contract(line, live=True))
        for line, document in documents.items():
            if line not in found:
                self._give(found, line, self._likely(line, document))
        return found

    def _give(self, found, line, rows):
        if rows:
            found[line] = rows[0]
            self._given.add(rows[0].id)

    def _of_contract(self, line, live=False):
        rows = self._free(self._by_contract, line.platform_contract)
        return [row for row in rows if row.is_live or not live]

    def _likely(self, line, document):
        """:return: rows that may be a line whose contract is not in service"""
        of_sim = [
            row
            for row in self._free(self._by_stem, line.simcard_id.iccid_stem)
            if row._is_sim(line.simcard_id.iccid)
        ]
        of_number = self._free(self._by_number, line.number)
        live = [
            row
            for row in (*of_sim, *of_number)
            if row.is_live and row._is_held_by(document)
        ]
        return (
            live
            or self._of_contract(line)
            or [row for row in of_sim if row.is_live]
            or [
                row
                for row in of_sim
                if not (line.platform_contract and row.platform_contract)
            ]
        )

    def _free(self, rows, key):
        return [row for row in rows[key] if row.id not in self._given] if key else []
