"""`python -m tests.platform`: the simulated platform as a process of its own."""

import argparse
import signal
import sys
from datetime import datetime
from pathlib import Path
from threading import Event

from .simulated import DEFAULT_TOKEN, SimulatedPlatform


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.platform",
        description="Simulated TIP platform, on loopback only. Prints its URL.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="0: a free one (default)")
    add("--host", default="127.0.0.1", help="a loopback address")
    add("--token", default=DEFAULT_TOKEN, help=f"default: {DEFAULT_TOKEN}")
    add("--seed", type=int, default=1)
    add("--faults", type=Path, metavar="FILE", help="plan of faults, JSON")
    add(
        "--clock",
        type=datetime.fromisoformat,
        metavar="ISO",
        help="the platform's moment at the start (without offset: São Paulo)",
    )
    add("--rpm", type=int, default=60, help="calls in any 60 s; 0: no limit")
    add("--sims", type=int, default=160, help="SIM cards in the stock")
    add("--lines", type=int, default=0, help="further SIMs with an active line")
    add("--events-per-line", type=int, metavar="M", help="usage events a month")
    add("--plain", action="store_true", help="no variation in the answers' form")
    return parser


def main() -> int:
    """Serve until SIGINT or SIGTERM.

    :return: exit code
    """
    parser = _arguments()
    asked = parser.parse_args()
    try:
        platform = SimulatedPlatform(
            asked.token,
            asked.seed,
            asked.sims,
            asked.rpm,
            asked.clock,
            lines=asked.lines,
            faults=asked.faults,
            host=asked.host,
            port=asked.port,
            events_per_line=asked.events_per_line,
            plain=asked.plain,
        )
    except (OSError, ValueError) as error:
        parser.error(str(error))
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with platform:
        sys.stdout.write(f"{platform.url}\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
