"""Say where a run of the tests spends its time.

    slowest.py RESULT.xml [RESULT.xml ...]

Prints, from pytest's JUnit files, the seconds of each file of results and the 40 slowest
tests of all of them. A class's set-up counts for its first test.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

MOST = 40


def main(paths):
    """:param list paths: of JUnit files"""
    tests = []
    for path in map(Path, paths):
        cases = list(ElementTree.parse(path).iter("testcase"))
        seconds = sum(float(case.get("time")) for case in cases)
        print(f"{seconds:8.1f} s  {path.stem}: {len(cases)} tests")
        tests += cases
    print()
    tests.sort(key=lambda case: -float(case.get("time")))
    for case in tests[:MOST]:
        name = f"{case.get('classname')}::{case.get('name')}"
        print(f"{float(case.get('time')):8.1f} s  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
