"""What a group did: pure functions from what was observed of it to findings, each number with its parts."""

from backtrail.profiles.arsenal import arsenal
from backtrail.profiles.chain import chain
from backtrail.profiles.domains import domains
from backtrail.profiles.drift import drift
from backtrail.profiles.dwell import dwell
from backtrail.profiles.hours import Login, Others, hours
from backtrail.profiles.inventory import servers
from backtrail.profiles.lifecycle import lifecycle
from backtrail.profiles.netblocks import Allocation, Netblocks
from backtrail.profiles.personas import personas
from backtrail.profiles.pivots import pivots
from backtrail.profiles.priorities import priorities
from backtrail.profiles.strength import Session, paired, strength
from backtrail.profiles.theft import Taken, theft
from backtrail.profiles.trace import HopLogin, Relay, joined, trace
from backtrail.profiles.victims import victims

__all__ = [
    "Allocation",
    "HopLogin",
    "Login",
    "Netblocks",
    "Others",
    "Relay",
    "Session",
    "Taken",
    "arsenal",
    "chain",
    "domains",
    "drift",
    "dwell",
    "hours",
    "joined",
    "lifecycle",
    "paired",
    "personas",
    "pivots",
    "priorities",
    "servers",
    "strength",
    "theft",
    "trace",
    "victims",
]
