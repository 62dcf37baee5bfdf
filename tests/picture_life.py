"""What the pictures show of a line's life, of the stock and of the platform's care."""

from datetime import timedelta

from tests.platform.identifiers import complete_cpf

STOCK = 6


class PictureLife:
    """What happens after :class:`tests.picture_story.PictureStory`: a top-up on sale, a
    SIM card that TIP replaces, cards with a technician, contradictions with the
    platform, an existing base to review.

    :param story: the told story
    """

    def __init__(self, story):
        self.story = story
        self.env = story.env
        self.platform = story.platform

    def tell(self, line, swapped, contradicting):
        """:param line: the line of the pictures
        :param swapped: a line whose SIM card was lost
        :param contradicting: three lines: cancelled, blocked and another's at TIP
        :return: dict of the records the pictures show, name to id; ``iccids``: three
            SIM cards that are with the technician, and more that are not
        """
        self._look_at(line)
        self._sell_top_up()
        request = self._replace_simcard(swapped)
        iccids = self._give_to_technician()
        drift = self._contradict(*contradicting)
        adoption = self._read_existing_base()
        return {
            "request": request.id,
            "iccids": iccids,
            "drift": drift.id,
            "adoption": adoption.id,
            "plan_name": self.story.plans[1].name,
        }

    def _look_at(self, line):
        line.nickname = "celular da filha"
        line.action_balance()
        self.story.commit()

    def _sell_top_up(self):
        self.env["product.template"].create(
            {
                "name": "Pacote adicional de 5 GB",
                "mvno_top_up_gb": 5,
                "list_price": 19.9,
            }
        )
        self.story.commit()

    def _stock(self):
        return self.env["mvno.simcard"].search(
            [("platform_id", "=", self.platform.id), ("state", "=", "available")],
            limit=STOCK,
            order="id desc",
        )

    def _replace_simcard(self, line):
        self.env["mvno.simcard.swap"].create(
            {"line_id": line.id, "reason": "loss", "simcard_id": self._stock()[0].id}
        ).action_replace()
        self.story.commit()
        request = line.support_request_id
        request.tip_protocol = "2026-004711"
        return request

    def _give_to_technician(self):
        technician = self.env["res.partner"].create({"name": "Técnico Fictício"})
        there, elsewhere = self._stock()[1:4], self._stock()[4:]
        self.env["mvno.simcard.transfer"].create(
            {"holder_id": technician.id, "scanned": "\n".join(there.mapped("iccid"))}
        ).action_transfer()
        self.story.commit()
        return [*there.mapped("iccid"), *elsewhere.mapped("iccid")]

    def _contradict(self, cancelled, blocked, renamed):
        control = self.story.control
        control.set_status(cancelled.simcard_id.iccid, "cancelled")
        control.set_status(blocked.simcard_id.iccid, "blocked_total")
        control.change_line(
            renamed.platform_contract,
            document=complete_cpf("700000099"),
            name="Titular Fictício",
        )
        self.platform.drift_grace = 0
        self._run_crons()
        drifts = self.env["mvno.drift"].search([("platform_id", "=", self.platform.id)])
        for drift in drifts:
            drift.sudo().first_seen -= timedelta(days=2)
        unknown = drifts.filtered(lambda drift: drift.kind == "unknown_here")
        # the existing base is another picture
        self.env["mvno.drift.settle"].create(
            {
                "drift_ids": unknown[2:].ids,
                "decision": "ignore",
                "reason": "Da base existente, que é importada depois",
            }
        ).action_settle()
        self.story.commit()
        return drifts.filtered(lambda drift: drift.line_id == cancelled)

    def _run_crons(self):
        """Every scheduled action has its good run, the nightly comparison first."""
        crons = (
            self.env["ir.cron"].sudo().search([("model_id.model", "=like", "mvno%")])
        )
        nightly = self.env.ref("tip_mvno.ir_cron_sweep").sudo()
        for cron in nightly | crons:
            cron.method_direct_trigger()
            # the drivers work in transactions of their own
            self.story.commit()
        self.env.invalidate_all()

    def _read_existing_base(self):
        action = self.platform.action_sync_lines()
        self.story.commit()
        self.story.drive("mvno.platform", "cron_sync")
        adoption = self.env["mvno.adoption"].browse(action["res_id"])
        adoption.write(
            {
                "bill_from": self.story.today.replace(day=1),
                "create_partners": True,
            }
        )
        self.story.commit()
        return adoption
