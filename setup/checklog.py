"""Find what an Odoo log says that it should not: warnings and errors.

    checklog.py LOG [--level ERROR] [--only REGEX]

Lines that match an expression of checklog-odoo.cfg are known and not ours. Exit code 1
when any other was found; they are printed with what follows them (a traceback).
"""

import argparse
import configparser
import re
import sys
from pathlib import Path

ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<text>.*)"
)
LEVELS = ("WARNING", "ERROR", "CRITICAL")


def entries(log):
    """Split a log.

    :param log: its lines
    :return: iterator of (level, logger and message, all lines of the entry)
    """
    level, text, lines = "", "", []
    for line in log:
        match = ENTRY.match(line)
        if match:
            if lines:
                yield level, text, lines
            level, text, lines = match["level"], match["text"], []
        lines.append(line)
    if lines:
        yield level, text, lines


def main():
    """:return: exit code"""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--level", choices=LEVELS, default="WARNING")
    parser.add_argument("--only", default="", help="regular expression for the logger")
    asked = parser.parse_args()
    config = configparser.ConfigParser(interpolation=None)
    config.read(Path(__file__).parent.parent / "checklog-odoo.cfg")
    known = [
        re.compile(expression.strip())
        for expression in config["checklog-odoo"]["ignore"].splitlines()
        if expression.strip()
    ]
    found = 0
    with asked.log.open(encoding="utf-8", errors="replace") as log:
        for level, text, lines in entries(log):
            if level not in LEVELS[LEVELS.index(asked.level) :]:
                continue
            if not re.match(asked.only, text):
                continue
            if any(expression.search(lines[0]) for expression in known):
                continue
            found += 1
            sys.stdout.writelines(lines)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
