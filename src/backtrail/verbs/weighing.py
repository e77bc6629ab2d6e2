"""All pairs of a case that share something, weighed: what clustering, reports and facts start from."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.clusters import Corpus, MatchModel, Side
from backtrail.knowledge import facts, lists, log
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.intrusion import Intrusion
from backtrail.model.kinds import ADDRESSES
from backtrail.model.observation import Observation
from backtrail.model.weight import Explanation
from backtrail.observations.warninglists import Matcher
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import not_counting
from backtrail.verbs.written import write_whole

_WORTH_TELLING = -1.0
"""Bits of a pair from which it is explained: one in three."""

_FEW = 100
"""Pairs of two groups up to which each is explained, however little it says."""

_ROUNDS = 3
"""Rounds in which units are worked out, at most: in generated cases nothing changes after the third."""

_DIGESTS = ("md5", "sha1", "sha256", "sha512")

_REGISTRANT = ("registrant-email", "registrant-name", "registrant-org", "registrant-phone")

Value = tuple[str, str]

Files = Mapping[Value, frozenset[Value]]
"""What stands in the record of a file, by each of its digests."""


class Weighed(Struct, frozen=True, kw_only=True):
    """Pairs and what they were weighed against.

    Attributes:
        everyone: All intrusions of the case, by id.
        compared: Number of pairs that share something and were weighed.
        pairs: Explanations of those of them that are worth telling.
    """

    everyone: dict[str, Intrusion]
    compared: int
    pairs: tuple[Explanation, ...]


def weighed(
    case: Case,
    db: Db,
    state: State,
    among: Iterable[str] | None = None,
    between: tuple[Collection[str], Collection[str]] | None = None,
) -> Weighed:
    """Weigh the pairs that share something; rarity is counted over the whole case.

    Args:
        case: The case.
        db: An open view of it.
        state: What decisions hold.
        among: Only pairs inside these intrusions.
        between: Only pairs of one of the first and one of the second; where these are few, each is told.
    """
    held = _held(case, db, state)
    inside = set(held.everyone if among is None else among)
    chosen = [(a, b) for a, b in held.pairs if a in inside and b in inside]
    least = _WORTH_TELLING
    if between is not None:
        one, other = map(set, between)
        chosen = [(a, b) for a, b in chosen if (a in one and b in other) or (b in one and a in other)]
        least = -math.inf if len(chosen) <= _FEW else least
    told = tuple(_told(chosen, held.sides, held.corpus, least))
    return Weighed(everyone=held.everyone, compared=len(chosen), pairs=told)


def surest(
    case: Case, db: Db, state: State, intrusion: str, groups: Mapping[str, Collection[str]]
) -> dict[str, tuple[float, str]]:
    """Of the members of each of some groups the one that an intrusion is linked best to, and the bits of the pair.

    Of members that are linked alike the last by id; groups without another member are left out.
    """
    held, model = _held(case, db, state), clusters.built_in()
    mine = held.sides[intrusion]
    found = {}
    for group, members in groups.items():
        others = [m for m in members if m != intrusion]
        if others:
            found[group] = max((clusters.weigh(mine, held.sides[m], held.corpus, model), m) for m in others)
    return found


class _Held(Struct, frozen=True):
    """What any pair of the case is weighed by: all sides, the corpus counted in units, pairs that share something."""

    everyone: dict[str, Intrusion]
    sides: dict[str, Side]
    corpus: Corpus
    pairs: list[tuple[str, str]]


def _held(case: Case, db: Db, state: State) -> _Held:
    model = clusters.built_in()
    shared = list(clusters.standing(facts.shared(db), state))
    everyone = known.intrusions(db, state)
    matcher = known.warnings(db)
    corpus = corpus_of(db, state, shared, len(everyone), matcher)
    held = by_intrusion([*shared, *_contradicting(db, state, model)])
    looked = searched(db, state, model, matcher)
    shown = facts.observed_kinds(db, not_counting(db, state))
    sides = {
        i: Side(
            id=i,
            observations=tuple(held[i]),
            interval=everyone[i].interval,
            collected=frozenset(model.kinds[kind].family for kind in shown.get(i, ()) if kind in model.kinds),
            searched=looked.get(i, {}),
        )
        for i in everyone
    }
    pairs = clusters.candidates(shared, model)
    units = _units(case, db, lambda: _settled(pairs, sides, corpus, shared))
    return _Held(everyone, sides, counted_in_units(corpus, shared, everyone, units), pairs)


def searched(
    db: Db, state: State, model: MatchModel, matcher: Matcher, among: Iterable[str] | None = None
) -> dict[str, dict[str, tuple[Observation, ...]]]:
    """What a search of the logs of each intrusion found, of the families whose absence says something.

    What a warning list knows is left out: logs in which a shared service was found say nothing of the adversary's own.
    """
    kinds = [kind for family in model.absent for kind in model.of_family[family]]
    found: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for o in clusters.standing(facts.searched(db, kinds, among), state):
        if not matcher.hits(o.kind, o.value):
            found[o.intrusion or ""][model.kinds[o.kind].family].append(o)
    return {i: {family: tuple(seen) for family, seen in some.items()} for i, some in found.items()}


def _told(
    pairs: Iterable[tuple[str, str]], sides: Mapping[str, Side], corpus: Corpus, least: float
) -> Iterator[Explanation]:
    """Explanations of pairs with at least so many bits."""
    model = clusters.built_in()
    nothing = clusters.weightless(corpus, model)
    light = {
        id: replace(side, observations=tuple(o for o in side.observations if (o.kind, o.value) not in nothing))
        for id, side in sides.items()
    }
    for a, b in pairs:
        if clusters.weigh(light[a], light[b], corpus, model) >= least:
            yield clusters.compare(sides[a], sides[b], corpus, model)


def _settled(
    pairs: Iterable[tuple[str, str]], sides: Mapping[str, Side], corpus: Corpus, shared: Iterable[Observation]
) -> Mapping[str, str]:
    """Units, each round counted over those of the round before, at most `_ROUNDS` of them.

    An actor that is found makes its own values rarer, which finds more of it; fewer units make others' commoner,
    so that a later round may also part one.
    """
    model, counted = clusters.built_in(), corpus
    units: Mapping[str, str] = {}
    for _ in range(_ROUNDS):
        found = clusters.units(_told(pairs, sides, counted, model.unit), model)
        if found == units:
            break
        units = found
        counted = counted_in_units(corpus, shared, sides, units)
    return units


def shared_files(db: Db, state: State) -> Files:
    """What the records of the files say that at least two intrusions of the case show."""
    return files_of(db, state, {(o.kind, o.value) for o in clusters.standing(facts.shared(db, kinds=_DIGESTS), state)})


def units_of(case: Case, db: Db, state: State) -> Mapping[str, str]:
    """Units of the case as it stands; worked out when they were not yet."""
    return _kept(case, _fingerprint(db)) or _after(case, db, state)


def _after(case: Case, db: Db, state: State) -> Mapping[str, str]:
    weighed(case, db, state, among=())
    return _kept(case, _fingerprint(db)) or {}


def counted_in_units(
    corpus: Corpus, shared: Iterable[Observation], everyone: Iterable[str], units: Mapping[str, str]
) -> Corpus:
    """The corpus with holders counted in units: what is likely one actor's is one holder."""
    held: dict[Value, set[str]] = defaultdict(set)
    for o in shared:
        if o.intrusion:
            held[o.kind, o.value].add(units.get(o.intrusion, o.intrusion))
    return replace(
        corpus,
        units={i: units.get(i, i) for i in everyone},
        held={value: frozenset(some) for value, some in held.items()},
    )


