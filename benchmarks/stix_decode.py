"""STIX decoding: objects per CPU second of our reader and of stix2, on the same bundle in one run.

`stix2.parse` is measured on the first 2,000 objects and reported per object; it has no streaming mode.
"""

import io
import json
import time
from uuid import UUID

OBJECTS = 25_000
PEER_OBJECTS = 2_000
WANTED_RATIO = 20.0


def _object(number: int) -> dict[str, object]:
    uuid = UUID(int=number, version=4)
    stamps = {"spec_version": "2.1", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"}
    match number % 5:
        case 0:
            return {
                "type": "domain-name",
                "spec_version": "2.1",
                "id": f"domain-name--{uuid}",
                "value": f"h{number}.example",
            }
        case 1:
            hashes = {"MD5": f"{number:032x}", "SHA-256": f"{number:064x}"}
            return {"type": "file", "spec_version": "2.1", "id": f"file--{uuid}", "name": "a.exe", "hashes": hashes}
        case 2:
            pattern = f"[domain-name:value = 'h{number}.example' AND file:name NOT = 'a.exe']"
            return stamps | {
                "type": "indicator", "id": f"indicator--{uuid}", "pattern": pattern, "pattern_type": "stix",
                "valid_from": "2026-01-01T00:00:00Z", "indicator_types": ["malicious-activity"], "confidence": 80,
            }  # fmt: skip
        case 3:
            ends = {"source_ref": f"indicator--{uuid}", "target_ref": f"malware--{uuid}"}
            return (
                stamps
                | {"type": "relationship", "id": f"relationship--{uuid}", "relationship_type": "indicates"}
                | ends
            )
        case _:
            return stamps | {"type": "malware", "id": f"malware--{uuid}", "name": f"M{number}", "is_family": True}


def _bundle(count: int) -> bytes:
    objects = [_object(number) for number in range(count)]
    return json.dumps({"type": "bundle", "id": f"bundle--{UUID(int=0, version=4)}", "objects": objects}).encode()


def measure() -> tuple[float, float]:
    """Objects per CPU second: ours, stix2's."""
    import stix2

    from backtrail.formats.stix import FORMAT

    ours, theirs = _bundle(OBJECTS), json.loads(_bundle(PEER_OBJECTS))
    start = time.process_time()
    count = sum(1 for _ in FORMAT.read(io.BytesIO(ours)))
    our_rate = count / (time.process_time() - start)
    assert count == OBJECTS
    start = time.process_time()
    for content in theirs["objects"]:
        stix2.parse(content)
    return our_rate, PEER_OBJECTS / (time.process_time() - start)


def main() -> None:
    """Print both rates and their ratio."""
    ours, theirs = measure()
    print(
        f"backtrail {ours:,.0f} objects/s, stix2 {theirs:,.0f} objects/s, "
        f"ratio {ours / theirs:.0f}x (want {WANTED_RATIO:.0f}x)"
    )


if __name__ == "__main__":
    main()
