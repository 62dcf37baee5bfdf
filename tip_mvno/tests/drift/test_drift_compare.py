# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ...models.drift import mvno_sync_drift
from ..common import AVAILABLE, BLOCKED, CANCELLED, OTHER_CPF, PARTIAL, TOTAL, broken
from ..drift_common import DriftCase


@tagged("post_install", "-at_install")
class TestMvnoDrift(DriftCase):
    """What a comparison lists, and what it takes over in silence."""

    # === NOTHING TO LIST === #

    def test_what_agrees_is_not_listed(self):
        line = self.live_line()
        self.assertFalse(self.sweep())
        self.assertEqual(line.platform_status, "EM USO")
        self.assertTrue(line.checked_at)
        self.assertEqual(self.sync.state, "done")
        self.assertEqual(self.platform.swept_at, self.sync.finished_at)

    def test_a_manager_compares_now_and_again(self):
        """Regression: the second comparison asked for by a person was refused."""
        manager = new_test_user(self.env, "chief", "tip_mvno.group_manager")
        self.live_line()
        for _time in range(2):
            self.platform.with_user(manager).action_sweep()
            self.assertFalse(self.sweep())
            self.assertEqual(self.sync.state, "done")

    def test_a_comparison_speaks_as_who_is_responsible_for_the_platform(self):
        """Regression: a cron has no language, so what it found was kept in English."""
        self.env["res.lang"]._activate_lang("pt_BR")
        self.platform.user_id = new_test_user(
            self.env, "responsible", "tip_mvno.group_manager", lang="pt_BR"
        )
        self.live_line()
        spoken, kind = [], self.registry["mvno.sync.drift"]
        store = kind._store

        def listen(comparison, sync, answer):
            spoken.append(comparison.env.lang)
            return store(comparison, sync, answer)

        with patch.object(kind, "_store", listen):
            self.sweep()
        self.assertEqual(set(spoken), {"pt_BR"})

    def test_a_sweep_makes_one_call_more_than_the_stock_has_pages(self):
        for _index in range(3):
            self.live_line()
        self.sweep()
        self.assertEqual(
            self.asked(),
            [
                "GET /api/public/estoque/listar",
                "GET /api/public/assinantes/listar",
            ],
        )

    def test_a_sweep_without_news_writes_the_same_number_of_queries(self):
        """Ten times the lines, hardly more queries."""

        def count(lines):
            for _index in range(lines):
                self.live_line()
            self.sweep()
            return self.count_queries(self.sweep)

        few = count(4)
        many = count(36)
        self.assertLess(many - few, 12)

    def test_the_answer_is_dropped_when_the_sweep_ends(self):
        self.live_line()
        self.sweep()
        self.assertFalse(self.env["mvno.drift.seen"].search_count([]))

    # === CONTRADICTIONS === #

    def test_a_line_cancelled_there_is_listed_and_goes_on_here(self):
        line = self.live_line()
        self.row_of(line)["status"] = CANCELLED
        drift = self.sweep()
        self.assert_listed(line, "cancelled_there")
        self.assertRecordValues(
            drift, [{"here": "Active", "there": CANCELLED, "state": "open"}]
        )
        self.assertEqual(line.state, "active")

    def test_a_cancelled_sim_card_tells_that_the_line_is_cancelled(self):
        line = self.live_line()
        self.contracts.clear()
        self.live_line()
        self.stock[line.simcard_id.iccid]["status"] = CANCELLED
        self.sweep()
        self.assert_listed(line, "cancelled_there")

    def test_a_line_not_listed_is_missing(self):
        line, _other = self.live_line(), self.live_line()
        self.contracts.remove(self.row_of(line))
        self.sweep()
        self.assert_listed(line, "missing_there")

    def test_a_line_unknown_here_is_listed_with_its_holder(self):
        self.live_line()
        row = self.lists(self._make_line("active"))
        stranger = self.env["mvno.line"].search(
            [("simcard_id.iccid", "=", row["sim_card"])]
        )
        stranger.state = "draft"
        row.update(numero_contrato="000777", cpf_cnpj="11144477735", nome="Outra")
        drift = self.sweep()
        self.assertRecordValues(
            drift,
            [
                {
                    "kind": "unknown_here",
                    "line_id": False,
                    "iccid": row["sim_card"],
                    "platform_contract": "000777",
                    "holder": "Outra",
                    "document": "11144477735",
                }
            ],
        )

    def test_a_cancelled_line_in_service_there_costs_money(self):
        line = self.live_line()
        line._on_cancelled("customer", fields.Date.today())
        line.transition_ids.date = fields.Datetime.now() - timedelta(days=1)
        self.sweep()
        self.assert_listed(line, "active_there")

    def test_a_line_that_was_just_cancelled_is_left_alone(self):
        line = self.live_line()
        line._on_cancelled("customer", fields.Date.today())
        self.assertFalse(self.sweep())

    def test_another_plan_holder_sim_card_or_contract_is_listed(self):
        for kind, changes in {
            "other_plan": {"plano": "10 GB"},
            "other_holder": {"cpf_cnpj": "11144477735"},
            "other_simcard": {"sim_card": "8955000000000099999"},
            "other_contract": {"numero_contrato": "000999"},
        }.items():
            with self.subTest(kind):
                self.contracts.clear()
                line = self.live_line()
                self.contracts[0].update(changes)
                drift = self.sweep()
                self.assert_listed(line, kind)
                self.assertIn(next(iter(changes.values())), drift.there)
                line.unlink() if line.state == "draft" else line.write(
                    {"state": "cancelled", "cancellation_date": "2026-01-01"}
                )
                drift.unlink()

    def test_the_plan_may_be_told_by_its_code_or_in_capitals(self):
        line = self.live_line()
        for told in ("0101", "5 gb", ""):
            self.row_of(line)["plano"] = told
            self.assertFalse(self.sweep(), told)

    def test_both_prints_of_a_sim_card_are_the_same(self):
        line = self.live_line()
        self.row_of(line)["sim_card"] += "7"
        self.assertFalse(self.sweep())

    def test_the_contract_decides_before_the_sim_card(self):
        """A SIM card used again has an ended contract and a living one."""
        line = self.live_line()
        self.lists(line, CANCELLED, numero_contrato="000111", cpf_cnpj="11144477735")
        self.assertFalse(self.sweep())

    def test_a_number_that_moved_to_another_contract_is_another_sim_card(self):
        line = self.live_line()
        self.row_of(line)["status"] = CANCELLED
        self.lists(line, numero_contrato="000222", sim_card="8955000000000088888")
        self.sweep()
        self.assert_listed(line, "other_simcard")

    # === LATE KNOWLEDGE === #

    def test_a_missing_number_and_contract_are_filled_in(self):
        line = self.live_line()
        told = self.row_of(line)
        line.write({"number": False, "platform_contract": False})
        self.assertFalse(self.sweep())
        self.assertEqual(line.number, f"+55{told['linha_contrato']}")
        self.assertEqual(line.platform_contract, told["numero_contrato"])

    def test_nothing_is_taken_from_another_holders_line(self):
        line = self.live_line()
        self.row_of(line).update(cpf_cnpj="11144477735", linha_contrato="11912340000")
        before = line.number
        self.sweep()
        self.assertEqual(line.number, before)

    def test_an_activation_finished_there_begins_the_service(self):
        line = self._make_activating()
        line.command_ids.settled_at = "2026-10-05 12:00:00"
        self.lists(line, numero_contrato="000123", linha_contrato="11912345678")
        self.assertFalse(self.sweep())
        self.assertRecordValues(
            line,
            [
                {
                    "state": "active",
                    "number": "+5511912345678",
                    "platform_contract": "000123",
                    "activation_date": fields.Date.to_date("2026-10-05"),
                }
            ],
        )

    def test_an_activation_on_its_way_is_neither_started_nor_unknown(self):
        line = self._make_activating("unknown")
        self.lists(line, numero_contrato="000123", linha_contrato="11912345678")
        self.assertFalse(self.sweep())
        self.assertEqual(line.state, "activating")

    def test_a_block_there_is_taken_over_and_listed(self):
        for in_stock, state in ((BLOCKED, "blocked"), (PARTIAL, "partially_blocked")):
            with self.subTest(in_stock):
                line = self.live_line()
                self.row_of(line)["status"] = BLOCKED
                self.stock[line.simcard_id.iccid]["status"] = in_stock
                self.sweep()
                self.assertEqual(line.state, state)
                self.assertEqual(line.hold_ids.reason, "platform")
                self.assertEqual(line.drift_ids.kind, "blocked_there")
                self.assertEqual(line.platform_status, in_stock)

    def test_a_block_of_ours_that_came_late_is_no_drift(self):
        line = self.live_line()
        self._make_block(line, state="done", settled_at="2026-10-01 00:00:00")
        self.row_of(line)["status"] = BLOCKED
        self.stock[line.simcard_id.iccid]["status"] = TOTAL
        self.assertFalse(self.sweep())
        self.assertEqual(line.state, "blocked")

    def test_a_block_the_platform_refused_is_listed(self):
        line = self.live_line()
        command = self._make_block(line)
        command.write({"state": "refused", "settled_at": "2026-10-01 00:00:00"})
        command.hold_version = line.hold_version
        self.sweep()
        self.assert_listed(line, "unblocked_there")

    def test_a_block_lifted_there_is_asked_for_again(self):
        line = self.live_line("blocked")
        command = self._make_block(line, level="total")
        self.assertFalse(command)
        self.assertFalse(self.sweep())
        self.assertEqual(line.state, "active")
        self.assertEqual(line.open_command_id.operation, "block_total")

    def test_sim_cards_follow_the_stock(self):
        simcard = self._make_simcards()
        self.stock[simcard.iccid] = {"sim_card": simcard.iccid, "status": CANCELLED}
        self.live_line()
        self.sweep()
        self.assertEqual(simcard.state, "cancelled")

    def test_one_line_that_cannot_follow_does_not_keep_the_others_from_it(self):
        lines = [self.live_line(), self.live_line(), self.live_line()]
        for line in lines:
            line.write({"number": False})
        write = type(lines[0]).write

        def failing(records, vals):
            if records == lines[1] and "number" in vals:
                raise ValueError("broken")
            return write(records, vals)

        self.patch(type(lines[0]), "write", failing)
        comparing = "odoo.addons.tip_mvno.models.drift.mvno_drift_compare"
        with self.assertLogs(comparing, "ERROR"):
            self.sweep()
        self.assertEqual([bool(line.number) for line in lines], [True, False, True])

    # === LEFT ALONE === #

    def test_a_line_is_left_alone_while_the_platforms_status_lags(self):
        for vals in (
            {"state": "pending"},
            {"state": "unknown", "unknown_since": fields.Datetime.now()},
            {"state": "done", "settled_at": fields.Datetime.now()},
        ):
            with self.subTest(vals["state"]):
                line = self.live_line()
                self.row_of(line)["status"] = CANCELLED
                command = self._make_command(line, "unblock", **vals)
                self.assertFalse(self.sweep())
                command.write({"state": "done", "settled_at": "2026-10-01 00:00:00"})
                self.assertEqual(self.sweep().kind, "cancelled_there")
                self.contracts.clear()
                line.drift_ids.unlink()
                line.write({"state": "cancelled", "cancellation_date": "2026-01-01"})

    def test_the_settling_time_is_a_setting(self):
        line = self.live_line()
        self.row_of(line)["status"] = CANCELLED
        self._make_command(
            line,
            "unblock",
            "done",
            settled_at=fields.Datetime.now() - timedelta(minutes=30),
        )
        self.assertFalse(self.sweep())
        self.platform.drift_grace = 20
        self.assertTrue(self.sweep())

    # === OVER TIME === #

    def test_a_second_sweep_changes_nothing_but_the_last_sight(self):
        line = self.live_line()
        self.row_of(line)["plano"] = "10 GB"
        self.lists(self.live_line(), numero_contrato="000555", sim_card="8" * 19)
        drifts = self.sweep()
        self.assertEqual(len(drifts), 2)
        before = drifts.read(["kind", "subject", "first_seen", "state", "there"])
        drifts.last_seen = "2026-01-01 00:00:00"
        self.assertEqual(self.sweep(), drifts)
        self.assertEqual(
            drifts.read(["kind", "subject", "first_seen", "state", "there"]), before
        )
        self.assertGreater(min(drifts.mapped("last_seen")).year, 2025)
        self.assertFalse(drifts.transition_ids)

    def test_what_is_no_longer_seen_is_resolved(self):
        line, other = self.live_line(), self.live_line()
        self.row_of(line)["plano"] = "10 GB"
        stranger = self.lists(other, numero_contrato="000555", sim_card="8" * 19)
        drifts = self.sweep()
        self.row_of(line)["plano"] = "5 GB"
        self.contracts.remove(stranger)
        self.assertFalse(self.sweep())
        self.assertEqual(set(drifts.mapped("state")), {"resolved"})
        self.assertTrue(all(drift.transition_ids.reason for drift in drifts))

    def test_what_comes_back_is_listed_anew(self):
        line = self.live_line()
        for _turn in range(2):
            self.row_of(line)["plano"] = "10 GB"
            self.sweep()
            self.row_of(line)["plano"] = "5 GB"
            self.sweep()
        self.assertEqual(len(line.drift_ids), 2)

    def test_a_drift_is_told_with_its_age(self):
        line = self.live_line()
        self.row_of(line)["plano"] = "10 GB"
        drift = self.sweep()
        drift.first_seen -= timedelta(days=5)
        self.assertEqual(drift.days, 5)
        self.assertEqual((self.platform.drift_count, self.platform.drift_days), (1, 5))
        self.assertEqual(line.drift_count, 1)

    def test_a_drift_of_a_line_that_ended_is_resolved(self):
        line = self.live_line()
        self.row_of(line)["status"] = CANCELLED
        drift = self.sweep()
        line._on_cancelled("platform", fields.Date.today())
        self.sweep()
        self.assertEqual(drift.state, "resolved")

    # === INCOMPLETE ANSWERS === #

    def _assert_nothing_concluded(self, missing, resolvable):
        self.assertNotIn(
            "missing_there", self.env["mvno.drift"].search([]).mapped("kind")
        )
        self.assertFalse(missing.drift_ids)
        self.assertEqual(resolvable.state, "open")
        self.assertFalse(self.platform.swept_at)

    def test_an_answer_with_a_damaged_row_reports_nothing_missing(self):
        line, other = self.live_line(), self.live_line()
        stranger = self.lists(other, numero_contrato="000555", sim_card="8" * 19)
        drift = self.sweep()
        self.platform.swept_at = False
        self.contracts.remove(stranger)
        self.contracts.remove(self.row_of(line))
        rows = [*self._subscribers(), "damaged"]
        self.sweep(subscribers={"json": {"results": rows}})
        self._assert_nothing_concluded(line, drift)
        self.assertEqual(self.sync.state, "done")
        self.assertIn("damaged", self.sync.message)

    def test_an_empty_answer_reports_nothing_missing(self):
        line, other = self.live_line(), self.live_line()
        stranger = self.lists(other, numero_contrato="000555", sim_card="8" * 19)
        drift = self.sweep()
        self.platform.swept_at = False
        self.contracts.remove(stranger)
        self.sweep(subscribers={"json": {"results": []}})
        self._assert_nothing_concluded(line, drift)
        self.assertIn("0 of the 2", self.sync.message)

    def test_a_cut_answer_is_asked_for_again(self):
        self.live_line()
        self.sweep(subscribers={"body": '{"results": [{"cpf_cnpj": "5299'})
        self.assertEqual((self.sync.state, self.sync.stage), ("running", "subscribers"))
        self.assertIn(self.sync.next_attempt, self.triggers("sync"))
        self.answer_sweep()
        self.sync.next_attempt = fields.Datetime.now()
        self.cron("sync")
        self.assertEqual(self.sync.state, "done")
        self.assertEqual(len(self.asked("/estoque/listar")), 0)

    # === THE STOCK === #

    def test_a_sim_card_gone_from_the_stock_twice_is_not_given_away(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=9)):
            simcard = self._make_simcards()
        self.stock[simcard.iccid] = {"sim_card": simcard.iccid, "status": AVAILABLE}
        self.live_line()
        self.sweep()
        del self.stock[simcard.iccid]
        long_ago = fields.Datetime.now() - timedelta(days=3)
        simcard.checked_at = long_ago
        self.platform.swept_from = long_ago - timedelta(minutes=1)
        self.assertFalse(self.sweep(), "not yet missed twice")
        simcard.checked_at = long_ago
        drift = self.sweep()
        self.assertEqual((drift.kind, drift.simcard_id), ("simcard_gone", simcard))
        self.assertEqual(simcard.state, "unknown")
        self.stock[simcard.iccid] = {"sim_card": simcard.iccid, "status": AVAILABLE}
        self.sweep()
        self.assertEqual((drift.state, simcard.state), ("resolved", "available"))

    # === GOING ON === #

    def test_slices_go_on_where_a_run_was_interrupted(self):
        self.startPatcher(patch.object(mvno_sync_drift, "SLICE", 2))
        lines = [self.live_line() for _index in range(5)]
        for line in lines:
            self.row_of(line)["plano"] = "10 GB"
        self.answer_sweep()
        self.env["mvno.sync"]._request(self.platform, "drift")
        with self.enter_registry_test_mode():
            for _slice in range(3):
                self.env["mvno.sync"]._run_slice(self.sync.id)
        self.env.invalidate_all()
        self.assertEqual(self.sync.stage, "lines")
        self.assertEqual(self.sync.last_id, lines[1].id)
        self.assertEqual(len(self.env["mvno.drift"].search([])), 2)
        self.forget_answers()
        self.cron("sync")
        self.assertEqual(self.sync.state, "done")
        self.assertEqual(len(self.env["mvno.drift"].search([])), 5)

    def test_an_answer_that_is_too_old_is_asked_for_again(self):
        line = self.live_line()
        self.answer_sweep()
        self.env["mvno.sync"]._request(self.platform, "drift")
        with self.enter_registry_test_mode():
            for _slice in range(2):
                self.env["mvno.sync"]._run_slice(self.sync.id)
        self.sync.started_at -= timedelta(hours=7)
        self.row_of(line)["plano"] = "10 GB"
        self.answer_sweep()
        self.cron("sync")
        self.assert_listed(line, "other_plan")

    def test_an_unreachable_platform_lists_nothing(self):
        line = self.live_line()
        self.sweep(stock={"body": broken()})
        self.assertEqual((self.sync.state, self.sync.stage), ("running", "stock"))
        self.assertFalse(line.drift_ids)

    def test_every_platform_in_use_is_compared_at_night(self):
        self._make_platform(name="Not connected")
        self.answer_sweep()
        self.cron("sweep")
        waiting = self.env["mvno.sync"].search([("kind", "=", "drift")])
        self.assertEqual(waiting.platform_id, self.platform)
        self.assertTrue(self.triggers("sync"))
        cron = self.env.ref("tip_mvno.ir_cron_sweep")
        self.assertEqual(cron.nextcall.hour, 6, "3 in the morning in São Paulo")

    def test_the_list_takes_no_query_per_row(self):
        names = ["display_name", "kind", "line_id", "partner_id", "days", "state"]

        def count(lines):
            for _index in range(lines):
                self.row_of(self.live_line())["plano"] = "10 GB"
            drifts = self.sweep()
            return self.count_queries(lambda: drifts.read(names))

        self.assertEqual(count(3), count(30))

    # === PRIVACY === #

    def test_the_text_for_tip_tells_no_whole_document(self):
        line = self.live_line()
        self.row_of(line)["cpf_cnpj"] = OTHER_CPF.replace(".", "").replace("-", "")
        drift = self.sweep()
        self.assertNotIn("11144477735", drift.support_text)
        self.assertIn("444.777", drift.support_text)
        self.assertIn(line.platform_contract, drift.support_text)
