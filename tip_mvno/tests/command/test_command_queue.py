# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestQueue(MvnoCase):
    """Many requests: none stops the others."""

    @mute_logger("odoo.addons.tip_mvno.models.command.mvno_command_driver")
    def test_a_request_that_cannot_be_prepared_does_not_stop_the_others(self):
        broken, sound = self._make_block(), self._make_block()
        commands = self.registry["mvno.command"]
        prepare = commands._prepare_call

        def faulty(command, client):
            if command == broken:
                raise ZeroDivisionError
            return prepare(command, client)

        self.platform_says("POST", f"/simcard/{sound.simcard_id.iccid}/bloquear")
        with patch.object(commands, "_prepare_call", faulty):
            self.process()
        self.assertEqual(broken.state, "pending")
        self.assertNotEqual(sound.state, "pending")

    def test_many_requests_of_one_transaction_are_the_crons_work(self):
        """Each used to be sent on its own after the commit, with 8 s each."""
        for _i in range(2):
            self._make_block()
        sent = []

        def process(commands, **kwargs):
            sent.append(kwargs["command_ids"])

        self.patch(self.registry["mvno.command"], "_process", process)
        self.env.cr.postcommit.run()
        self.assertEqual([len(ids) for ids in sent], [2])
        for _i in range(4):
            self._make_block()
        self.env.cr.postcommit.run()
        self.assertEqual(len(sent), 1)
