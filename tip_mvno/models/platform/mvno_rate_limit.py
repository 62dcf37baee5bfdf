# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import INTERACTIVE, SlotUnavailable
from ...tools.cursor import short_transaction

# Never more than this share of a minute's calls at once ...
BURST_SHARE = 5
# ... of which bulk work always leaves these to a person who waits.
INTERACTIVE_RESERVE = 3
# Calls a minute left unused: requests granted 60 s apart may arrive closer together.
SAFETY_MARGIN = 1
LONGEST_NAP = 1.0


class MvnoRateLimit(models.Model):
    """The calls left for one token, for every worker and host of this database.

    A bucket of ``burst`` calls that refills evenly so that burst + refill stay
    below the token's calls per minute over *any* 60 seconds. Two platform records
    with one token share a bucket. Time is the database's: hosts' clocks differ.
    """

    _name = "mvno.rate.limit"
    _description = "MVNO calls left per token"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    slots = fields.Float(required=True, readonly=True)
    refilled_at = fields.Datetime(required=True, readonly=True)
    blocked_until = fields.Datetime(readonly=True)
    call_count = fields.Integer(readonly=True)
    minute_at = fields.Datetime(readonly=True, help="The minute of the last call.")
    minute_calls = fields.Integer(readonly=True, help="Calls in that minute.")
    minute_before = fields.Integer(readonly=True, help="Calls in the one before.")
    hour_at = fields.Datetime(readonly=True, help="The hour of the last call.")
    hour_calls = fields.Integer(readonly=True, help="Calls in that hour.")
    hour_before = fields.Integer(readonly=True, help="Calls in the one before.")

    _key_uniq = models.Constraint("UNIQUE(key)", "One bucket per token.")

    @api.model
    def _key(self, token):
        """Name a token's bucket without telling the token.

        :return: str, a digest
        """
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _clock(self):
        """:return: SQL of the present moment, UTC, by the database's clock"""
        return SQL("clock_timestamp() AT TIME ZONE 'UTC'")

    @api.model
    def _parameters(self, requests_per_minute):
        """:return: (burst, refill per second) that never exceed the limit in 60 s"""
        usable = max(requests_per_minute - SAFETY_MARGIN, 1)
        burst = max(usable // BURST_SHARE, 1)
        return burst, max(usable - burst, 1) / 60.0

    @api.model
    def _acquire(self, key, requests_per_minute, priority, patience):
        """Take a slot, sleeping outside any transaction until there is one.

        :param str key: bucket, see :meth:`_key`
        :param int requests_per_minute: calls the platform allows this token
        :param priority: INTERACTIVE or BULK
        :param float patience: seconds the caller is ready to wait
        :raise SlotUnavailable: when the wait would be longer; says how long
        """
        give_up = time.monotonic() + patience
        while True:
            wait = self._take_slot(key, requests_per_minute, priority)
            if not wait:
                return
            if time.monotonic() + wait > give_up:
                raise SlotUnavailable(retry_in=wait)
            time.sleep(min(wait, LONGEST_NAP))

    @api.model
    def _take_slot(self, key, requests_per_minute, priority):
        """Take a slot now or tell how long to wait.

        :return: 0.0 when taken, else the seconds until one may be free
        """
        burst, per_second = self._parameters(requests_per_minute)
        reserve = 0 if priority == INTERACTIVE else min(INTERACTIVE_RESERVE, burst - 1)
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                SQL(
                    """
                    INSERT INTO mvno_rate_limit AS bucket
                           (key, slots, refilled_at, call_count)
                    VALUES (%(key)s, %(burst)s, %(now)s, 0)
                    ON CONFLICT (key) DO NOTHING
                    """,
                    key=key,
                    burst=burst,
                    now=self._clock(),
                )
            )
            env.cr.execute(
                SQL(
                    """
                    WITH locked AS (
                        SELECT id, slots, refilled_at, blocked_until
                          FROM mvno_rate_limit WHERE key = %(key)s FOR UPDATE
                    ), state AS (
                        SELECT id, blocked_until, moment,
                               LEAST(%(burst)s, slots + %(rate)s * GREATEST(
                                   EXTRACT(EPOCH FROM moment - refilled_at), 0
                               )) AS slots
                          FROM locked,
                               LATERAL (SELECT %(now)s AS moment) AS clock
                    ), verdict AS (
                        SELECT *,
                               date_trunc('minute', moment) AS minute,
                               date_trunc('hour', moment) AS hour,
                               CASE WHEN wait > 0 THEN 0 ELSE 1 END AS taken
                          FROM state,
                               LATERAL (SELECT GREATEST(
                                   EXTRACT(EPOCH FROM blocked_until - moment),
                                   (1 + %(reserve)s - slots) / %(rate)s,
                                   0
                               ) AS wait) AS delay
                    )
                    UPDATE mvno_rate_limit AS bucket
                       SET slots = verdict.slots - taken,
                           refilled_at = verdict.moment,
                           call_count = bucket.call_count + taken,
                           minute_at = minute,
                           minute_calls = taken + CASE minute_at
                               WHEN minute THEN minute_calls ELSE 0 END,
                           minute_before = CASE minute_at
                               WHEN minute THEN minute_before
                               WHEN minute - interval '1 minute' THEN minute_calls
                               ELSE 0 END,
                           hour_at = hour,
                           hour_calls = taken + CASE hour_at
                               WHEN hour THEN hour_calls ELSE 0 END,
                           hour_before = CASE hour_at
                               WHEN hour THEN hour_before
                               WHEN hour - interval '1 hour' THEN hour_calls
                               ELSE 0 END
                      FROM verdict
                     WHERE bucket.id = verdict.id
                 RETURNING verdict.wait
                    """,
                    key=key,
                    burst=float(burst),
                    rate=per_second,
                    reserve=float(reserve),
                    now=self._clock(),
                )
            )
            return float(env.cr.fetchone()[0])

    @api.model
    def _used(self, keys):
        """Tell how many calls these tokens made lately, for people to see: of the
        period before the present one a share is counted, as if evenly made.

        :param keys: collection of buckets, see :meth:`_key`
        :return: dict {key: (calls in the last minute, calls in the last hour)}
        """
        if not keys:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key, minute_at, minute_calls, minute_before,
                       hour_at, hour_calls, hour_before,
                       %(now)s AS moment
                  FROM mvno_rate_limit WHERE key IN %(keys)s
                """,
                keys=tuple(keys),
                now=self._clock(),
            )
        )
        return {
            key: (
                _lately(moment, timedelta(minutes=1), *minute),
                _lately(moment, timedelta(hours=1), *hour),
            )
            for key, *counts, moment in rows
            for minute, hour in [(counts[:3], counts[3:])]
        }

    @api.model
    def _pause(self, key, seconds):
        """Obey a Retry-After: no call for this token before it has passed.

        :param float seconds: what the platform asked for
        """
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                SQL(
                    """
                    UPDATE mvno_rate_limit
                       SET slots = 0,
                           blocked_until = GREATEST(
                               COALESCE(blocked_until, '-infinity'),
                               %(now)s + make_interval(secs => %(seconds)s)
                           )
                     WHERE key = %(key)s
                    """,
                    key=key,
                    now=self._clock(),
                    seconds=float(seconds),
                )
            )


def _lately(moment, period, counted_at, calls, before):
    """:return: int, calls in the period that ends now"""
    if not counted_at:
        return 0
    into = moment - counted_at
    share = 1 - (into % period) / period
    if into < period:
        return round(calls + before * share)
    return round(calls * share) if into < 2 * period else 0
