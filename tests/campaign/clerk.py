"""The person who wants things done: puts wish after wish for every line."""

from collections import Counter

from odoo.exceptions import UserError, ValidationError
from odoo.service.model import retrying
from odoo.tools import split_every

# Wishes of one transaction: so many requests are left to the workers.
BATCH = 20
FOR_FREE_LINES = ("change_plan", "top_up")
OPEN = ("pending", "sent", "unknown")


class Clerk:
    """Turns a plan's wishes into the clicks of an attendant.

    :param plan: :class:`tests.campaign.plan.Plan`
    :param list line_ids: the ``mvno.line`` records, in the plan's order
    :param list product_ids: the telephony plans to change between
    :param int top_up_id: what is charged for a top-up
    :param int user_id: the attendant
    """

    def __init__(self, plan, line_ids, product_ids, top_up_id, user_id):
        self._plan, self._line_ids = plan, line_ids
        self._product_ids, self._user_id = product_ids, user_id
        self._top_up_id = top_up_id
        self._next = Counter()
        #: What was asked for, and what Odoo said no to by itself.
        self.asked, self.not_possible = Counter(), Counter()

    def round(self, env):
        """Place the next wish of every line that is ready for one.

        :param env: a fresh environment of the superuser; it is committed
        :return: number of wishes placed
        """
        env = env(user=self._user_id)
        placed = 0
        for batch in split_every(BATCH, self._ready(env), list):
            clicks = [(line, wish) for line, wish in batch if wish.click]
            for one in clicks:
                placed += self._commit(env, [one])
            placed += self._commit(env, [one for one in batch if not one[1].click])
        return placed

    def _ready(self, env):
        """:return: (line, wish) of the lines that wait for nothing"""
        lines = env["mvno.line"].browse(self._line_ids)
        busy = set(
            env["mvno.command"].search([("state", "in", OPEN)]).line_id.ids
        ) | set(lines.filtered(lambda line: line.state == "activating").ids)
        ready = []
        for place, line in enumerate(lines):
            wish = self._plan.wish(place, self._next[line.id])
            if line.state == "cancelled" or line.state == "activating":
                continue
            if line.id not in busy or wish.hasty:
                ready.append((line, wish))
        return ready

    def _commit(self, env, wishes):
        """Place wishes in one transaction, tried again as a click's is."""
        if not wishes:
            return 0

        def place():
            said = []
            drafts = env["mvno.line"]
            for line, wish in wishes:
                if line.state == "draft":
                    drafts |= line
                else:
                    said.append((wish, self._try(env, line, wish)))
            if drafts:
                self._activate(env, drafts)
            return said

        try:
            said = retrying(place, env)
        except ValidationError:
            # a worker asked for something at the same moment: he reads that a request
            # is under way, and clicks again later
            self.not_possible["anything (a worker was quicker)"] += 1
            return 0
        env.cr.commit()
        for wish, refused in said:
            self.asked[wish.operation] += 1
            if refused:
                self.not_possible[refused] += 1
        for line, _wish in wishes:
            self._next[line.id] += 1
        return len(wishes)

    def _try(self, env, line, wish):
        """:return: what Odoo itself refused, or "" """
        operation = wish.operation
        if operation in FOR_FREE_LINES and line.state != "active" and not wish.hasty:
            # the platform would refuse; only who is in haste tries all the same
            operation = "unblock"
        try:
            with env.cr.savepoint():
                getattr(self, f"_{operation}")(line, wish)
        except UserError:
            return f"{wish.operation} ({line.state})"
        return ""

    def _activate(self, env, drafts):
        self.asked["activate"] += len(drafts)
        try:
            with env.cr.savepoint():
                drafts.action_activate()
        except UserError:
            # a few are checked live, and the platform may not answer
            self.not_possible["activate (unchecked)"] += len(drafts)

    # === WISHES === #

    def _block_partial(self, line, wish):
        line.action_block_partial(wish.reason)

    def _block_total(self, line, wish):
        line.action_block_total(wish.reason)

    def _unblock(self, line, wish):
        holds = line.hold_ids.filtered(lambda hold: not hold.lifted_at)
        if holds:
            line.action_unblock(_chosen(holds, wish).reason)

    def _burst(self, line, wish):
        """The three clicks of somebody who changes his mind twice."""
        line.action_block_total(wish.reason)
        line.action_unblock(wish.reason)
        line.action_block_total(wish.reason)

    def _change_plan(self, line, wish):
        others = line.env["product.product"].browse(self._product_ids)
        line.action_change_plan(_chosen(others - line.product_id, wish), "now")

    def _top_up(self, line, wish):
        line.action_top_up(1 + int(wish.choice * 4), self._top_up_id)

    def _cancel(self, line, wish):
        line.action_cancel("customer")


def _chosen(records, wish):
    return records[int(wish.choice * len(records))]
