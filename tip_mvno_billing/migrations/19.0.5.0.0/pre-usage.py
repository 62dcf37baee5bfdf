# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Contract lines keep the allowance by which they were billed, and months whose
    usage was billed by the old rule are never priced again."""
    _keep_allowances(cr)
    _settle_months_of_several_plans(cr)
    _note_last_event(cr)


def _keep_allowances(cr):
    """Until now every plan gave its share of the month's days. Who signs from now on
    has what the plan says: the default, whole for each."""
    cr.execute(
        """
        ALTER TABLE contract_line
            ADD COLUMN IF NOT EXISTS mvno_allowance_share varchar
        """
    )
    cr.execute(
        """
        UPDATE contract_line
           SET mvno_allowance_share = 'by_days'
         WHERE is_telephony
           AND mvno_allowance_share IS NULL
        """
    )


def _settle_months_of_several_plans(cr):
    """Of a month of one contract line the old rule and the new one come to the same.
    Of several the old one took the last plan's prices for all days: what was billed by
    it, or found to cost nothing, stays. That was so once a run of the month was done on
    a closed statement, and listed nothing about it."""
    cr.execute(
        """
        UPDATE mvno_billing_item AS item
           SET is_usage_settled = TRUE
          FROM contract_line AS paying
          JOIN contract_contract AS contract ON contract.id = paying.contract_id
         WHERE paying.id = item.contract_line_id
           AND item.state = 'billed'
           AND item.is_usage_settled IS NOT TRUE
           AND EXISTS (
               SELECT
                 FROM contract_line AS other
                 JOIN contract_contract AS its ON its.id = other.contract_id
                WHERE other.mvno_line_id = item.mvno_line_id
                  AND other.id != paying.id
                  AND other.is_canceled IS NOT TRUE
                  AND other.date_start < item.competence + interval '1 month'
                  AND COALESCE(other.date_end >= item.competence, TRUE)
                  AND its.commercial_partner_id = contract.commercial_partner_id
           )
           AND (
               item.kind = 'usage'
               OR item.kind = 'recurring'
               AND item.is_provisional IS NOT TRUE
               AND EXISTS (
                   SELECT
                     FROM mvno_line AS line
                     JOIN mvno_statement AS statement
                       ON statement.platform_id = line.platform_id
                      AND statement.competence = item.competence
                      AND statement.partner_id IS NULL
                      AND statement.state = 'closed'
                     JOIN (
                          SELECT DISTINCT ON (platform_id, competence)
                                 id, platform_id, competence, finished_at
                            FROM mvno_billing_run
                           WHERE state = 'done'
                           ORDER BY platform_id, competence, id DESC
                     ) AS run
                       ON run.platform_id = line.platform_id
                      AND run.competence = item.competence
                    WHERE line.id = item.mvno_line_id
                      AND COALESCE(statement.imported_at <= run.finished_at, TRUE)
                      AND NOT EXISTS (
                          SELECT
                            FROM mvno_billing_issue AS issue
                           WHERE issue.run_id = run.id
                             AND issue.competence = run.competence
                             AND issue.code IN ('usage_open', 'usage_no_product')
                      )
               )
           )
        """
    )


def _note_last_event(cr):
    """What arrives from now on for a settled month is listed."""
    cr.execute(
        """
        ALTER TABLE mvno_billing_item
            ADD COLUMN IF NOT EXISTS usage_settled_event_id integer
        """
    )
    cr.execute(
        """
        UPDATE mvno_billing_item
           SET usage_settled_event_id = (
               SELECT COALESCE(max(id), 1) FROM mvno_usage_event
           )
         WHERE is_usage_settled
           AND usage_settled_event_id IS NULL
        """
    )
