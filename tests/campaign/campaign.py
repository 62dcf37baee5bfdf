"""One campaign from the first order to the last comparison."""

import re
import time
from collections import Counter, defaultdict
from contextlib import ExitStack

from odoo.tests import new_test_user

from ..platform import SimulatedPlatform
from ..processes import Nursery, own_database, transaction
from ..provider import TOKEN, Provider, without_limit
from .check import ENDED, UNEXPLAINED, Check
from .clerk import Clerk
from .crew import Crew

LINES_OF_A_CUSTOMER = 5
PLANS = ("101", "102", "103", "0104")
# Settings of the platform that let a campaign end in minutes.
HASTE = {"call_deadline": 1, "settle_first_read": 0, "settle_seconds": 4}
# Seconds without any progress after which a campaign has failed.
PATIENCE = 120
# Lines that wait for the platform; one whose activation a person must decide does not.
PENDING = [
    ("state", "=", "activating"),
    (
        "command_ids",
        "not any",
        [("operation", "=", "activate"), ("state", "=", "needs_decision")],
    ),
]
# Looks, 0.2 s apart, that find nothing under way: each worker came round meanwhile.
QUIET_ROUNDS = 15
READ_AT_ONCE = 10
STOLEN = 5
MOST_ERRORS = 10
# An error our addons logged, with its traceback: what begins no entry belongs to it.
ENTRY = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ "
OUR_ERROR = re.compile(
    rf"^{ENTRY}\d+ (?:ERROR|CRITICAL) .*odoo\.addons\.tip_mvno.*(?:\n(?!{ENTRY}).*)*",
    re.M,
)


