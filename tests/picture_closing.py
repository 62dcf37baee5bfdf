"""What the pictures show of a month's closing and of the platform's own bill."""

import base64

HEADINGS = "Contrato;ICCID;Linha;Descrição;Valor"


class PictureClosing:
    """What happens after :class:`tests.picture_story.PictureStory` has billed: the
    plans' costs, and a bill of the platform that charges some things it should not.

    :param story: the told story
    """

    def __init__(self, story):
        self.story = story
        self.env = story.env
        self.platform = story.platform

    def tell(self):
        """:return: dict of the records the pictures show, name to id"""
        self.env["mvno.plan.cost"].create(
            [
                {
                    "plan_id": plan.mvno_plan_id.id,
                    "date_start": self.story.competence.replace(month=1),
                    "cost": round(plan.list_price * 0.4, 2),
                    "top_up_cost": 2.0,
                }
                for plan in self.story.plans
            ]
        )
        bill = self.env["mvno.platform.bill"].create(
            {
                "platform_id": self.platform.id,
                "competence": self.story.competence,
                "total": 330.0,
            }
        )
        self._load(bill)
        self.story.commit()
        return {"bill": bill.id}

    def _load(self, bill):
        lines = self.env["mvno.line"].search(
            [("platform_id", "=", self.platform.id), ("number", "!=", False)]
        )
        rows = [HEADINGS]
        for number, line in enumerate(lines[1:]):
            plan = line.product_id
            cost = round(plan.list_price * 0.4, 2) + (3.5 if number == 1 else 0)
            rows.append(self._row(line.platform_contract, line.number, cost))
        rows.append(self._row("0000998877", "", 17.9))
        dialog = (
            self.env["mvno.file.upload"]
            .with_context(**bill.action_choose_file()["context"])
            .create(
                {
                    "file": base64.b64encode("\r\n".join(rows).encode()),
                    "file_name": "fatura-tip.csv",
                }
            )
        )
        dialog.action_read()
        if dialog.state == "columns":
            dialog.action_load()

    def _row(self, contract, number, amount):
        amount = f"{amount:.2f}".replace(".", ",")
        return ";".join([contract or "", "", number, "Mensalidade", amount])
