# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Contract lines keep the allowances of their plan, as the catalogue has them on
    the day of the upgrade; in one statement, however many lines there are."""
    cr.execute(
        """
        ALTER TABLE contract_line
            ADD COLUMN IF NOT EXISTS mvno_allowance_minutes integer,
            ADD COLUMN IF NOT EXISTS mvno_allowance_sms integer,
            ADD COLUMN IF NOT EXISTS mvno_allowance_mb numeric
        """
    )
    cr.execute(
        """
        UPDATE contract_line AS line
           SET mvno_allowance_minutes = plan.voice_minutes,
               mvno_allowance_sms = plan.sms,
               mvno_allowance_mb = plan.data_mb
          FROM product_product AS product
          JOIN product_template AS template ON template.id = product.product_tmpl_id
          JOIN mvno_plan AS plan ON plan.id = template.mvno_plan_id
         WHERE product.id = line.product_id
           AND template.is_telephony
        """
    )
