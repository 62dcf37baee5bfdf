"""What a database holds, in figures that an upgrade must not change.

Read by SQL alone: neither version's models have a say in it.
"""

#: What an accountant would compare: {title: query of (key, figures...)}.
SUMS = {
    "invoices": """
        SELECT move.name, move.state, move.mvno_competence, move.invoice_date_due,
               move.amount_untaxed, move.amount_total, move.amount_residual
          FROM account_move AS move
         WHERE move.move_type IN ('out_invoice', 'out_refund')
         ORDER BY move.id
    """,
    "invoice lines": """
        SELECT line.id, line.mvno_line_id, line.contract_line_id, line.quantity,
               line.price_unit, line.price_subtotal, line.price_total
          FROM account_move_line AS line
          JOIN account_move AS move ON move.id = line.move_id
         WHERE line.display_type = 'product'
         ORDER BY line.id
    """,
    "billed items": """
        SELECT item.id, item.contract_line_id, item.competence, item.kind,
               item.source_key, item.state, item.amount, item.period_start,
               item.period_end, item.move_line_id
          FROM mvno_billing_item AS item
         ORDER BY item.id
    """,
    "contract lines": """
        SELECT line.id, line.product_id, line.mvno_line_id, line.specific_price,
               line.date_start, line.date_end, line.commitment_end,
               line.last_date_invoiced, line.recurring_next_date
          FROM contract_line AS line
         ORDER BY line.id
    """,
    "mobile lines": """
        SELECT line.id, line.partner_id, line.number, line.state, line.simcard_id,
               line.contract_line_id, line.activation_date
          FROM mvno_line AS line
         ORDER BY line.id
    """,
    "statement lines": """
        SELECT line.statement_id, line.mvno_line_id, line.monthly_value,
               line.voice_seconds, line.sms_count, line.data_mb
          FROM mvno_statement_line AS line
         ORDER BY line.id
    """,
    "usage of a line": """
        SELECT event.mvno_line_id, event.kind, count(*), sum(event.seconds),
               sum(event.upload_mb + event.download_mb), sum(event.amount),
               md5(string_agg(event.digest || event.ordinal, '' ORDER BY event.id))
          FROM mvno_usage_event AS event
         GROUP BY event.mvno_line_id, event.kind
         ORDER BY event.mvno_line_id, event.kind
    """,
}
TABLES = """
    SELECT table_name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
       AND (table_name LIKE 'mvno\\_%' OR table_name LIKE 'contract\\_%'
            OR table_name IN ('account_move', 'account_move_line', 'res_partner',
                              'product_template', 'product_product'))
     ORDER BY table_name
"""
CONSTRAINTS = """
    SELECT relation.relname, con.conname, pg_get_constraintdef(con.oid)
      FROM pg_constraint AS con
      JOIN pg_class AS relation ON relation.oid = con.conrelid
     WHERE relation.relname LIKE 'mvno\\_%'
     UNION ALL
    SELECT tablename, indexname, indexdef FROM pg_indexes
     WHERE tablename LIKE 'mvno\\_%'
"""
#: Names of our views, to be found in a file of ours.
OURS = """
    SELECT module || '.' || name FROM ir_model_data
     WHERE module LIKE 'tip\\_mvno%' AND model = 'ir.ui.view'
"""
#: Views of our models that no file can be asked about.
NAMELESS = """
    SELECT view.id, view.name FROM ir_ui_view AS view
     WHERE view.model LIKE 'mvno.%'
       AND NOT EXISTS (SELECT FROM ir_model_data AS name
                        WHERE name.model = 'ir.ui.view' AND name.res_id = view.id)
"""


def rows(cursor, query):
    """:return: list of tuples"""
    cursor.execute(query)
    return cursor.fetchall()


def sums(cursor):
    """:return: dict {title: list of tuples}"""
    return {title: rows(cursor, query) for title, query in SUMS.items()}


def counts(cursor):
    """:return: dict {table: number of rows}"""
    found = {}
    for (table,) in rows(cursor, TABLES):
        [[found[table]]] = rows(cursor, f'SELECT count(*) FROM "{table}"')
    return found
