"""What can be seen in evidence: extracted, refanged, in one canonical spelling. Pure."""

from backtrail.observations.canonical import canonical
from backtrail.observations.extract import Found, extract
from backtrail.observations.hosts import public_suffix, registered_domain
from backtrail.observations.observe import Observed, Stated, observe
from backtrail.observations.traces import Traces

__all__ = [
    "Found",
    "Observed",
    "Stated",
    "Traces",
    "canonical",
    "extract",
    "observe",
    "public_suffix",
    "registered_domain",
]
