"""``python -m tests.campaign --commands 10000 --seed 7``"""

import argparse
import os
import sys
from pathlib import Path

from ..sizes import SIZES

SETUP = Path(__file__).resolve().parents[2] / "setup" / "campaign"


def main():
    """Run one campaign and print its report.

    :return: exit code, 0 when everything holds
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaign", description=sys.modules[__package__].__doc__
    )
    add = parser.add_argument
    requests, lines = SIZES["requests of the campaign"], SIZES["lines of the campaign"]
    add("--commands", type=int, default=requests.full, help="requests to reach")
    add("--lines", type=int, default=lines.full)
    add("--workers", type=int, default=2)
    add("--seed", type=int, default=1)
    add(
        "--untold-blocks",
        action="store_true",
        help="the platform says BLOQUEADO only, not which block it is",
    )
    asked = parser.parse_args()
    if "MVNO_TEST_TEMPLATE" not in os.environ:
        # makes the environment and the database, and comes back here
        os.execv(SETUP, [str(SETUP), *sys.argv[1:]])
    return _run(asked)


def _run(asked):
    # only now is there an Odoo to import, and our addons by its configuration
    from odoo.modules.module import initialize_sys_path
    from odoo.tools import config

    config.parse_config(["-c", os.environ["ODOO_RC"], "--log-level=critical"])
    initialize_sys_path()
    from .campaign import Campaign
    from .plan import Plan
    from .report import report

    plan = Plan(asked.seed, asked.commands, asked.lines, asked.workers)
    campaign = Campaign(plan, print, tell_blocks_apart=not asked.untold_blocks).run()
    print(*report(campaign), sep="\n")
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