def corpus_of(
    db: Db, state: State, shared: Iterable[Observation], intrusions: int, matcher: Matcher, files: Files | None = None
) -> Corpus:
    """Rarity and warning lists of shared values, and what the records of shared files say beside their digests.

    Args:
        db: An open view.
        state: What decisions hold.
        shared: Observations of the values.
        intrusions: How many there are in the case.
        matcher: Warning lists, compiled: that takes seconds where many are loaded.
        files: What the records of the files that are shared in the case say; of those among the values when not given.
    """
    holders: dict[Value, set[str]] = defaultdict(set)
    for o in shared:
        if o.intrusion:
            holders[o.kind, o.value].add(o.intrusion)
    files = files_of(db, state, holders.keys()) if files is None else files
    warnings = listed(matcher, holders.keys(), files)
    return Corpus(
        intrusions=intrusions,
        holders={value: len(held) for value, held in holders.items()},
        warnings=warnings,
        telling=clusters.telling(shared, warnings, clusters.built_in()),
        files=files,
        registered=_registered(db, state, holders.keys()),
        resolved=_resolved(db, state),
        public=_public(db, state, holders.keys(), files),
    )


def listed(matcher: Matcher, values: Iterable[Value], files: Files) -> dict[Value, tuple[str, ...]]:
    """Warning lists that know some values, by themselves or by what stands beside a digest in the record of a file."""
    hits = {value: set(matcher.hits(*value)) for value in values}
    for digest, beside in files.items():
        for label in (*matcher.hits(*digest), *_labels(beside, matcher)):
            for value in (digest, *beside):
                if value in hits:
                    hits[value].add(label)
    return {value: tuple(sorted(names)) for value, names in hits.items() if names}


