"""What a campaign was and what came of it, for a person to read."""

from collections import Counter

STATES = ("done", "refused", "needs_decision", "cancelled")


def _table(head, rows):
    widths = [max(len(str(row[i])) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        first, *others = (str(cell) for cell in row)
        yield "  ".join(
            [first.ljust(widths[0])]
            + [
                cell.rjust(width)
                for cell, width in zip(others, widths[1:], strict=True)
            ]
        )


def _listed(counter):
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def _requests(counts):
    operations = sorted({operation for operation, _state in counts})
    rows = [
        [operation, *(counts[operation, state] for state in STATES)]
        for operation in operations
    ]
    sums = [sum(row[place] for row in rows) for place in range(1, len(STATES) + 1)]
    return _table(["request", *STATES], [*rows, ["together", *sums]])


def _faults(calls, faults):
    yield from _table(
        ["call", "number", "faults", "%"],
        [
            [operation, count, faulty, f"{100 * faulty / count:.0f}"]
            for operation, count in calls.most_common()
            for faulty in [sum(faults[operation].values())]
        ],
    )
    yield "faults: " + _listed(sum(faults.values(), Counter()))


def report(campaign):
    """:param campaign: :class:`tests.campaign.campaign.Campaign` that has run
    :return: iterator of lines
    """
    plan, figures = campaign.plan, campaign.figures
    yield (
        f"seed {plan.seed}, plan {campaign.digest}: {sum(campaign.counts.values())} "
        f"requests over {plan.lines} lines, {plan.workers} workers, {figures['kills']} "
        "of them killed"
    )
    yield ""
    yield from _requests(campaign.counts)
    yield ""
    yield from _faults(campaign.calls, campaign.faults)
    yield ""
    yield "asked for: " + _listed(campaign.asked)
    yield "refused by Odoo itself: " + (_listed(campaign.not_possible) or "nothing")
    yield "put before a person: " + (_listed(campaign.undecided) or "nothing")
    yield f"stolen while a decision stood open, and blocked: {figures['stolen']}"
    yield (
        f"effects at the platform: {figures['effects']}; calls: {figures['calls']}, "
        f"{figures['busiest']} in the busiest minute"
    )
    yield "seconds: " + ", ".join(
        f"{name} {seconds:.0f}" for name, seconds in campaign.timings.items()
    )
    yield ""
    yield from campaign.problems or ["everything holds"]
