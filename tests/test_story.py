"""The main job from the platform's token to the customers' invoices, over real HTTP."""

from copy import copy
from datetime import date

from .case import SharedPlatformCase
from .provider import TOKEN
from .story import Story

TODAY = date(2026, 11, 22)


class TestStory(SharedPlatformCase):
    """Told once for all tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the story registers it itself: one account is one platform
        cls.provider.platform.unlink()
        cls.story = Story(
            cls.env(context={**cls.env.context, "lang": "pt_BR"}),
            cls.simulated.url,
            TOKEN,
            today=TODAY,
            commit=cls.env.flush_all,
            drive=cls.drive,
        )
        cls.story.tell()

    def test_from_the_token_to_the_invoices(self):
        story = self.story
        self.assertEqual(story.platform.state, "connected")
        self.assertEqual(story.platform.plan_count, 6)
        self.assertEqual(story.platform.simcard_count, 60)
        self.assertEqual(set(story.lines.mapped("state")), {"active"})
        self.assertEqual(len(story.lines), 6)
        portability = story.lines.portability_ids
        self.assertEqual(portability.state, "done")
        self.assertEqual(portability.line_id.number, "+5511981234567")

    def test_the_invoices_are_right_to_the_cent(self):
        """Lines of 5 October: 27 of 31 days; small plan 49.90, large one 79.90."""
        story = self.story
        small, large = 43.46, 69.59
        expected = {
            "Assinante Fictícia Um": round(small + large, 2),
            "Assinante Fictício Dois": small,
            "Empresa Fictícia Ltda": round(2 * large + small, 2),
        }
        invoices = story.run.invoice_ids
        self.assertEqual(
            {move.partner_id.name: round(move.amount_total, 2) for move in invoices},
            expected,
        )
        self.assertEqual(set(invoices.mapped("state")), {"posted"})
        self.assertEqual(set(invoices.mapped("mvno_competence")), {date(2026, 10, 1)})
        self.assertFalse(story.run.issue_ids)

    def test_a_second_import_and_a_second_run_change_nothing(self):
        # its last run is another one afterwards
        story = copy(self.story)

        def everything():
            events = self.env["mvno.usage.event"].search([])
            return (
                events.mapped(lambda event: (event.id, event.digest, event.ordinal)),
                story.statement.line_ids.mapped(
                    lambda line: (line.id, line.voice_seconds, line.data_mb)
                ),
                self.env["account.move"].search([]).ids,
                self.env["mvno.billing.item"].search([]).ids,
            )

        before = everything()
        self.assertTrue(all(before))
        story.statement.action_import()
        self.drive("mvno.statement", "cron_import")
        story.bill()
        self.assertEqual(everything(), before)
