"""What TIP's own people do to lines, seen over the API."""

from urllib.parse import urlsplit

from tests.platform import SimStatus
from tests.platform.tests.case import PlatformCase, call


class TestStaff(PlatformCase):
    def line_of(self, code):
        """:return: the lines of the subscribers' list under a contract"""
        rows = self.call("GET", "/assinantes/listar").rows
        return [
            (row["cpf_cnpj"], line["sim_card"], line["status"])
            for row in rows
            for line in row["contratos"]
            if line["numero_contrato"] == code
        ]

    def control(self, path, **body):
        parts = urlsplit(self.platform.url)
        base = f"{parts.scheme}://{parts.netloc}/_control"
        return call(base, "POST", path, body, token=None)

    def test_a_line_on_another_sim_keeps_its_contract_and_number(self):
        iccid, number = self.active()
        code, new = self.contract(iccid).code, self.available()
        self.assertEqual(self.control(f"/lines/{code}", sim=new).status, 200)
        self.assertEqual(self.platform.sim(iccid).status, SimStatus.CANCELLED)
        self.assertEqual(self.platform.sim(number).iccid, new)
        ((_document, sim, _status),) = self.line_of(code)
        self.assertEqual(sim, new)

    def test_a_fresh_contract_ends_the_old_one_and_keeps_the_number(self):
        iccid, number = self.active()
        before = self.contract(iccid)
        after = self.platform.move_line(before.code, self.available(), fresh=True)
        self.assertNotEqual(after.code, before.code)
        self.assertEqual((after.number, after.plan), (number, before.plan))
        self.assertTrue(before.cancelled_at)
        self.assertEqual(self.platform.sim(number).contract, after)

    def test_a_blocked_line_stays_blocked_on_the_other_sim(self):
        iccid, _number = self.active()
        self.platform.set_status(iccid, "blocked_total")
        new = self.available()
        self.platform.move_line(self.contract(iccid).code, new)
        self.assertEqual(self.platform.sim(new).status, SimStatus.BLOCKED_TOTAL)

    def test_another_holder_shows_in_the_subscribers_list(self):
        iccid, _number = self.active()
        code = self.contract(iccid).code
        self.control(f"/lines/{code}", document="71000000257", name="Titular Fictício")
        ((document, sim, _status),) = self.line_of(code)
        self.assertEqual((document, sim), ("71000000257", iccid))

    def test_what_is_not_there_is_refused(self):
        iccid, _number = self.active()
        code = self.contract(iccid).code
        self.assertEqual(self.control(f"/lines/{code}", sim=iccid).status, 400)
        self.assertEqual(self.control("/lines/none", sim=iccid).status, 400)
