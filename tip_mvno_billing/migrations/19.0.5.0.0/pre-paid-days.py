# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """The columns come before their fields: Odoo would fill all of them at once."""
    cr.execute(
        """
        ALTER TABLE contract_line
            ADD COLUMN IF NOT EXISTS mvno_paid_from date,
            ADD COLUMN IF NOT EXISTS mvno_paid_until date
        """
    )
    cr.execute(
        """
        ALTER TABLE mvno_billing_issue
            ADD COLUMN IF NOT EXISTS currency_id integer
        """
    )
    cr.execute(
        """
        UPDATE mvno_billing_issue AS issue
           SET currency_id = COALESCE(line.currency_id, company.currency_id)
          FROM mvno_billing_issue AS same
          JOIN mvno_billing_run AS run ON run.id = same.run_id
          JOIN mvno_platform AS platform ON platform.id = run.platform_id
          JOIN res_company AS company ON company.id = platform.company_id
          LEFT JOIN contract_line AS line ON line.id = same.contract_line_id
         WHERE same.id = issue.id
        """
    )
