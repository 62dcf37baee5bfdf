# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one place that knows how to keep the token out of what is written or shown."""

import html
import logging
import re
from urllib.parse import quote, quote_plus

MASK = "***"
_IN_QUERY = re.compile(r"(user_token=)[^&\s'\"<>)]*", re.IGNORECASE)
# the loggers of urllib3 that write request URLs
_URL_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")


class Redactor:
    """Replace a token, in any form it takes in URLs and HTML, by a mask.

    :param token: the secret.
    """

    __slots__ = ("_forms",)

    def __init__(self, token):
        forms = {token, quote(token, safe=""), quote_plus(token), html.escape(token)}
        # longest first: a form may contain another one
        self._forms = sorted(filter(None, forms), key=len, reverse=True)

    def text(self, text):
        """:return: `text` without the token."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return _IN_QUERY.sub(rf"\g<1>{MASK}", text) if "=" in text else text

    def tree(self, value):
        """:return: a decoded JSON value with the token out of every text in it, however
        deep it is nested."""
        top = [value]
        waiting = [top]
        while waiting:
            holder = waiting.pop()
            places = holder.items() if isinstance(holder, dict) else enumerate(holder)
            for place, found in places:
                if isinstance(found, str):
                    holder[place] = self.text(found)
                elif isinstance(found, dict | list):
                    holder[place] = found.copy()
                    waiting.append(holder[place])
        return top[0]


class UrlLogFilter(logging.Filter):
    """Mask ``user_token=…`` in log records that carry a request's URL."""

    def filter(self, record):
        message = record.getMessage()
        if "user_token=" in message.lower():
            record.msg = _IN_QUERY.sub(rf"\g<1>{MASK}", message)
            record.args = ()
        return True


def protect_url_logs():
    """Put the filter on urllib3's loggers, once however often it is called."""
    for name in _URL_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(found, UrlLogFilter) for found in logger.filters):
            logger.addFilter(UrlLogFilter())
