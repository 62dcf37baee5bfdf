# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import PortInStatus
from ...models.portability.mvno_portability import TRANSITIONS
from ...models.portability.mvno_portability_read import EVENT_OF_STATUS
from ..common import MvnoCase, broken

EVENTS = {event for events in TRANSITIONS.values() for event in events}
READING = "odoo.addons.tip_mvno.models.platform.mvno_platform_client"


@tagged("post_install", "-at_install")
class TestMvnoPortability(MvnoCase):
    """A number that a subscriber brings: its states and what the platform says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port_in = cls._make_port_in("+5511912340003")

    @classmethod
    def _make_port_in(cls, number, sent=True, state="active"):
        port_in = cls.env["mvno.portability"].create(
            {"line_id": cls._make_line(state).id, "number": number, "donor": "Outra"}
        )
        if sent:
            port_in._transition("send")
        return port_in

    def _says(self, port_in=None, **answer):
        port_in = port_in or self.port_in
        path = f"/portabilidade/status/{port_in.line_id.simcard_id.iccid}"
        self.platform_says("GET", path, **answer)

    def _refresh(self, status, **more):
        self.forget_answers()
        self._says(json={"status": status, **more})
        self.port_in.action_refresh()

    def test_a_window_of_another_century_is_none(self):
        """It is shown to the customer and moves the alarm."""
        self._refresh("AGUARDANDO JANELA", janela="1900-01-01 10:00:00")
        self.assertFalse(self.port_in.window_start)
        near = (fields.Datetime.now() + timedelta(days=3)).replace(microsecond=0)
        told = near - timedelta(hours=3)  # where the platform is
        self._refresh("AGUARDANDO JANELA", janela=str(told))
        self.assertEqual(self.port_in.window_start, near)
        self._refresh("AGUARDANDO JANELA", janela="9998-12-30 10:00:00")
        self.assertEqual(self.port_in.window_start, near)

    def test_a_port_in_that_ended_before_is_a_fact_about_its_days(self):
        ended = (fields.Datetime.now() - timedelta(days=5)).replace(microsecond=0)
        told = []

        def learnt(lines, first_day, last_day, kind):
            told.append((lines, first_day, last_day, kind))

        with patch.object(self.registry["mvno.line"], "_on_days_learnt", learnt):
            local = ended - timedelta(hours=3)  # where the platform is
            self._refresh("PORTABILIDADE CONCLUIDA", janela=str(local))
        self.assertEqual(
            told,
            [
                (
                    self.port_in.line_id,
                    local.date(),
                    self.platform._today(),
                    "port_in",
                )
            ],
        )

    # === STATES === #

    def test_every_state_of_the_table_is_one_of_the_field(self):
        states = set(dict(self.env["mvno.portability"]._fields["state"].selection))
        self.assertEqual(set(TRANSITIONS), states)
        self.assertEqual(
            {s for s, events in TRANSITIONS.items() if events},
            set(self.env["mvno.portability"]._open_states),
        )
        self.assertEqual(
            set(EVENT_OF_STATUS), set(PortInStatus) - {PortInStatus.UNKNOWN}
        )
        self.assertLessEqual(set(EVENT_OF_STATUS.values()), EVENTS)

    def test_every_pair_of_state_and_event(self):
        for state, events in TRANSITIONS.items():
            for event in EVENTS:
                with self.subTest(state=state, event=event):
                    self.port_in.state = state
                    if event in events:
                        self.port_in._transition(event)
                        self.assertEqual(self.port_in.state, events[event])
                    else:
                        with self.assertRaisesRegex(UserError, "has ended"):
                            self.port_in._transition(event)
                        self.assertEqual(self.port_in.state, state)

    def test_open_ones_are_found(self):
        model = self.env["mvno.portability"]
        done = self._make_port_in("+5511912340009")
        done.state = "done"
        found = {
            value: model.search([("is_open", "=", value), ("id", "in", both.ids)])
            for both in [self.port_in | done]
            for value in (True, False)
        }
        self.assertEqual(found, {True: self.port_in, False: done})
        self.assertEqual(model.search([("is_open", "!=", True)]) & done, done)

    # === WHAT THE PLATFORM SAYS === #

    def test_a_port_in_goes_its_way_to_the_number_brought(self):
        self._refresh("PENDENTE")
        self.assertEqual(self.port_in.state, "requested")
        self._refresh("AGUARDANDO JANELA", janela="2026-10-08 09:00:00")
        self.assertEqual(self.port_in.state, "awaiting_window")
        self.assertEqual(self.port_in.window_start, datetime(2026, 10, 8, 12))
        self._refresh("PORTABILIDADE CONCLUÍDA")
        self.assertEqual(self.port_in.state, "done")
        line = self.port_in.line_id
        self.assertEqual(line.number, "+5511912340003")
        self.assertIn("(11) 91234-0003", line.message_ids[0].body)

    def test_an_end_that_failed_tells_why(self):
        for number, (status, state) in enumerate(
            (
                ("RECUSADA", "refused"),
                ("CONFLITO", "conflict"),
                ("CANCELADA", "cancelled"),
            )
        ):
            with self.subTest(status):
                self.port_in = self._make_port_in(f"+551191234001{number}")
                before = self.port_in.line_id.number
                self._refresh(status, erro_info=["Dados divergentes"])
                self.assertEqual(self.port_in.state, state)
                self.assertEqual(self.port_in.refusal, "Dados divergentes")
                self.assertEqual(self.port_in.line_id.number, before)

    def test_a_conflict_may_end_well(self):
        self._refresh("SUSPENSA")
        self.assertEqual((self.port_in.state, self.port_in.is_open), ("conflict", True))
        self._refresh("CONCLUIDA")
        self.assertEqual(self.port_in.state, "done")

    def test_nonsense_changes_nothing_but_is_shown(self):
        self._refresh("???", janela="depois de amanhã", erro_info={"x": None})
        self.assertEqual(self.port_in.state, "requested")
        self.assertEqual(self.port_in.platform_status, "???")
        self.assertFalse(self.port_in.window_start)

    def test_an_end_is_an_end(self):
        self._refresh("RECUSADA")
        self._refresh("CONCLUIDA")
        self.assertEqual(self.port_in.state, "refused")
        self.assertNotEqual(self.port_in.line_id.number, self.port_in.number)

    def test_one_that_was_never_sent_is_not_asked_for(self):
        self.port_in = self._make_port_in("+5511912340008", sent=False)
        self.port_in.action_refresh()
        self.port_in.line_id.portability_ids.action_refresh()
        self.assertFalse(self.asked())

    def test_a_refresh_tells_what_went_wrong(self):
        self._says(json={"message": "Não encontrado"}, status=404)
        with self.assertRaisesRegex(UserError, r"\(11\) 91234-0003.*Não encontrado"):
            self.port_in.action_refresh()

    # === THE CRON === #

    def test_open_ones_are_polled_the_longest_unread_first(self):
        second = self._make_port_in("+5511912340005")
        just_read = self._make_port_in("+5511912340006")
        just_read.checked_at = fields.Datetime.now()
        ended = self._make_port_in("+5511912340007")
        ended.state = "done"
        unsent = self._make_port_in("+5511912340008", sent=False)
        self.port_in.checked_at = fields.Datetime.now() - timedelta(hours=2)
        for port_in in self.port_in | second:
            self._says(port_in, json={"status": "CONCLUIDA"})
        self.cron("poll_portabilities")
        self.assertEqual((self.port_in | second).mapped("state"), ["done", "done"])
        asked = [path.rpartition("/")[2] for path in self.asked()]
        iccids = [port_in.line_id.simcard_id.iccid for port_in in second | self.port_in]
        self.assertEqual(asked, iccids)
        self.assertEqual((just_read | unsent).mapped("state"), ["requested"] * 2)

    @mute_logger(READING)
    def test_one_that_cannot_be_read_does_not_stop_the_others(self):
        """A platform without token, or a fault of ours, ended the whole run."""
        bad, unlucky = (self._make_port_in(f"+551191234001{end}") for end in range(2))
        other = self._make_platform(name="Other", user_token=False)
        self.env.cr.execute(
            "UPDATE mvno_line SET platform_id = %s WHERE id = %s",
            [other.id, bad.line_id.id],
        )
        bad.line_id.invalidate_recordset()
        good = self._make_port_in("+5511912340012")
        self._says(json={"status": "PENDENTE"})
        self._says(unlucky, body=broken())
        self._says(good, json={"status": "CONCLUIDA"})
        self.cron("poll_portabilities")
        self.assertEqual(good.state, "done")
        # the platform's own is over with the next answer
        self.assertFalse(self.platform.last_error)

    def test_the_cron_waits_as_long_as_the_platform_asks(self):
        """``Retry-After: 0`` used to end the cron with an AttributeError."""
        for wait, least in (("0", 1), ("120", 118)):
            with self.subTest(wait):
                self.forget_answers()
                self._says(body="", status=429, headers={"Retry-After": wait})
                before = set(self.triggers("poll_portabilities"))
                now = fields.Datetime.now()
                self.cron("poll_portabilities")
                new = set(self.triggers("poll_portabilities")) - before
                self.assertTrue(any((at - now).total_seconds() >= least for at in new))

    # === THE RECORD === #

    @mute_logger("odoo.sql_db")
    def test_a_number_is_under_way_once(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._make_port_in(self.port_in.number)
        self.port_in.state = "refused"
        self.port_in.flush_recordset()
        self.assertTrue(self._make_port_in(self.port_in.number))

    @mute_logger("odoo.sql_db")
    def test_a_number_is_a_mobile_one_in_e164(self):
        for number in ("11912340003", "+551133334444", "+351912345678"):
            with (
                self.subTest(number),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._make_port_in(number)

    def test_what_the_platform_decides_cannot_be_typed_in(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        port_in = self.port_in.with_user(attendant)
        for vals in ({"state": "done"}, {"sent_at": False}, {"window_start": False}):
            with self.subTest(vals), self.assertRaises(AccessError):
                port_in.write(vals)
        with self.assertRaises(AccessError):
            port_in.with_context(default_state="done").create(
                {"line_id": self._make_line().id, "number": "+5511912340099"}
            )

    def test_one_that_was_sent_is_neither_changed_nor_deleted(self):
        """What the platform was told cannot be rewritten here behind its back."""
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        port_in = self.port_in.with_user(attendant)
        with self.assertRaisesRegex(UserError, "was sent"):
            port_in.number = "+5511912340099"
        with self.assertRaisesRegex(UserError, "was sent"):
            port_in.unlink()
        unsent = self._make_port_in("+5511912340008", sent=False, state="draft")
        unsent = unsent.with_user(attendant)
        unsent.number = "+5511912340098"
        unsent.unlink()
