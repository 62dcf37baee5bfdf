"""Who may do what with our models: the table that the tests hold to be true.

A new model, method or route has a row here, or ``test_rights.py`` fails.
"""

#: The columns' groups.
GROUPS = {
    "attendant": "tip_mvno.group_attendant",
    "manager": "tip_mvno.group_manager",
    "records": "tip_mvno.group_call_records",
    "billing": "account.group_account_invoice",
    "auditor": "account.group_account_readonly",
    "settings": "base.group_system",
}

# Rights: c(reate), r(ead), w(rite), d(elete). Walls: rows of one's companies, a dialog
# of one's own, or none, for what is the server's. Other internal users may do nothing.
MODELS = """
model                      wall    attendant manager records billing auditor settings
mvno.adoption              company r         rwd     -       -       -       -
mvno.adoption.file         own     -         crwd    -       -       -       -
mvno.adoption.file.problem own     -         crwd    -       -       -       -
mvno.adoption.line         company r         rw      -       -       -       -
mvno.billing.charge        company r         r       -       r       r       -
mvno.billing.exception     company -         r       -       r       r       -
mvno.billing.fact          company -         r       -       r       r       -
mvno.billing.issue         company -         r       -       r       r       -
mvno.billing.item          company -         r       -       r       r       -
mvno.billing.preview       company -         r       -       r       r       -
mvno.billing.run           company -         crwd    -       r       r       -
mvno.block                 own     crwd      crwd    -       -       -       -
mvno.cancel                own     crwd      crwd    -       -       -       -
mvno.change.plan           own     crwd      crwd    -       -       -       -
mvno.charge.service        own     crwd      crwd    -       -       -       -
mvno.charge.waive          own     crwd      crwd    -       -       -       -
mvno.command               company r         rw      -       -       -       -
mvno.command.done          own     -         crwd    -       -       -       -
mvno.discount              own     -         crwd    -       -       -       -
mvno.drift                 company rw        rw      -       -       -       -
mvno.drift.seen            -       -         -       -       -       -       r
mvno.drift.settle          own     crwd      crwd    -       -       -       -
mvno.file.mapping          company r         rwd     -       -       -       -
mvno.file.problem          company r         r       -       -       -       -
mvno.file.upload           own     crw       crw     -       -       -       -
mvno.file.upload.column    own     rw        rw      -       -       -       -
mvno.file.upload.heading   own     r         r       -       -       -       -
mvno.heartbeat             -       -         -       -       -       -       r
mvno.hold.end              own     crwd      crwd    -       -       -       -
mvno.hold.reason           own     -         crwd    -       crwd    -       -
mvno.holder.change         own     crwd      crwd    -       -       -       -
mvno.invoice.copy          own     rw        rw      -       -       -       -
mvno.invoice.copy.row      own     rw        rw      -       -       -       -
mvno.line                  company crwd      crwd    -       -       -       -
mvno.line.hold             company r         r       -       r       -       -
mvno.line.identity         company r         r       -       -       -       -
mvno.month.closing         company -         r       -       r       r       -
mvno.plan                  company r         r       -       -       -       r
mvno.plan.change           company r         r       -       -       -       -
mvno.plan.cost             company -         crwd    -       r       r       -
mvno.platform              company r         rw      -       r       r       crwd
mvno.platform.bill         company -         crwd    -       r       r       -
mvno.platform.bill.line    company -         r       -       r       r       -
mvno.platform.bill.result  company -         r       -       r       r       -
mvno.portability           company crwd      crwd    -       -       -       -
mvno.portability.correct   own     crwd      crwd    -       -       -       -
mvno.price.adjustment      own     -         crwd    -       -       -       -
mvno.price.adjustment.row  own     -         crwd    -       -       -       -
mvno.rate.limit            -       -         -       -       -       -       r
mvno.simcard               company r         r       -       -       -       -
mvno.simcard.count         own     crwd      crwd    -       -       -       -
mvno.simcard.defect        own     crwd      crwd    -       -       -       -
mvno.simcard.esim          own     crwd      crwd    -       -       -       -
mvno.simcard.move          company r         r       -       -       -       -
mvno.simcard.swap          own     crwd      crwd    -       -       -       -
mvno.simcard.transfer      own     crwd      crwd    -       -       -       -
mvno.statement             company crw       crwd    -       -       -       -
mvno.statement.difference  company r         r       -       -       -       -
mvno.statement.line        company r         r       -       -       -       -
mvno.subscribe             own     crwd      crwd    -       -       -       -
mvno.subscribe.line        own     crwd      crwd    -       -       -       -
mvno.support.request       company crw       crw     -       -       -       -
mvno.sync                  company r         r       -       -       -       r
mvno.terms.change          own     -         crwd    -       -       -       -
mvno.terms.change.row      own     -         crwd    -       -       -       -
mvno.top.up                own     crwd      crwd    -       -       -       -
mvno.transition            company r         r       -       r       r       r
mvno.usage                 company r         r       -       -       -       -
mvno.usage.event           company -         -       r       -       -       -
mvno.usage.fetch           own     crwd      crwd    -       -       -       -
"""

#: Whom a word means: roles of ``two_companies.ROLES``, and any other internal user.
WHO = {
    "anybody": {"attendant", "manager", "call records", "billing", "internal"},
    "attendants": {"attendant", "manager", "call records"},
    "managers": {"manager"},
    "managers, billing": {"manager", "billing"},
    "billing": {"billing"},
    "call records": {"call records"},
    "nobody": set(),
}

