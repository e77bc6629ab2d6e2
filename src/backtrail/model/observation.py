"""What was seen, where in the evidence, and nothing about what it means."""

from hashlib import blake2b
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.json import encode

from backtrail.model.marking import Grade, Source
from backtrail.model.times import Interval

STIX_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Namespace of deterministic SCO ids (STIX 2.1, section 2.9)."""


def content_id(prefix: str, *parts: str | None) -> str:
    """An id made of content alone: prefix and 128 bits of BLAKE2b in hex.

    Same content, same id, on any machine and in any order; that is what makes ingest idempotent. 128 bits, since
    evidence is hostile: two values made to collide on a short id would hide one of them.
    """
    content = "\x1f".join([prefix, *("" if part is None else part for part in parts)])
    return f"{prefix}-{blake2b(content.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def stix_id(stix_type: str, properties: dict[str, object]) -> str:
    """Deterministic STIX id: uuid5 over the canonical JSON (RFC 8785) of the id-contributing properties."""
    return f"{stix_type}--{uuid5(STIX_NAMESPACE, encode(properties, order='deterministic').decode())}"


class Observation(Struct, frozen=True, kw_only=True):
    """One value, canonical, with when and in what part it was seen, and who says so.

    An observation is content: the same fact from two places is one observation with two rows of provenance.

    Attributes:
        kind: Name from `model.kinds` or `x-<format>:<name>`.
        value: Canonical spelling.
        intrusion: Id of the intrusion it was seen in; None for knowledge that belongs to no single one.
        role: Name from `model.kinds.ROLES`, or None.
        seen: First and last moment.
        source: Who says so, grade and marking.
        stated: Grade that came with it, where a decision gave it another: its id stays that of what came in.
    """

    kind: str
    value: str
    intrusion: str | None = None
    role: str | None = None
    seen: Interval = Interval()
    source: Source = Source()
    stated: Grade | None = None

    @property
    def id(self) -> str:
        """Content id, `O-` and 32 hex digits."""
        s = self.source
        return content_id(
            "O", self.kind, self.value, self.intrusion, self.role, self.seen.first, self.seen.last,
            s.name, str(self.stated or s.grade), s.tlp,
        )  # fmt: skip

    @property
    def sighted(self) -> Interval:
        """When it was seen; of a registration its begin alone, since its end is the day up to which somebody paid."""
        return Interval(self.seen.first, self.seen.first) if self.role == "registration" else self.seen


def lead_id(kind: str, value: str) -> str:
    """Id of a value as a lead, `L-` and 32 hex digits: the same wherever and whenever it is seen."""
    return content_id("L", kind, value)


class Provenance(Struct, frozen=True, kw_only=True):
    """Where an observation or claim was read: evidence, place in it, and the raw spelling."""

    of: str
    evidence: str
    where: str
    raw: str = ""


class Claim(Struct, frozen=True, kw_only=True):
    """A statement of a source about a subject; sources stand side by side.

    Attributes:
        subject: `type:value`, such as `intrusion:IN-031` or `group:APT1`.
        predicate: `sector`, `alias`, `attributed-to`, `variant-of`, ...
        object: The value claimed.
        source: Who says so.
        stated: As for observations.
    """

    subject: str
    predicate: str
    object: str
    source: Source = Source()
    stated: Grade | None = None

    @property
    def id(self) -> str:
        """Content id, `C-` and 32 hex digits."""
        s = self.source
        return content_id("C", self.subject, self.predicate, self.object, s.name, str(self.stated or s.grade), s.tlp)


class Problem(Struct, frozen=True, kw_only=True):
    """A record, or a part of one, that was rejected: where and why. The rest of its file was read."""

    evidence: str
    where: str
    reason: str


__all__ = ["Claim", "Grade", "Observation", "Problem", "Provenance", "content_id", "stix_id"]
