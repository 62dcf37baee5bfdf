# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from odoo import api, models

# Bytes of events copied at once: some 20,000 events, about a second's work.
CHUNK = 4 * 1024**2

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None}
)
_NULL = b"\\N"


class MvnoUsageEvent(models.Model):
    """What the platform tells of a month, on its way to the events.

    It is copied into temporary tables of this connection, which outlive a commit; from
    there ``mvno_usage_event_merge.py`` brings it to its place. Nothing here commits.
    """

    _inherit = "mvno.usage.event"

    @api.model
    def _begin_load(self):
        """Make room for what the platform tells: a connection may have been left
        with an unfinished load."""
        self._end_load()
        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE mvno_told_event (
                platform_contract text NOT NULL,
                number text NOT NULL,
                kind text NOT NULL,
                started_at timestamp,
                seconds numeric NOT NULL,
                upload_mb numeric NOT NULL,
                download_mb numeric NOT NULL,
                called_number text NOT NULL,
                amount numeric,
                digest text NOT NULL
            );
            CREATE TEMPORARY TABLE mvno_told_line (
                platform_contract text NOT NULL,
                number text NOT NULL
            )
            """
        )

    @api.model
    def _end_load(self):
        """Give back the room of a load."""
        self.env.cr.execute(
            """
            DROP TABLE IF EXISTS pg_temp.mvno_told_event;
            DROP TABLE IF EXISTS pg_temp.mvno_told_line;
            DROP TABLE IF EXISTS pg_temp.mvno_told_match
            """
        )

    @api.model
    def _load(self, usage):
        """Copy a month's statement beside the events, a chunk at a time.

        :param usage: ``lib.DetailedUsage``, or any iterable of ``lib.UsageLine``
        :return: generator of the number of lines read so far; commit between its
            steps if you like
        :raise Unavailable: when the statement turns out to be malformed
        """
        events, lines, count = io.BytesIO(), io.BytesIO(), 0
        for count, line in enumerate(usage, 1):
            owner = b"\t".join(map(_text, (line.platform_contract, line.number)))
            lines.write(owner + b"\n")
            for event in line.events:
                events.write(b"\t".join((owner, *_columns(event))) + b"\n")
            if events.tell() + lines.tell() > CHUNK:
                self._copy(events, lines)
                yield count
        self._copy(events, lines)
        yield count

    def _copy(self, events, lines):
        for table, buffer in (("mvno_told_event", events), ("mvno_told_line", lines)):
            buffer.seek(0)
            self.env.cr.copy_expert(f"COPY pg_temp.{table} FROM STDIN", buffer)
            buffer.seek(0)
            buffer.truncate()


def _columns(event):
    """An event's own columns as COPY reads them, in the table's order."""
    started_at = event.started_at
    return (
        event.kind.encode(),
        str(started_at.replace(microsecond=0, tzinfo=None)).encode()
        if started_at
        else _NULL,
        str(event.seconds).encode(),
        str(event.upload_mb).encode(),
        str(event.download_mb).encode(),
        _text(event.called_number),
        _NULL if event.amount is None else str(event.amount).encode(),
        event.digest.encode(),
    )


def _text(value):
    return value.translate(_ESCAPES).encode(errors="replace")
