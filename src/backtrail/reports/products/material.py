"""What every rule file is made from: guarded indicators, stable ids, revisions, comments that say where from."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.marking import PAP
from backtrail.model.record import Heading, Indicator

_NAMESPACE = UUID("0d0f5c1e-6b1c-4d2c-9a5e-2f7f3b1f8f11")
_KEPT = re.compile(r"backtrail-rule ([0-9a-f-]{36}) rev (\d{1,9}) ([0-9a-f]{12})")
_SHOWN = 3


class Guarded(Struct, frozen=True, kw_only=True):
    """Indicators that may become rules, and what was kept back.

    Attributes:
        kept: Those that may.
        reasons: Why a value is let out although a list knows it, by kind and value.
        listed: Values that a warning list knows and nobody released.
        expired: Values whose validity is over.
        closed: Values whose PAP does not allow such a rule.
    """

    kept: tuple[Indicator, ...]
    reasons: dict[tuple[str, str], str] = {}
    listed: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


def guard(
    indicators: Iterable[Indicator],
    now: str,
    released: Mapping[str, str] | None = None,
    *,
    expired: bool = False,
    pap: str = "RED",
) -> Guarded:
    """Sort out what would do harm as a rule.

    Args:
        indicators: The selection of a group.
        now: The moment of the export.
        released: Reason by value for what a list knows and is let out all the same.
        expired: Let out what is no longer valid, for hunts in old telemetry.
        pap: The strictest PAP of what such rules may be made of.
    """
    kept, reasons = [], {}
    listed, over, closed = [], [], []
    for one in indicators:
        reason = (released or {}).get(one.value)
        if one.warnings and not reason:
            listed.append(one.value)
        elif PAP.index(one.pap) > PAP.index(pap):
            closed.append(one.value)
        elif one.valid_until and one.valid_until < now and not expired:
            over.append(one.value)
        elif one.warnings and reason:
            kept.append(replace(one, action="alert"))
            reasons[one.kind, one.value] = reason
        else:
            kept.append(one)
    return Guarded(kept=tuple(kept), reasons=reasons, listed=tuple(listed), expired=tuple(over), closed=tuple(closed))


class Material(Struct, frozen=True, kw_only=True):
    """One rule file to be written.

    Attributes:
        heading: What it says of itself.
        guarded: What goes in.
        previous: Revision and digest of each rule of an earlier edition of the file.
    """

    heading: Heading
    guarded: Guarded
    previous: dict[str, tuple[int, str]] = {}

    def of(self, *kinds: str) -> list[Indicator]:
        """Indicators of some kinds, in order."""
        return [one for one in self.guarded.kept if one.kind in kinds]

    def id(self, *parts: str) -> str:
        """The id that a rule of this group has for ever."""
        return str(uuid5(_NAMESPACE, "\0".join((self.heading.id, *parts))))

    def revision(self, id: str, body: str) -> tuple[int, str]:
        """Revision and digest: one higher than in the earlier edition when the rule says something else now."""
        digest = hashlib.sha256(body.encode()).hexdigest()[:12]
        before, was = self.previous.get(id, (0, ""))
        return (before if was == digest else before + 1), digest

    def mark(self, id: str, body: str) -> str:
        """The comment by which a later edition finds a rule again."""
        number, digest = self.revision(id, body)
        return f"backtrail-rule {id} rev {number} {digest}"

    def provenance(self, one: Indicator) -> str:
        """Where a value comes from and how long it means something, in a line."""
        parts = [f"confidence {one.confidence}" if one.confidence is not None else "", one.role or ""]
        parts += [f"seen {one.first or '?'} to {one.last or '?'}" if one.first or one.last else ""]
        parts += [f"valid until {one.valid_until[:10]}" if one.valid_until else ""]
        more = f" and {len(one.evidence) - _SHOWN} more" if len(one.evidence) > _SHOWN else ""
        parts += [f"evidence {' '.join(id[:12] for id in one.evidence[:_SHOWN])}{more}" if one.evidence else ""]
        if one.warnings:
            reason = self.guarded.reasons.get((one.kind, one.value), "")
            parts.append(f"on {', '.join(one.warnings)}, released: {reason}")
        return line("; ".join(part for part in parts if part))


def kept_before(content: bytes) -> dict[str, tuple[int, str]]:
    """Revision and digest of each rule of an earlier edition."""
    found = _KEPT.findall(content.decode("utf-8", "replace"))
    return {id: (int(number), digest) for id, number, digest in found}


def line(text: str) -> str:
    """Text on one line, without control characters, so that no value can end a comment and begin a rule."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
