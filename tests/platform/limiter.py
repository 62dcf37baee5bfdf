"""The platform's rate limit: so many calls of one token in any 60 s of real time."""

import math
import time
from collections import deque
from threading import Lock

WINDOW = 60.0


class Limiter:
    """A sliding window over the calls that were let through."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: deque[float] = deque()

    def wait_for(self, rpm: int | None) -> int:
        """Take a place in the window, if there is one.

        :param rpm: places in it; None or 0: no limit
        :return: 0 when the call may pass, else whole seconds until the next place
        """
        if not rpm:
            return 0
        now = time.monotonic()
        with self._lock:
            while self._taken and self._taken[0] <= now - WINDOW:
                self._taken.popleft()
            if len(self._taken) < rpm:
                self._taken.append(now)
                return 0
            # The one whose leaving makes the window fall below the limit.
            leaving = self._taken[len(self._taken) - rpm]
        return max(1, math.ceil(leaving + WINDOW - now))

    def reset(self) -> None:
        """Forget the calls made so far."""
        with self._lock:
            self._taken.clear()
