# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The operations of requests to the platform, one row each."""

from dataclasses import dataclass

# A block, and its end, is told to the customer who asked for it only.
CUSTOMERS_BLOCKS = ("reason", ("customer", "theft", "loss"))
CUSTOMERS_CANCELLATIONS = ("cancellation_reason", ("customer", "transfer"))


@dataclass(frozen=True)
class Operation:
    """What is particular to one operation. Names are of methods of ``mvno.command``.

    :param label: of the field's selection
    :param call: prepares the client's call that asks for it
    :param read: prepares the call that reads what became of it
    :param judge: settles it by what that call brought
    :param verdict: tells by the SIM card's state at the platform whether it took
        effect; without one no read tells that of a single request
    :param choice_done: words what "It Took Effect" means
    :param choice_repeat: words what "Send Again" means
    :param effect: lets the line follow, once it is confirmed
    :param undo: makes the line what it was, once it will not take effect
    :param wanted: tells whether it is still to be when a person sends it again
    :param is_block: whether it follows from the line's holds
    :param overtaken_pending: makes way for a block for theft or loss, not sent yet; a
        block makes way for whatever the holds ask for now
    :param overtaken_unknown: makes way for a block for theft or loss, its outcome
        still unknown
    :param dropped_in: states in which it is given up when its line ends
    :param wording: gives what was asked for as the customer would say it
    :param customers: (field, values that make it the customer's own request); without
        it every one is
    :param mail_registered: tells whether the customer is told that it was registered;
        without one always
    :param mail_done: tells whether the customer is told now that it was carried out;
        without one never: it shows by itself
    """

    label: str
    call: str
    effect: str
    wanted: str
    choice_done: str
    wording: str
    read: str = "_read_sim"
    judge: str = "_judge_by_sim"
    verdict: str = ""
    choice_repeat: str = "_choice_nothing_changed"
    undo: str = "_undo_nothing_done"
    is_block: bool = False
    overtaken_pending: str = ""
    overtaken_unknown: str = "_overtaken_decided_by_person"
    dropped_in: tuple[str, ...] = ("pending", "unknown")
    customers: tuple[str, tuple[str, ...]] | None = None
    mail_registered: str = ""
    mail_done: str = ""


OPERATIONS = {
    "activate": Operation(
        label="Activate",
        call="_call_activate",
        verdict="_verdict_activate",
        choice_done="_choice_activated",
        effect="_effect_activate",
        undo="_undo_activate",
        wanted="_is_activation_wanted",
        wording="_wording_activate",
        mail_done="_is_in_service",
    ),
    "block_partial": Operation(
        label="Block partially",
        call="_call_block_partial",
        verdict="_verdict_block_partial",
        choice_done="_choice_blocked",
        effect="_effect_block",
        wanted="_is_block_wanted",
        is_block=True,
        overtaken_pending="_overtaken_block_unsent",
        overtaken_unknown="_overtaken_block_sent",
        wording="_wording_block",
        customers=CUSTOMERS_BLOCKS,
    ),
    "block_total": Operation(
        label="Block totally",
        call="_call_block_total",
        verdict="_verdict_block_total",
        choice_done="_choice_blocked",
        effect="_effect_block",
        wanted="_is_block_wanted",
        is_block=True,
        overtaken_pending="_overtaken_block_unsent",
        overtaken_unknown="_overtaken_block_sent",
        wording="_wording_block",
        customers=CUSTOMERS_BLOCKS,
    ),
    "unblock": Operation(
        label="Unblock",
        call="_call_unblock",
        verdict="_verdict_unblock",
        choice_done="_choice_blocked",
        effect="_effect_block",
        wanted="_is_block_wanted",
        is_block=True,
        overtaken_pending="_overtaken_block_unsent",
        overtaken_unknown="_overtaken_block_sent",
        wording="_wording_unblock",
        customers=CUSTOMERS_BLOCKS,
        mail_registered="_is_lifted_by_person",
        mail_done="_is_free_again",
    ),
    "change_plan": Operation(
        label="Change the plan",
        call="_call_change_plan",
        verdict="_verdict_change_plan",
        choice_done="_choice_plan_changed",
        effect="_effect_change_plan",
        wanted="_is_plan_wanted",
        overtaken_pending="_overtaken_put_off",
        wording="_wording_change_plan",
        mail_done="_is_done",
    ),
    "cancel": Operation(
        label="Cancel the line",
        call="_call_cancel",
        verdict="_verdict_cancel",
        choice_done="_choice_cancelled",
        effect="_effect_cancel",
        wanted="_is_cancellation_wanted",
        overtaken_pending="_overtaken_goes_first",
        dropped_in=(),
        wording="_wording_cancel",
        customers=CUSTOMERS_CANCELLATIONS,
        mail_done="_is_done",
    ),
    "top_up": Operation(
        label="Top up",
        call="_call_top_up",
        read="_read_last_top_up",
        judge="_judge_top_up",
        choice_done="_choice_topped_up",
        choice_repeat="_choice_top_up_again",
        effect="_effect_top_up",
        wanted="_is_top_up_wanted",
        overtaken_pending="_overtaken_put_off",
        # one that may have arrived is charged: a person decides on it
        dropped_in=("pending",),
        wording="_wording_top_up",
    ),
}
