# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MvnoStatementSource(models.AbstractModel):
    """What a month's statement is imported from.

    One driver reads them all, by the same path and into the same events; it asks the
    statement's source for what differs. ``mvno.statement._sources`` names them.
    """

    _name = "mvno.statement.source"
    _description = "Imported from"

    @api.model
    def _problem(self, statement):
        """:return: a sentence about why there is nothing to import from, or False"""
        return False

    @api.model
    def _open(self, statement):
        """:return: context manager giving what is imported: an iterable of
        ``lib.UsageLine`` with a ``line_count`` and, once read, its ``problems``; it
        needs no cursor to be entered"""
        raise NotImplementedError

    @api.model
    def _tells_whole_month(self, statement):
        """:return: bool, whether the source is complete for all lines"""
        return not statement.partner_id

    @api.model
    def _accept(self, statement, unreadable):
        """See whether what was read may take the place of the month.

        :param list unreadable: what in it could not be read
        :return: bool; where it may not, the statement says why
        """
        return True

    @api.model
    def _finish(self, statement):
        """The month is equal to what was read."""

    @api.model
    def _fail(self, statement, error):
        """Plan the next try of an import that failed, or give up and say why.

        :param error: the exception
        """
        raise NotImplementedError
