# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Plans belong to their platform's company; one that another company's contracts
    have stays shared, for a person to decide."""
    cr.execute(
        """
        UPDATE product_template AS template
           SET company_id = platform.company_id
          FROM mvno_platform AS platform
         WHERE platform.id = template.mvno_platform_id
           AND template.company_id IS NULL
           AND NOT EXISTS (
               SELECT FROM contract_line AS line
                 JOIN product_product AS product ON product.id = line.product_id
                WHERE product.product_tmpl_id = template.id
                  AND line.company_id != platform.company_id
           )
        """
    )
