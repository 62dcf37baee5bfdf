"""What must hold at the end: the journal against the requests, Odoo against TIP."""

from collections import Counter, defaultdict
from functools import cache

from odoo.addons.tip_mvno.models.command.mvno_command_settle import MOST_SENDS
from odoo.addons.tip_mvno.models.hold.mvno_line import STATE_OF_LEVEL

from ..platform.refusals import REFUSALS

BLOCKS = ("block_partial", "block_total")
REFUSED = REFUSALS["refused"][1]
# What is said of a request that was under way when its line was stolen.
NOT_WAITED_FOR = "block for theft or loss could not wait for it"
UNEXPLAINED = "for no known reason"
ENDED = ("done", "refused", "needs_decision", "cancelled")
# How many effects a request may have had, by its state at the end.
EFFECTS = {"done": (1,), "refused": (0,), "needs_decision": (0, 1), "cancelled": (0,)}
LINE_STATES = {
    "available": ("draft",),
    "in_use": ("active",),
    "blocked_partial": ("partially_blocked",),
    "blocked_total": ("blocked",),
    "cancelled": ("cancelled",),
}


def explained(requests, effects):
    """Find for each effect the one request that had it.

    Requests of one SIM card go out one after another, so effects come in their order;
    only one that was put before a person may have had its effect later.

    :param list requests: (operation, allowed numbers of effects) in order
    :param list effects: operations in order
    :return: bool
    """

    @cache
    def fits(first, left):
        if first == len(requests):
            return not left
        operation, allowed = requests[first]
        if 0 in allowed and fits(first + 1, left):
            return True
        if 1 not in allowed:
            return False
        # what may have come late is not bound to its place
        places = range(len(left) if 0 in allowed else min(1, len(left)))
        return any(
            left[place] == operation
            and fits(first + 1, left[:place] + left[place + 1 :])
            for place in places
        )

    return fits(0, tuple(effects))


class Check:
    """Compares what Odoo holds with what the platform's journal and world say.

    :param env: environment of the superuser
    :param platform: :class:`tests.platform.SimulatedPlatform`
    :param list line_ids: the campaign's lines
    """

    def __init__(self, env, platform, line_ids):
        self.lines = env["mvno.line"].browse(line_ids)
        self.commands = env["mvno.command"].search(
            [("line_id", "in", line_ids)], order="id"
        )
        self._platform = platform
        self._effects = defaultdict(list)
        for effect in platform.journal:
            if not effect.refused:
                self._effects[effect.iccid].append(effect)

    def unsettled(self):
        """:return: sentences on requests that did not come to an end"""
        return [
            f"{self._named(command)} is still {command.state}"
            for command in self.commands
            if command.state not in ENDED
        ]

    def unexplained(self):
        """:return: sentences on lines whose effects at the platform are not those of
        their requests: something happened twice, was lost, or was never asked for"""
        problems = []
        for line, commands in self.commands.grouped("line_id").items():
            effects = [
                effect.operation for effect in self._effects[line.simcard_id.iccid]
            ]
            requests = [
                (command.operation, self._allowed(command)) for command in commands
            ]
            if not explained(requests, effects):
                problems.append(
                    f"{line.simcard_id.iccid}: requests "
                    + ", ".join(self._named(command) for command in commands)
                    + "; effects "
                    + ", ".join(effects)
                )
        return problems

    @staticmethod
    def _allowed(command):
        if command.state == "cancelled" and command.attempts:
            # overtaken by a theft while nobody knew what became of it
            return (0, 1)
        return EFFECTS.get(command.state, (0, 1))

    def is_undecided(self, line):
        """:return: bool, whether only a person's decision can say what a line is: on
        its activation, or on a block that the platform does not tell from another"""
        undecided = line.command_ids.filtered(lambda c: c.state == "needs_decision")
        operations = set(undecided.mapped("operation"))
        told = self._platform.options.tell_blocks_apart
        return "activate" in operations or bool(operations & set(BLOCKS) and not told)

    def differing(self):
        """:return: {line: sentence} where Odoo and the platform do not agree"""
        problems = {}
        for line in self.lines:
            sim = self._platform.sim(line.simcard_id.iccid)
            told = []
            same = line.state in LINE_STATES[sim.status]
            if not same and not self.is_undecided(line):
                told.append(f"is {line.state} here, {sim.status} there")
            contract = sim.contract
            if contract and line.state not in ("draft", "activating"):
                plan = line.product_id.product_tmpl_id.mvno_plan_id.code
                for what, ours, theirs in (
                    ("plan", plan, contract.plan.code),
                    ("number", line.number, f"+55{contract.number}"),
                    ("contract", line.platform_contract, contract.code),
                ):
                    if ours != theirs:
                        told.append(f"{what} {ours} here, {theirs} there")
            if told:
                problems[line] = f"{sim.iccid} " + "; ".join(told)
        return problems

    def top_ups(self):
        """:return: sentences on lines whose data added is not what was settled"""
        problems = []
        asked = defaultdict(lambda: [0, 0])
        for command in self.commands:
            if command.operation == "top_up" and command.state == "done":
                asked[command.line_id][0] += command.quantity
            elif command.operation == "top_up" and command.state == "needs_decision":
                asked[command.line_id][1] += command.quantity
        for line, (sure, perhaps) in asked.items():
            added = self._platform.sim(line.simcard_id.iccid).contract.top_up_gb
            if not sure <= added <= sure + perhaps:
                problems.append(
                    f"{line.simcard_id.iccid}: {added} GB there, {sure} settled here"
                )
        return problems

    def unfulfilled(self):
        """:return: sentences on lines that are not what their holds say although
        nothing was refused or put before a person"""
        problems = []
        for line in self.lines:
            told = line._last_hold_request().state in ("refused", "needs_decision")
            if line.state in line._live_states and not told:
                if line.state != STATE_OF_LEVEL[line.hold_level]:
                    requests = ", ".join(
                        f"{self._named(command)} of holds {command.hold_version}"
                        for command in line.command_ids.sorted("id")[-6:]
                    )
                    problems.append(
                        f"{line.simcard_id.iccid} is {line.state}, its holds (number "
                        f"{line.hold_version}) say {line.hold_level}: {requests}"
                    )
        return problems

    def undecided(self):
        """:return: Counter of what a person must decide on, and why"""
        return Counter(
            f"{command.operation} ({self._why(command)})"
            for command in self.commands
            if command.state == "needs_decision"
        )

    def _why(self, command):
        if command.operation == "top_up":
            return "cannot be read back"
        if command.operation in BLOCKS and not self._platform.options.tell_blocks_apart:
            return "the platform does not tell which block it is"
        if command.attempts >= MOST_SENDS:
            return f"sent {MOST_SENDS} times without effect"
        if REFUSED in command.error:
            return "the platform refused to be read"
        if NOT_WAITED_FOR in command.error:
            return "a theft's block could not wait for it"
        said = ", ".join(command.transition_ids.sorted("id").mapped("event"))
        return f"{UNEXPLAINED}, {self._named(command)}: {said}; {command.error}"

    def counts(self):
        """:return: Counter of (operation, state)"""
        return Counter(self.commands.mapped(lambda c: (c.operation, c.state)))

    @staticmethod
    def _named(command):
        return f"{command.id}:{command.operation}={command.state}"