def _public(db: Db, state: State, wanted: Iterable[Value], files: Mapping[Value, frozenset[Value]]) -> dict[Value, str]:
    """Since when families are public, by claims such as `software:NAME`, `exclusivity`, `leaked 2012-03`.

    A file of such a family, as somebody says beside its digest, and what stands in its record, are public with it.
    """
    said = {}
    for claim in clusters.standing(facts.claims(db), state):
        since = claim.object.partition(" ")[2]
        if claim.predicate == "exclusivity" and claim.object.startswith(("leaked ", "public ")) and since:
            said["software", claim.subject.partition(":")[2].upper()] = since
    found = {value: said[value[0], value[1].upper()] for value in wanted if (value[0], value[1].upper()) in said}
    for digest, beside in files.items():
        dates = [said[kind, name.upper()] for kind, name in beside if (kind, name.upper()) in said]
        if dates:
            found |= dict.fromkeys((digest, *beside), min(dates))
    return found


def files_of(db: Db, state: State, wanted: Iterable[Value]) -> Files:
    """What stands in the records of digests; a record with two digests of one kind is a list and not of a file."""
    digests = {value for value in wanted if value[0] in _DIGESTS}
    beside: dict[Value, set[Value]] = defaultdict(set)
    if digests:
        for one, other in facts.beside(db, _DIGESTS, state.retracted):
            if one in digests:
                beside[one].add(other)
    return {d: frozenset(some) for d, some in beside.items() if all(kind != d[0] for kind, _ in some)}


def _registered(db: Db, state: State, wanted: Iterable[Value]) -> dict[Value, frozenset[Value]]:
    """What names the same registrant as a value does: it stands beside it in some registration."""
    beside: dict[Value, set[Value]] = defaultdict(set)
    sought = {value for value in wanted if value[0] in _REGISTRANT}
    if sought:
        for one, other in facts.beside(db, _REGISTRANT, state.retracted):
            if one in sought and other in sought:
                beside[one].add(other)
    return {one: frozenset(some) for one, some in beside.items()}


def _resolved(db: Db, state: State) -> dict[str, frozenset[str]]:
    """Names that an observation of an address stands beside, where no record shows the address without one."""
    beside: dict[str, set[str | None]] = defaultdict(set)
    for id, name in facts.named_beside(db, ADDRESSES, state.retracted):
        beside[id].add(name)
    return {id: frozenset(name for name in names if name) for id, names in beside.items() if None not in names}


def _labels(beside: Iterable[Value], matcher: Matcher) -> set[str]:
    """Lists that know what somebody says a file is: the digest of a public tool is no more than the tool."""
    return {name for kind, value in beside if kind == "software" for name in matcher.hits(kind, value)}


def _contradicting(db: Db, state: State, model: MatchModel) -> list[Observation]:
    """Observations of the kinds that can speak against a pair, by values that nobody else shows too."""
    kinds = [kind for kind, weight in model.kinds.items() if weight.contradicts and not weight.recurring]
    return [o for kind in kinds for o in clusters.standing(facts.observations(db, kind=kind), state)]


def by_intrusion(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Observations of each intrusion, each once; an intrusion without any has an empty list."""
    found: dict[str, dict[str, Observation]] = defaultdict(dict)
    for o in observations:
        if o.intrusion:
            found[o.intrusion][o.id] = o
    return defaultdict(list, {i: list(held.values()) for i, held in found.items()})


class _Units(Struct):
    """Units as they are kept between two commands, with what they were worked out from."""

    of: str
    units: dict[str, str]


def _units(case: Case, db: Db, settled: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """Units, worked out or as they were kept since."""
    of = _fingerprint(db)
    kept = _kept(case, of)
    if kept is None:
        kept = dict(settled())
        folder = case.folder / "cache"
        folder.mkdir(exist_ok=True)
        write_whole(folder / "units.json", [msgspec.json.encode(_Units(of, kept))])
    return kept


def _kept(case: Case, of: str) -> dict[str, str] | None:
    """Units that were worked out from the same facts, decisions, lists and model; None when there are none."""
    try:
        kept = msgspec.json.decode((case.folder / "cache" / "units.json").read_bytes(), type=_Units)
    except (OSError, msgspec.DecodeError):
        return None
    return kept.units if kept.of == of else None


def _fingerprint(db: Db) -> str:
    """What units depend on: facts are only ever added, so that their number tells them apart."""
    parts = [
        facts.counts(db),
        facts.sighting_count(db),
        [hashlib.sha256(body).hexdigest() for body in lists.bodies(db)],
    ]
    text = f"{parts} {len(log.decisions(db))} {clusters.built_in().version}"
    return hashlib.sha256(text.encode()).hexdigest()