# What may be called from outside. What anybody may call only opens a screen, which has
# rights of its own; what nobody may is for the scheduler and for administrators.
METHODS = """
account.move
    anybody: action_view_mvno_items
contract.contract
    anybody: action_view_mvno_lines
mvno.adoption
    anybody: action_view_lines
    managers: action_apply action_close action_load_file action_read_again
        action_stop
mvno.adoption.file
    managers: action_again action_load action_template
mvno.billing.charge
    managers: action_bill_this_month action_confirm action_waive
mvno.billing.exception
    managers, billing: action_open
mvno.billing.fact
    managers, billing: action_charge action_confirm action_done action_refund
        action_view_invoice
    nobody: cron_settle
mvno.billing.issue
    managers, billing: action_open action_open_partner
mvno.billing.item
    managers: action_bill_again
    managers, billing: action_view_invoice
mvno.billing.run
    anybody: action_view_invoices action_view_issues action_view_items
        action_view_preview
    managers: action_continue action_post action_preview action_run action_stop
    managers, billing: action_view_closing
    billing: action_send_invoices
    nobody: cron_auto cron_run
mvno.block
    attendants: action_block
mvno.cancel
    attendants: action_cancel_lines
mvno.change.plan
    attendants: action_change
mvno.charge.service
    attendants: action_charge
mvno.charge.waive
    managers: action_waive
mvno.command
    managers: action_cancel action_decide_done action_decide_repeat action_say_when
    nobody: cron_process
mvno.command.done
    managers: action_confirm
mvno.discount
    managers: action_apply
mvno.drift
    anybody: action_ignore
    attendants: action_ask_tip action_block_again action_cancel_here
        action_cancel_there action_change_plan_there action_follow_contract
        action_follow_plan action_follow_simcard action_port_out action_read
        action_reopen action_take_over action_unblock action_view_line
mvno.drift.settle
    attendants: action_settle
mvno.file.upload
    attendants: action_again action_columns action_load action_read
mvno.hold.end
    attendants: action_change
mvno.hold.reason
    managers, billing: action_say_why
mvno.holder.change
    attendants: action_ask
mvno.invoice.copy
    attendants: action_send
mvno.line
    anybody: action_view_drifts
    attendants: action_activate action_balance action_block_partial
        action_block_total action_cancel action_change_holder action_change_plan
        action_charge_service action_correct_port_in action_discount
        action_fetch_usage action_give_up_plan_change action_new_line action_refresh
        action_send_copies action_swap_simcard action_top_up action_unblock
        action_view_contract action_view_customer_invoices
    nobody: cron_day cron_poll
mvno.line.hold
    anybody: action_change_end
    attendants: action_lift
    managers, billing: action_say_why
    nobody: cron_lift_due
mvno.month.closing
    managers, billing: action_open
mvno.plan
    anybody: action_set_costs
mvno.plan.change
    attendants: action_cancel
mvno.platform
    anybody: action_view_drifts action_view_lines action_view_open_commands
        action_view_simcards
    managers: action_sweep action_sync_lines action_sync_plans action_sync_simcards
        action_test_connection
    nobody: cron_health cron_sweep cron_sync
mvno.platform.bill
    anybody: action_view_differences action_view_lines action_view_results
    managers: action_check action_choose_file action_match action_reopen
mvno.platform.bill.result
    managers, billing: action_open
mvno.portability
    anybody: action_correct
    attendants: action_refresh action_support_request action_taken_up
        action_withdraw
    nobody: cron_poll
mvno.portability.correct
    attendants: action_send
mvno.price.adjustment
    managers: action_apply action_preview
mvno.simcard
    anybody: action_edit_esim_code
    attendants: action_mark_defective action_mark_working action_refresh
        action_release action_send_esim_code
    nobody: cron_give_back
mvno.simcard.count
    attendants: action_check action_confirm
mvno.simcard.defect
    attendants: action_confirm
mvno.simcard.esim
    attendants: action_save action_send
mvno.simcard.move
    attendants: action_open_simcard
mvno.simcard.swap
    attendants: action_replace
mvno.simcard.transfer
    attendants: action_check action_transfer
mvno.statement
    anybody: action_view_differences
    attendants: action_choose_file action_compare action_import action_stop
        action_view_events
    managers: action_close action_reopen action_rollback
    nobody: cron_compare cron_import
mvno.statement.line
    anybody: action_detail_pdf
    attendants: action_view_events
    call records: action_detail_csv
mvno.subscribe
    attendants: action_save action_subscribe action_view_contracts
mvno.support.request
    anybody: action_open
    attendants: action_cancel action_done action_email
mvno.sync
    managers: action_continue action_stop
mvno.terms.change
    managers: action_apply action_preview
mvno.top.up
    attendants: action_top_up
mvno.usage.event
    nobody: cron_attach
mvno.usage.fetch
    attendants: action_fetch
res.config.settings
    nobody: action_create_mvno_fine_product action_create_mvno_journal
        action_create_mvno_usage_product action_view_mvno_other_taxes
res.partner
    anybody: action_mvno_subscribe action_view_mvno_lines
    attendants: action_view_mvno_invoices
    managers: action_mvno_confirm_contact
"""

#: {address: how one is known there}; our addons answer at none of their own.
ROUTES = {}


def model_rights():
    """:return: {model: (wall, {group's column: letters})}"""
    header, *rows = MODELS.strip().splitlines()
    columns = header.split()[2:]
    return {
        name: (wall, dict(zip(columns, rights, strict=True)))
        for name, wall, *rights in map(str.split, rows)
    }


def method_rights():
    """:return: {(model, method): set of the roles that may call it}"""
    rights = {}
    for line in METHODS.strip().splitlines():
        if not line.startswith(" "):
            model = line
            continue
        if ":" in line:
            who, _colon, line = line.strip().partition(":")
        rights |= {(model, method): WHO[who] for method in line.split()}
    return rights
