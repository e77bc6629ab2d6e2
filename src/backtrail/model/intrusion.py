"""One break-in at one victim, and the victim's name, which lives apart from it."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from backtrail.model.marking import strictest
from backtrail.model.observation import Claim
from backtrail.model.times import Interval

FACTS = ("sector", "country", "language", "discovered", "closed", "found_by")
"""Fields of an intrusion, which are also the predicates of the claims that state them."""


class Victim(Struct, frozen=True, kw_only=True):
    """Who was hit: kept in a table of its own and never in a product.

    Attributes:
        intrusion: Id of the intrusion.
        name: Full name.
        identifiers: Whatever else gives the victim away: short names, domains, project names, people.
    """

    intrusion: str
    name: str
    identifiers: tuple[str, ...] = ()

    def tokens(self) -> tuple[str, ...]:
        """Every text that would name the victim."""
        return tuple(dict.fromkeys(t for t in (self.name, *self.identifiers) if t.strip()))


class Theft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data seen leaving: category and bytes, `low` to `high`; "observed at least"."""

    category: str
    bytes_low: int | None = None
    bytes_high: int | None = None


class Intrusion(Struct, frozen=True, kw_only=True):
    """Facts of one break-in (STIX incident; Diamond activity thread), folded from the claims of its sources.

    Attributes:
        id: The analyst's own id, or one the evidence states.
        language: Language the victim works in.
        discovered: Moment somebody noticed.
        closed: Moment the adversary was out, as far as known.
        found_by: `internal`, `external` or another word of the source.
        theft: Stolen-data entries.
        pap: What readers may do with what is known of it: the strictest that any source asks for.
        embargo: Day until which nothing of it is told outside: the latest that any source asks for.
        disputed: Fields on which sources disagree, with all their values; none of them is dropped.
    """

    id: str
    sector: str | None = None
    country: str | None = None
    language: str | None = None
    discovered: str | None = None
    closed: str | None = None
    found_by: str | None = None
    theft: tuple[Theft, ...] = ()
    pap: str = "CLEAR"
    embargo: str | None = None
    disputed: dict[str, tuple[str, ...]] = {}

    @property
    def interval(self) -> Interval:
        """From discovery to closure: the bound for observations that carry no time of their own."""
        return Interval(self.discovered, self.closed)

    @classmethod
    def of(cls, id: str, claims: Iterable[Claim]) -> "Intrusion":
        """Fold claims about `intrusion:<id>`: the best-graded statement is shown, all others stay as disputed."""
        stated: dict[str, list[str]] = defaultdict(list)
        for claim in sorted(claims, key=lambda c: (c.source.grade, c.source.name, c.object)):
            if claim.object not in stated[claim.predicate]:
                stated[claim.predicate].append(claim.object)
        facts = {name: values[0] for name, values in stated.items() if name in FACTS}
        return cls(
            id=id,
            theft=tuple(msgspec.json.decode(entry, type=Theft) for entry in stated["theft"]),
            pap=strictest(stated["pap"]),
            embargo=max(stated["embargo"], default=None),
            disputed={name: tuple(stated[name]) for name in FACTS if len(stated[name]) > 1},
            **facts,
        )
