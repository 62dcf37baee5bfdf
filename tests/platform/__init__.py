"""A simulated TIP platform: a real HTTP server for tests and demonstrations.

    with SimulatedPlatform(token="...", seed=1) as platform:
        client = Client(platform.url, "...")

or `python -m tests.platform --port 0`. See README.md beside this file.
"""

from .calls import OPERATIONS, WRITES, Call
from .domain import Contract, Effect, Plan, Sim, SimStatus, Subscriber
from .options import Options
from .port_in import PortIn, PortInStatus
from .simulated import DEFAULT_TOKEN, SimulatedPlatform
from .usage import UsageEvent

__all__ = [
    "DEFAULT_TOKEN",
    "OPERATIONS",
    "WRITES",
    "Call",
    "Contract",
    "Effect",
    "Options",
    "Plan",
    "PortIn",
    "PortInStatus",
    "Sim",
    "SimStatus",
    "SimulatedPlatform",
    "Subscriber",
    "UsageEvent",
]
