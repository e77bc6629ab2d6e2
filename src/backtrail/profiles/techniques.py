"""Techniques that a group's observations show: stated ones, and those that a rule reads from what was seen."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.times import Interval
from backtrail.profiles.samples import span

_ID = re.compile(r"T\d{4}(?:\.\d{3})?")


class Rule(Struct, frozen=True, kw_only=True):
    """What shows a technique; see the comments in `techniques.toml`."""

    technique: str
    kind: str
    pattern: re.Pattern[str]
    reason: str
    role: str | None = None

    def shows(self, o: Observation) -> bool:
        """Whether an observation shows the technique."""
        return (self.role is None or o.role == self.role) and bool(self.pattern.search(o.value))


class Use(Struct, frozen=True, kw_only=True):
    """A technique as the intrusions of a group show it.

    Attributes:
        technique: Its id, as stated or as the rule has it.
        seen: When each intrusion shows it; without ends where nothing says when.
        lines: Command lines that show it.
        reasons: Why they do: `stated`, or the reason of each rule.
        parts: Observations, or places in the evidence.
    """

    technique: str
    seen: dict[str, Interval]
    lines: tuple[str, ...]
    reasons: tuple[str, ...]
    parts: tuple[str, ...]


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """The rules that come with Backtrail, by the kind they look at."""
    table = tomllib.loads((files("backtrail.profiles") / "techniques.toml").read_text("utf-8"))
    found: dict[str, list[Rule]] = defaultdict(list)
    for row in table["rule"]:
        found[row["kind"]].append(Rule(**row | {"pattern": re.compile(row["pattern"])}))
    return {kind: tuple(some) for kind, some in found.items()}


def shown(o: Observation) -> list[tuple[str, str]]:
    """Techniques that one observation shows, each with the reason."""
    if o.kind == "technique":
        return [(found[0], "stated")] if (found := _ID.search(o.value.upper())) else []
    return [(rule.technique, rule.reason) for rule in rules().get(o.kind, ()) if rule.shows(o)]


def uses(observations: Iterable[Observation]) -> list[Use]:
    """Techniques that observations show, sorted by id; what belongs to no intrusion shows none."""
    held: dict[str, list[tuple[Observation, str]]] = defaultdict(list)
    for o in observations:
        if o.intrusion and o.role not in ("victim-asset", "sinkhole"):
            for technique, reason in shown(o):
                held[technique].append((o, reason))
    return [_use(technique, some) for technique, some in sorted(held.items())]


def _use(technique: str, some: Sequence[tuple[Observation, str]]) -> Use:
    seen: dict[str, list[Interval]] = defaultdict(list)
    for o, _ in some:
        seen[o.intrusion or ""].append(o.sighted)
    return Use(
        technique=technique,
        seen={intrusion: span(times) for intrusion, times in sorted(seen.items())},
        lines=tuple(sorted({o.value for o, _ in some if o.kind == "command-line"})),
        reasons=tuple(sorted({reason for _, reason in some})),
        parts=tuple(sorted({o.id for o, _ in some})),
    )
