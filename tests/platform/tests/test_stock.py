"""The catalogue and the stock, in every wording."""

from collections import Counter

from tests.platform import SimStatus, SimulatedPlatform
from tests.platform.dialect import without_accents
from tests.platform.identifiers import is_document, is_mobile, luhn_digit
from tests.platform.tests.case import OCTOBER_5, TOKEN, PlatformCase, call


class TestCatalogueAndStock(PlatformCase):
    def test_every_envelope_is_met_and_holds_the_same_plans(self):
        shapes = set()
        for _ in range(30):
            answer = self.call("GET", "/planos")
            found = answer.json
            inner = found.get("data") if isinstance(found, dict) else None
            outer = next((n for n in ("results", "data") if n in found), "bare")
            shapes.add("nested" if isinstance(inner, dict) else outer)
            codes = [str(plan["id"]) for plan in answer.rows]
            self.assertEqual(codes, ["101", "102", "103", "0104", "205", "206"])
        self.assertEqual(shapes, {"results", "data", "nested", "bare"})

    def test_an_envelope_can_be_fixed(self):
        self.platform.set_options(envelope="bare")
        for _ in range(5):
            self.assertIsInstance(self.call("GET", "/planos").json, list)

    def test_the_same_seed_and_calls_give_the_same_answers(self):
        other = SimulatedPlatform(TOKEN, clock=OCTOBER_5).start()
        self.addCleanup(other.stop)
        for path in ("/planos", "/estoque/listar", "/planos", "/assinantes/listar"):
            with self.subTest(path=path):
                theirs = call(other.url, "GET", path).raw
                self.assertEqual(self.call("GET", path).raw, theirs)

    def test_the_last_page_of_the_stock_is_the_short_one(self):
        pages = [
            self.call("GET", "/estoque/listar", page=page, per_page=60).rows
            for page in (1, 2, 3, 4)
        ]
        self.assertEqual([len(page) for page in pages], [60, 60, 40, 0])
        self.assertEqual(len({sim["sim_card"] for page in pages for sim in page}), 160)

    def test_the_stock_filters_by_status(self):
        counts = Counter(sim.status for sim in self.platform.sims())
        counts[SimStatus.IN_USE] += counts[SimStatus.BLOCKED_PARTIAL]
        counts[SimStatus.IN_USE] += counts[SimStatus.BLOCKED_TOTAL]
        wanted = {1: SimStatus.AVAILABLE, 2: SimStatus.CANCELLED, 3: SimStatus.IN_USE}
        for number, status in wanted.items():
            rows = self.call("GET", "/estoque/listar", status=number, per_page=500).rows
            self.assertEqual(len(rows), counts[status])

    def test_a_bad_page_is_422_with_a_list_of_sentences(self):
        for bad in ({"per_page": 501}, {"page": 0}, {"status": 4}, {"page": "x"}):
            answer = self.call("GET", "/estoque/listar", **bad)
            self.assertEqual(answer.status, 422)
            self.assertIsInstance(answer.json["message"], list)

    def test_status_texts_vary_but_mean_the_same(self):
        rows = self.call("GET", "/estoque/listar", per_page=500).rows
        texts = {row["status"] for row in rows}
        self.assertGreaterEqual(texts, {"DISPONÍVEL", "DISPONIVEL", "Disponivel"})
        plain = {without_accents(text).upper() for text in texts}
        self.assertEqual(plain, {"DISPONIVEL", "EM USO", "BLOQUEADO", "CANCELADO"})

    def test_blocks_can_be_told_apart(self):
        self.platform.set_options(tell_blocks_apart=True, plain=True)
        rows = self.call("GET", "/estoque/listar", per_page=500).rows
        texts = {row["status"] for row in rows}
        self.assertTrue(texts >= {"BLOQUEADO PARCIAL", "BLOQUEADO TOTAL"})

    def test_identifiers_are_right(self):
        sims, contracts = self.platform.sims(), self.platform.contracts()
        self.assertEqual({len(sim.iccid) for sim in sims}, {19, 20})
        for sim in sims:
            self.assertTrue(sim.iccid.startswith("8955"))
            self.assertEqual(luhn_digit(sim.iccid[:-1]), sim.iccid[-1])
        for contract in contracts:
            holder = contract.subscriber
            self.assertTrue(is_document(holder.document, holder.person_type))
            self.assertTrue(is_mobile(contract.number))
            self.assertLessEqual(len(contract.code), 15)

    def test_check_digits_agree_with_known_documents(self):
        # The example of Receita Federal's note on the CNPJ with letters.
        self.assertTrue(is_document("12ABC34501DE35", "J"))
        self.assertTrue(is_document("11222333000181", "J"))
        self.assertTrue(is_document("52998224725", "F"))
        self.assertFalse(is_document("52998224724", "F"))
        self.assertFalse(is_document("11111111111", "F"))

    def test_subscribers_come_with_their_lines_and_filter_by_document(self):
        rows = self.call("GET", "/assinantes/listar").rows
        self.assertEqual(len(rows), 12)
        lettered = next(row for row in rows if row["cpf_cnpj"].startswith("FICTICIA"))
        found = self.call(
            "GET", "/assinantes/listar", cpf_cnpj=lettered["cpf_cnpj"]
        ).rows
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["tipo_pessoa"], "J")
        self.assertTrue(found[0]["contratos"])

    def test_an_unknown_sim_is_404(self):
        answer = self.call("GET", "/estoque/89550000000000000000")
        self.assertEqual(answer.status, 404)
        self.assertIn("message", answer.json)
