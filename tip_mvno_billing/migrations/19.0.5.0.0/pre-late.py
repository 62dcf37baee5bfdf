# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Billed months keep the price, the discount and the days that they were billed by,
    as far as their amounts tell: whole months, and parts of them without a free day.
    Nothing is settled by that; the other ones are looked up when something is learnt
    of their days."""
    cr.execute(
        """
        ALTER TABLE mvno_billing_item
            ADD COLUMN IF NOT EXISTS monthly_value numeric,
            ADD COLUMN IF NOT EXISTS discount numeric,
            ADD COLUMN IF NOT EXISTS days_free varchar
        """
    )
    cr.execute(
        """
        WITH months AS (
            SELECT item.id, item.amount, line.specific_price AS price,
                   CASE WHEN line.mvno_discount_end < item.competence
                        THEN COALESCE(line.mvno_discount_after, 0)
                        ELSE COALESCE(line.discount, 0) END AS discount,
                   item.period_end - item.period_start + 1 AS days,
                   EXTRACT(DAY FROM item.competence + INTERVAL '1 month - 1 day')
                       AS total,
                   currency.rounding
              FROM mvno_billing_item item
              JOIN contract_line line ON line.id = item.contract_line_id
              JOIN res_company company ON company.id = item.company_id
              JOIN res_currency currency
                ON currency.id = COALESCE(line.currency_id, company.currency_id)
             WHERE item.kind = 'recurring'
        )
        UPDATE mvno_billing_item item
           SET monthly_value = months.price,
               discount = months.discount,
               days_free = ''
          FROM months
         WHERE months.id = item.id
           AND item.amount = rounding * ROUND(
                   COALESCE(price, 0)::numeric * days / total
                   * (1 - months.discount::numeric / 100) / rounding
               )
        """
    )
