# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers too large to hold: kept in a file, checked as a whole, read row by row."""

import ijson

from . import envelope
from .dialect import Unreadable


class StreamedAnswer:
    """The rows of an answer in a file, to be iterated one at a time.

    Iterating again reads it again. `problems` grows while iterating: what could not be
    used, as :class:`~.problems.Problem` items.

    :param file: binary file with the answer; must stay open.
    :param found: its :class:`StreamedEnvelope`, located.
    :param spoken: the :class:`~.dialect.Dialect`.
    """

    def __init__(self, file, found, spoken):
        self._file = file
        self._rows = found.rows
        self._spoken = spoken
        self.problems = []

    def _read(self):
        """Yield the rows as decoded from JSON, from the first one on."""
        self.problems.clear()
        self._file.seek(0)
        if self._rows is not None:
            yield from ijson.items(self._file, self._rows)


class StreamedEnvelope:
    """The envelope of an answer too large to hold, read in one complete pass.

    `outer` is the answer without its rows, `rows` the path of a row for ijson, None
    when there are none, `count` their number.

    :param file: binary file with the answer.
    :raise Unreadable: when it is not well-formed JSON to its last byte.
    """

    def __init__(self, file):
        self.outer = {}
        self.rows = None
        self.count = 0
        self._lists = {}
        self._strange = False
        broken = False
        try:
            self._scan(file)
        except (ijson.JSONError, ValueError, ArithmeticError):
            broken = True  # raised below: the parser's error quotes the answer
        if broken:
            raise Unreadable("it is cut or is not JSON")

    def _scan(self, file):
        for path, event, value in ijson.parse(file):
            if path in _SAID:
                self._note(path, event, value)
            elif path in _LISTS and event != "map_key":
                self._lists.setdefault(path, [event, 0])
            elif path in _ITEMS and event not in _NO_ROW:
                self._lists[_ITEMS[path]][1] += 1
                self._strange = self._strange or event != "start_map"

    def _note(self, path, event, value):
        """Keep a scalar of the envelope, or one of a list of sentences."""
        if event not in ("string", "number", "boolean", "null"):
            return
        level, _dot, key = path.removesuffix(".item").rpartition(".")
        said = self.outer.setdefault(level, {}) if level else self.outer
        if path.endswith(".item"):
            said.setdefault(key, []).append(value)
        else:
            said[key] = value

    def locate(self, *, objects_only=True):
        """Find the rows; `rows` and `count` are set then.

        :param objects_only: whether one row that is not an object spoils the answer.
        :raise Unreadable: when there is no list of rows (see :func:`.envelope.rows`),
            or one of them may not be there.
        """
        if objects_only and self._strange:
            raise Unreadable("an object was expected")
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
_SAID = {
    f"{level}{key}{item}"
    for level in ("", "data.")
    for key in ("codigo_status_tip", "msg_usuario", "message")
    for item in ("", ".item")
}
