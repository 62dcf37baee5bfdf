# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of scanned SIM cards share."""

from stdnum import luhn

from .common import MvnoCase

ATTENDANT, INTERNAL = "tip_mvno.group_attendant", "base.group_user"
# How many cards with which numbers; the first warms what is cached for ever
SIZES = (
    (20, 8955333330000000000),
    (20, 8955444440000000000),
    (2000, 8955555550000000000),
)


def checked(digits):
    """:return: a number with its check digit"""
    return digits + luhn.calc_check_digit(digits)


class ScanCase(MvnoCase):
    """Cards in the stock room, a shop and a technician, and who scans them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["res.partner"].create({"name": "Loja Exemplo"})
        cls.technician = cls.env["res.partner"].create({"name": "Técnico Exemplo"})
        cls.attendant = cls._make_user("ana", ATTENDANT)
        cls.simcards = cls._make_simcards(3)

    def _scan(self, model, *scanned, **vals):
        """:return: a dialog of the attendant into which this was scanned"""
        texts = [text if isinstance(text, str) else text.iccid for text in scanned]
        dialog = self.env[model].with_user(self.attendant)
        return dialog.create({"scanned": "\n".join(texts), **vals})

    def _make_many(self, count, start):
        """:return: as many cards, and their list to paste"""
        simcards = self._make_quietly(
            "mvno.simcard",
            [
                {
                    "platform_id": self.platform.id,
                    "iccid": str(start + index),
                    "state": "available",
                }
                for index in range(count)
            ],
        )
        return simcards, "\n".join(simcards.mapped("iccid"))
