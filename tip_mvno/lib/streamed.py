# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers too large to hold: kept in a file, checked as a whole, read row by row."""

import ijson

from . import envelope
from .dialect import Unreadable
from .problems import PROBLEMS_MAX, Problems

# Values of a row, which is held in memory; a busy line has some 100,000 in a month.
ROW_MAX = 1_000_000


class StreamedAnswer:
    """The rows of an answer in a file, to be iterated one at a time.

    Iterating again reads it again. `problems` grows while iterating, see
    :class:`~.problems.Problems`.

    :param file: binary file with the answer; must stay open.
    :param found: its :class:`StreamedEnvelope`, located.
    :param spoken: the :class:`~.dialect.Dialect`.
    """

    def __init__(self, file, found, spoken):
        self._file = file
        self._rows = found.rows
        self._spoken = spoken
        self.problems = Problems()

    def _read(self):
        """Yield the rows as decoded from JSON, from the first one on."""
        self.problems.clear()
        self._file.seek(0)
        if self._rows is not None:
            yield from ijson.items(self._file, self._rows)


class StreamedEnvelope:
    """The envelope of an answer too large to hold, read in one complete pass.

    `outer` is the answer without its rows, or the last of rows that are all refusals;
    `rows` the path of a row for ijson, None when there are none, `count` their number.

    :param file: binary file with the answer.
    :raise Unreadable: when it is not well-formed JSON to its last byte, a row is too
        large to hold, or too many are damaged.
    """

    def __init__(self, file):
        self.outer = {}
        self.rows = None
        self.count = 0
        self._lists = {}
        self._row, self._row_size = {}, 0
        self._odd, self._refusals = 0, 0
        broken = False
        try:
            self._scan(file)
        except _TooLarge as error:
            broken = str(error)
        except (ijson.JSONError, ValueError, ArithmeticError):
            broken = "it is cut or is not JSON"
        if broken:
            # raised here: the parser's error quotes the answer
            raise Unreadable(broken)
        rows = sum(count for _event, count in self._lists.values())
        if rows and rows == self._refusals:
            self.outer = self._row

    def _scan(self, file):
        for path, event, value in ijson.parse(file):
            self._row_size += 1
            if self._row_size > ROW_MAX:
                raise _TooLarge(f"a row of more than {ROW_MAX} values")
            if path in _SAID:
                self._note(path, event, value)
            elif path in _LISTS and event != "map_key":
                self._lists.setdefault(path, [event, 0])
            elif path in _ITEMS and event not in _NO_ROW:
                self._lists[_ITEMS[path]][1] += 1
                self._row, self._row_size = {}, 0
                self._note_row(is_odd=event != "start_map")
            elif path in _ITEMS and event == "end_map":
                self._refusals += envelope.is_refusal(self._row)
                # the end is all there is
                self._note_row(is_odd=self._row_size == 1)
            elif path in _SAID_BY_ROW:
                self._row[_SAID_BY_ROW[path]] = value

    def _note_row(self, is_odd):
        self._odd += is_odd
        if self._odd > PROBLEMS_MAX:
            raise _TooLarge(f"more than {PROBLEMS_MAX} parts of it are damaged")

    def _note(self, path, event, value):
        """Keep what the envelope says, or one of a list of sentences."""
        level, _dot, key = path.removesuffix(".item").rpartition(".")
        said = self.outer.setdefault(level, {}) if level else self.outer
        if key == "codigo_status_tip":
            # one that comes twice, or is no scalar, is neither a yes nor a no
            is_one = event not in _NO_SCALAR and said.get(key, value) == value
            said[key] = value if is_one else []
        elif event in _NO_SCALAR:
            return
        elif path.endswith(".item"):
            said.setdefault(key, []).append(value)
        else:
            said[key] = value

    def locate(self):
        """Find the rows; `rows` and `count` are set then.

        :raise Unreadable: when there is no list of rows (see :func:`.envelope.rows`).
        """
        for path, (event, count) in self._lists.items():
            if event == "start_array":
                self.rows = f"{path}.item" if path else "item"
                self.count = count
                return
        null = any(event == "null" for event, _count in self._lists.values())
        if not (null and envelope.declared(self.outer)):
            raise Unreadable("a list was expected")


# where the four envelopes keep their list, and what a row of it is called
_LISTS = {"", "results", "data", "data.results"}
_ITEMS = {f"{path}.item" if path else "item": path for path in _LISTS}
_NO_ROW = {"map_key", "end_map", "end_array"}
_NO_SCALAR = {"start_map", "end_map", "map_key", "start_array", "end_array"}
_KEYS = ("codigo_status_tip", "msg_usuario", "message")
_SAID = {
    f"{level}{key}{item}"
    for level in ("", "data.")
    for key in _KEYS
    for item in ("", ".item")
}
_SAID_BY_ROW = {f"{item}.{key}": key for item in _ITEMS for key in _KEYS}


class _TooLarge(Exception):
    """An answer that is not worth going on with."""
