"""What arrived, unchanged: blobs by SHA-256, archives unpacked within bounds, native parsers kept at arm's length."""

from backtrail.evidence.arrivals import Arrival, Refusal, arrivals
from backtrail.evidence.reading import records
from backtrail.evidence.store import Blob, Store
from backtrail.evidence.unpack import Bounds

__all__ = ["Arrival", "Blob", "Bounds", "Refusal", "Store", "arrivals", "records"]
