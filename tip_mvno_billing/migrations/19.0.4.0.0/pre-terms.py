# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Contract lines keep the rules of their plan as it is on the day of the upgrade,
    usage that was billed before is never priced again, and closed months keep the unit
    in which their volumes were read."""
    _copy_rules(cr)
    _mark_billed_usage(cr)
    _keep_units(cr)


def _copy_rules(cr):
    cr.execute(
        """
        ALTER TABLE contract_line
            ADD COLUMN IF NOT EXISTS mvno_bill_from varchar,
            ADD COLUMN IF NOT EXISTS mvno_first_month varchar,
            ADD COLUMN IF NOT EXISTS mvno_last_month varchar,
            ADD COLUMN IF NOT EXISTS mvno_join_days integer,
            ADD COLUMN IF NOT EXISTS mvno_billing_timing varchar,
            ADD COLUMN IF NOT EXISTS mvno_overage boolean,
            ADD COLUMN IF NOT EXISTS mvno_price_minute numeric,
            ADD COLUMN IF NOT EXISTS mvno_price_sms numeric,
            ADD COLUMN IF NOT EXISTS mvno_price_mb numeric,
            ADD COLUMN IF NOT EXISTS mvno_usage_currency_id integer
        """
    )
    # a product of no company has the currency of the first one
    cr.execute(
        """
        UPDATE contract_line AS line
           SET mvno_bill_from = template.mvno_bill_from,
               mvno_first_month = template.mvno_first_month,
               mvno_last_month = template.mvno_last_month,
               mvno_join_days = template.mvno_join_days,
               mvno_billing_timing = template.mvno_billing_timing,
               mvno_overage = template.mvno_overage,
               mvno_price_minute = template.mvno_price_minute,
               mvno_price_sms = template.mvno_price_sms,
               mvno_price_mb = template.mvno_price_mb,
               mvno_usage_currency_id = company.currency_id
          FROM product_product AS product
          JOIN product_template AS template ON template.id = product.product_tmpl_id
          JOIN res_company AS company
            ON company.id = COALESCE(
                   template.company_id, (SELECT min(id) FROM res_company)
               )
         WHERE product.id = line.product_id
           AND template.is_telephony
        """
    )


def _mark_billed_usage(cr):
    """Mark what was billed of usage, and the months of lines that were found to have
    none to pay: of a closed statement, by a run that listed nothing about it."""
    cr.execute(
        """
        ALTER TABLE mvno_billing_item
            ADD COLUMN IF NOT EXISTS is_usage_settled boolean
        """
    )
    cr.execute(
        """
        UPDATE mvno_billing_item SET is_usage_settled = TRUE
         WHERE kind = 'usage' AND state = 'billed'
        """
    )
    cr.execute(
        """
        UPDATE mvno_billing_item AS item
           SET is_usage_settled = TRUE
          FROM mvno_line AS line,
               mvno_statement AS statement,
               (
               SELECT DISTINCT ON (platform_id, competence)
                      id, platform_id, competence, finished_at
                 FROM mvno_billing_run
                WHERE state = 'done'
                ORDER BY platform_id, competence, id DESC
               ) AS run
         WHERE line.id = item.mvno_line_id
           AND item.kind = 'recurring'
           AND item.state = 'billed'
           AND item.is_provisional IS NOT TRUE
           AND run.platform_id = line.platform_id
           AND run.competence = item.competence
           AND statement.platform_id = line.platform_id
           AND statement.competence = item.competence
           AND statement.partner_id IS NULL
           AND statement.state = 'closed'
           AND COALESCE(statement.imported_at <= run.finished_at, TRUE)
           AND NOT EXISTS (
               SELECT FROM mvno_billing_issue AS issue
                WHERE issue.run_id = run.id
                  AND issue.competence = run.competence
                  AND issue.code IN ('usage_open', 'usage_no_product')
           )
        """
    )


def _keep_units(cr):
    cr.execute(
        """
        ALTER TABLE mvno_statement
            ADD COLUMN IF NOT EXISTS usage_unit varchar,
            ADD COLUMN IF NOT EXISTS is_unit_kept boolean
        """
    )
    cr.execute(
        """
        UPDATE mvno_statement AS statement
           SET usage_unit = platform.usage_unit,
               is_unit_kept = (statement.state = 'closed')
          FROM mvno_platform AS platform
         WHERE platform.id = statement.platform_id
           AND statement.imported_at IS NOT NULL
        """
    )
