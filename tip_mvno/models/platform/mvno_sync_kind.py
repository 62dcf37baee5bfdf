# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MvnoSyncKind(models.AbstractModel):
    """What is particular to one kind of synchronization.

    ``mvno.sync`` drives all of them and names them in ``_kinds``: it asks its kind for
    the call of the next slice, makes it, and hands over the answer to be kept. Every
    operation gets the ``mvno.sync`` record it is about, in its readers' language.
    """

    _name = "mvno.sync.kind"
    _description = "Synchronizations"

    @api.model
    def _restart(self, syncs):
        """The work begins anew: forget what this kind notes between slices.

        :param syncs: ``mvno.sync`` records of this kind
        """

    @api.model
    def _before_slice(self, sync):
        """Look whether what was read so far is still good for another slice."""

    @api.model
    def _is_local(self, sync):
        """:return: bool, whether the next slice needs no call"""
        return False

    @api.model
    def _prepare_call(self, sync, client):
        """Prepare the next slice's one HTTP call.

        :param client: ``TipClient``; None for a slice that needs no call
        :return: callable that makes the call, without a cursor, and gives a context
            manager of the answer: what the answer holds is let go of at its end
        """
        raise NotImplementedError

    @api.model
    def _store(self, sync, answer):
        """Keep what a slice brought, and go on to the next one or finish.

        :param answer: what the call's context manager gave
        """
        raise NotImplementedError
