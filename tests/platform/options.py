"""What may be set on a simulated platform, at the start or while it runs."""

from dataclasses import dataclass, fields
from typing import Any

ENVELOPES = ("results", "data", "nested", "bare")


@dataclass
class Options:
    """Settings of a platform's behaviour; every one may change while it runs.

    :param rpm: calls one token may make in any 60 s of real time; None or 0: no limit
    :param plain: no variation on the wire: `results` envelopes, numbers as numbers,
        canonical texts, no unknown fields, no field left out
    :param envelope: one of ENVELOPES for every list; None: the seed says
    :param numbers: "number" or "text" for every number; None: the seed says
    :param shuffle: give the lines and events of a statement in another order each time
    :param tell_blocks_apart: `BLOQUEADO PARCIAL`/`BLOQUEADO TOTAL`, not `BLOQUEADO`
    :param strict_blocks: refuse any block of a blocked line, also partial to total
    :param untold_numbers: share of activations whose answer lacks the number
    :param untold_reads: reads of the SIM that do not tell such a number yet
    :param events_per_line: events of a line in a whole month; None: the seed says
    """

    rpm: int | None = 60
    plain: bool = False
    envelope: str | None = None
    numbers: str | None = None
    shuffle: bool = False
    tell_blocks_apart: bool = False
    strict_blocks: bool = False
    untold_numbers: float = 0.25
    untold_reads: int = 1
    events_per_line: int | None = None

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """:raise ValueError: when an option has a value it cannot have"""
        if self.envelope not in (None, *ENVELOPES):
            raise ValueError(f"envelope must be one of {', '.join(ENVELOPES)}")
        if self.numbers not in (None, "number", "text"):
            raise ValueError("numbers must be number or text")

    def change(self, values: dict[str, Any]) -> None:
        """Set some of the options.

        :param values: by name
        :raise ValueError: for an unknown name or a bad value; nothing is changed then
        """
        unknown = values.keys() - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"unknown option: {', '.join(sorted(unknown))}")
        before = dict(vars(self))
        vars(self).update(values)
        try:
            self.check()
        except ValueError:
            vars(self).update(before)
            raise
