# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from ...lib import OtherSim, OutcomeUnknown
from ..lib_common import ICCID, ClientCase

OTHER = "8955320210000000025"
READS = {
    "sim": ("GET", f"/estoque/{ICCID}", {"status": "EM USO"}),
    "port_in": ("GET", f"/portabilidade/status/{ICCID}", {"status": "PENDENTE"}),
    "balance": ("POST", f"/saldo/{ICCID}/dados", {"balance": "1"}),
    "last_top_up": (
        "GET",
        f"/simcard/{ICCID}/ultima-recarga",
        {"ultima_recarga": "2026-10-05"},
    ),
}


class TestOtherSim(ClientCase):
    """An answer about another SIM card than was asked about is no answer."""

    def test_no_read_takes_an_answer_about_another_sim_card(self):
        for name, (method, path, row) in READS.items():
            for key in ("sim_card", "simcard", "iccid"):
                for payload in (
                    {**row, key: OTHER},
                    {"results": {**row, key: OTHER}},
                    {"data": [{**row, key: int(OTHER)}]},
                    {key: OTHER, "data": row},
                    {key: OTHER, "results": [row]},
                    [{key: OTHER, "data": {"results": row}}],
                    {**row, key: [OTHER]},
                    {**row, key: {"numero": {"lido": OTHER}}},
                    {**row, key: [ICCID, OTHER]},
                ):
                    with self.subTest(name, payload=payload):
                        self.answer(method, path, payload)
                        with self.assertRaises(OtherSim) as caught:
                            getattr(self.client, name)(ICCID)
                        self.assertNotIn(OTHER, str(caught.exception))
                        self.wire.reset()

    def test_the_sim_card_may_be_named_by_either_print_or_not_at_all(self):
        for name, (method, path, row) in READS.items():
            for told in (ICCID, ICCID + "5", "", None, {}, "EM USO", "11987654321"):
                with self.subTest(name, told=told):
                    self.answer(method, path, {**row, "simcard": told})
                    getattr(self.client, name)(ICCID)
                    self.wire.reset()

    def test_a_yes_about_another_sim_card_is_to_be_confirmed(self):
        yes = {"codigo_status_tip": 0}
        for payload in (
            {**yes, "results": {"iccid": OTHER}},
            {**yes, "sim_card": OTHER, "data": {"ok": 1}},
            [{**yes, "sim_card": OTHER}] * 2,
            [{**yes, "sim_card": ICCID}, {**yes, "sim_card": OTHER}],
            {**yes, "results": [{"simcard": OTHER}, {"simcard": OTHER}]},
            {**yes, "iccid": [OTHER]},
        ):
            with self.subTest(payload):
                self.wire.reset()
                self.answer("POST", f"/simcard/{ICCID}/bloquear/parcial", payload)
                with self.assertRaises(OutcomeUnknown):
                    self.client.block_partial(ICCID)
