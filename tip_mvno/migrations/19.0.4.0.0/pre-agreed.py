# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """What was agreed on contract lines stays as it is.

    The months of a commitment are the plan's where the end follows from them. Any other
    end is one that was typed, or kept by a successor; without an end there is none. A
    start still to come, of a line that does not work yet, was agreed on.
    """
    cr.execute(
        """
        ALTER TABLE contract_line
            ADD COLUMN IF NOT EXISTS commitment_months integer,
            ADD COLUMN IF NOT EXISTS commitment_end_typed boolean,
            ADD COLUMN IF NOT EXISTS mvno_agreed_start date
        """
    )
    cr.execute(
        """
        WITH agreed AS (
            SELECT line.id, line.date_start AS start, line.commitment_end AS until,
                   COALESCE(template.contract_months, 0) AS plan_months,
                   COALESCE(mobile.state, 'draft')
                       NOT IN ('draft', 'activating') AS works,
                   COALESCE(platform.tz, 'America/Sao_Paulo') AS tz
              FROM contract_line AS line
              JOIN product_product AS product ON product.id = line.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
         LEFT JOIN mvno_platform AS platform ON platform.id = template.mvno_platform_id
         LEFT JOIN mvno_line AS mobile ON mobile.id = line.mvno_line_id
             WHERE template.is_telephony
        ), counted AS (
            SELECT *,
                   (EXTRACT(YEAR FROM age(until, start)) * 12
                    + EXTRACT(MONTH FROM age(until, start))
                    + (EXTRACT(DAY FROM age(until, start)) > 0)::int)::int AS months
              FROM agreed
        ), told AS (
            SELECT *,
                   -- before the line works, the plan may have changed since signing
                   CASE WHEN NOT works AND start + make_interval(months => months)
                                         = until
                        THEN LEAST(months, 120)
                        WHEN plan_months > 0 THEN plan_months
                        ELSE LEAST(GREATEST(months, 0), 120)
                    END AS agreed_months
              FROM counted
        )
        UPDATE contract_line AS line
           SET commitment_months = CASE WHEN until IS NULL THEN 0
                                        ELSE agreed_months END,
               commitment_end_typed = until IS NOT NULL AND until IS DISTINCT FROM
                   (start + make_interval(months => agreed_months))::date,
               mvno_agreed_start = CASE
                   WHEN NOT works AND start > (now() AT TIME ZONE tz)::date THEN start
                   END
          FROM told
         WHERE told.id = line.id
        """
    )
    cr.execute(
        "UPDATE contract_line SET commitment_months = 0, commitment_end_typed = false "
        "WHERE commitment_months IS NULL"
    )