class Campaign:
    """Runs a plan.

    :param plan: :class:`tests.campaign.plan.Plan`
    :param tell: called with the name of each step
    :param options: of the simulated platform
    """

    def __init__(self, plan, tell=lambda step: None, **options):
        self.plan, self._tell, self._options = plan, tell, options
        #: Everything that must not be; empty after a good run.
        self.problems = []
        #: Requests by (operation, state), calls and their faults by operation.
        self.counts, self.calls = Counter(), Counter()
        self.faults = defaultdict(Counter)
        #: What the clerk asked for, what Odoo refused, what a person must decide.
        self.asked, self.not_possible, self.undecided = Counter(), Counter(), Counter()
        self.figures, self.timings = {}, {}
        self.digest = ""

    def run(self):
        """:return: itself, with ``problems`` and figures"""
        with ExitStack() as stack:
            self._database = stack.enter_context(own_database())
            self._platform = stack.enter_context(
                SimulatedPlatform(
                    token=TOKEN,
                    seed=self.plan.seed,
                    sims=self.plan.lines * 3 // 2 + 20,
                    rpm=None,
                    **self._options,
                )
            )
            self._timed("prepare", self._prepare)
            with transaction(self._database) as env:
                # for the clicks that are sent from here
                stack.enter_context(without_limit(env.registry))
            self._platform.reset_log()
            self._platform.faults.set_draw(self.plan.fault)
            nursery = stack.enter_context(Nursery(self._database))
            self._crew = stack.enter_context(Crew(nursery, self.plan, self._platform))
            self._timed("orders", self._order)
            self._timed("settling", self._drain)
            self._compare_as_settled()
            self._timed("reading", self._read_all)
            self._compare_as_read()
            self._timed("theft", self._steal)
            self._count()
            self.problems += OUR_ERROR.findall(nursery.log())[:MOST_ERRORS]
        return self

    def _timed(self, name, step):
        self._tell(name)
        began = time.monotonic()
        step()
        self.timings[name] = time.monotonic() - began

    # === STEPS === #

    def _prepare(self):
        """Lines to activate, sold and saved as an attendant does."""
        with transaction(self._database) as env:
            provider = Provider(env, self._platform, **HASTE)
            provider.synchronize()
            products = [provider.sell_plan(code) for code in PLANS]
            lines = env["mvno.line"]
            for first in range(0, self.plan.lines, LINES_OF_A_CUSTOMER):
                count = min(LINES_OF_A_CUSTOMER, self.plan.lines - first)
                sold = [products[(first + i) % len(products)] for i in range(count)]
                lines |= provider.draft_lines(provider.customer(first), sold)
            attendant = new_test_user(
                env, "atendente", "base.group_user,tip_mvno.group_attendant"
            )
            self._line_ids = lines.ids
            self.digest = self.plan.digest(lines.simcard_id.mapped("iccid"))
            product_ids = [product.id for product in products]
            self._clerk = Clerk(
                self.plan,
                lines.ids,
                product_ids,
                provider.sell_top_up().id,
                attendant.id,
            )

    def _order(self):
        """Have the clerk ask until there are as many requests as planned."""
        while True:
            self._crew.check()
            with transaction(self._database) as env:
                if env["mvno.command"].search_count([]) >= self.plan.commands:
                    return
                placed = self._clerk.round(env)
            if not placed:
                time.sleep(0.1)

    def _drain(self):
        """Wait until every request has come to an end and nothing follows from it."""
        seen, since, quiet = None, time.monotonic(), 0
        while quiet < QUIET_ROUNDS:
            self._crew.check()
            with transaction(self._database) as env:
                requests = env["mvno.command"].search([("state", "not in", ENDED)])
                lines = env["mvno.line"].search(PENDING)
                now = requests.mapped(lambda one: (one.id, one.state)), lines.ids
            # what a worker left to the scheduler is asked for in its next round
            quiet = 0 if any(now) else quiet + 1
            if now != seen:
                seen, since = now, time.monotonic()
            elif any(now) and time.monotonic() - since > PATIENCE:
                self.problems.append(f"for ever under way: requests and lines {now}")
                return
            time.sleep(0.2)

    def _read_all(self):
        """Read every line as a person would; what follows is settled, too."""
        self._platform.faults.clear()
        for first in range(0, len(self._line_ids), READ_AT_ONCE):
            with transaction(self._database) as env:
                line_ids = self._line_ids[first : first + READ_AT_ONCE]
                for line in env["mvno.line"].browse(line_ids):
                    line.action_refresh()
        self._drain()

    def _steal(self):
        """A theft is followed although a decision stands open."""
        with transaction(self._database) as env:
            self._undecided_lines(env, "blocked").hold_ids._lift()
        self._drain()
        with transaction(self._database) as env:
            stolen = self._undecided_lines(env, "active", "partially_blocked")[:STOLEN]
            stolen.action_block_total("theft")
            stolen_ids = stolen.ids
        self._drain()
        self.figures["stolen"] = len(stolen_ids)
        with transaction(self._database) as env:
            for line in env["mvno.line"].browse(stolen_ids):
                status = self._platform.sim(line.simcard_id.iccid).status
                if status != "blocked_total":
                    self.problems.append(f"{line.simcard_id.iccid}: stolen, {status}")
            check = Check(env, self._platform, stolen_ids)
            self.problems += check.differing().values()

    def _undecided_lines(self, env, *states):
        """:return: the lines in one of these states on which a person must decide"""
        undecided = env["mvno.command"].search([("state", "=", "needs_decision")])
        return undecided.line_id.filtered(lambda line: line.state in states)

    # === COMPARISONS === #

    def _compare_as_settled(self):
        """The requests alone must have brought both sides together."""
        with transaction(self._database) as env:
            check = Check(env, self._platform, self._line_ids)
            self.problems += check.unsettled()
            self.problems += check.unexplained()
            self.problems += check.top_ups()
            self.problems += check.unfulfilled()
            for line, sentence in check.differing().items():
                if "needs_decision" not in line.command_ids.mapped("state"):
                    self.problems.append(f"before it was read again: {sentence}")
            self.undecided = check.undecided()
            self.problems += [one for one in self.undecided if UNEXPLAINED in one]

    def _compare_as_read(self):
        """Where a person must decide, reading the line brings them together."""
        with transaction(self._database) as env:
            check = Check(env, self._platform, self._line_ids)
            self.problems += check.unsettled()
            self.problems += check.differing().values()
            self.counts = check.counts()

    def _count(self):
        for call in self._platform.requests:
            self.calls[call.operation] += 1
            if call.fault:
                self.faults[call.operation][call.fault] += 1
        self.asked, self.not_possible = self._clerk.asked, self._clerk.not_possible
        self.figures |= {
            "kills": self._crew.kills,
            "effects": len(self._platform.journal),
            "calls": sum(self.calls.values()),
            "busiest": self._platform.busiest_minute,
        }
