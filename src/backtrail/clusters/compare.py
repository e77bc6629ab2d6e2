"""Two intrusions compared: Fellegi-Sunter log-likelihood ratios, one bar for each shared value.

Fellegi and Sunter, *A Theory for Record Linkage*, JASA 64 (1969), with the guards of tradecraft sections 2 and 3:
rarity from the case's own corpus, decay with the gap in time, intervals required for infrastructure, discount by
source, warning lists that cap, halving and a cap inside each family since its items are not independent.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations

from msgspec.structs import replace

from backtrail.clusters.contradictions import absences, contradictions
from backtrail.clusters.parameters import KindWeight, MatchModel
from backtrail.clusters.rarity import Corpus, of_defenders, unrelated
from backtrail.clusters.sides import Held, Side, Value, closest
from backtrail.model.kinds import ADDRESSES, host_of
from backtrail.model.observation import Observation
from backtrail.model.times import Interval, earliest
from backtrail.model.weight import Bar, Explanation


def compare(a: Side, b: Side, corpus: Corpus, model: MatchModel) -> Explanation:
    """Weigh the evidence that two intrusions are one actor's, and say what the answer hangs on.

    Symmetric: swapping the sides swaps nothing but names. Duplicating an observation changes nothing.
    """
    return _explained(a, b, corpus, model, list(_agreements(a, b, corpus, model)))


def ungraded(a: Side, b: Side, corpus: Corpus, model: MatchModel) -> tuple[float, float] | None:
    """Least and most probability, if sources that nobody graded were worth nothing, or all that they say (rule AD-2).

    None where it hangs on no such source.
    """
    worth = (
        replace(model, reliability={**model.reliability, "F": share}) for share in (0.0, model.reliability["F"], 1.0)
    )
    found = [probability(weigh(a, b, corpus, one)) for one in worth]
    return (min(found), max(found)) if min(found) < max(found) else None


def weigh(a: Side, b: Side, corpus: Corpus, model: MatchModel) -> float:
    """The total that `compare` gives, for a fraction of its cost: most pairs of a large case mean nothing."""
    bars = _with_against(a, b, corpus, model, list(_agreements(a, b, corpus, model, weighty=True)))
    return _total(_capped(bars, model, _said(bars, corpus)), model)


def _explained(a: Side, b: Side, corpus: Corpus, model: MatchModel, agreements: list[Bar]) -> Explanation:
    bars = _with_against(a, b, corpus, model, agreements)
    said = _said(bars, corpus)

    def without(gone: Collection[Value]) -> float:
        """The total if some shared values were not there: what they spoke for is gone, and may be contradicted."""
        rest = [bar for bar in agreements if (bar.kind, bar.value) not in gone]
        return _total(_capped(_with_against(a, b, corpus, model, rest, gone), model, said), model)

    final = _capped(bars, model, said)
    total = _total(final, model)
    linchpin, left = _linchpin(final, total, model, without)
    return Explanation(
        a=a.id,
        b=b.id,
        prior=model.prior,
        total=total,
        probability=probability(total),
        bars=tuple(final),
        linchpin=linchpin,
        without=left,
        robust=probability(without({(bar.kind, bar.value) for bar in agreements if bar.spoof == "low"})),
        uncollected=_uncollected(a, b, model),
        intrusions=corpus.intrusions,
        model=model.version,
    )


def _with_against(
    a: Side, b: Side, corpus: Corpus, model: MatchModel, agreements: list[Bar], gone: Collection[Value] = ()
) -> list[Bar]:
    """Agreements with what speaks against the pair, some shared values being taken for not there."""
    return [*agreements, *contradictions(a, b, corpus, model, gone), *absences(a, b, agreements, model)]


def candidates(shared: Iterable[Observation], model: MatchModel) -> list[tuple[str, str]]:
    """Pairs worth comparing, sorted: those that share a value which not too many others hold (blocking)."""
    holders: dict[Value, set[str]] = defaultdict(set)
    for o in shared:
        if o.intrusion and o.kind in model.kinds and model.classes[model.kinds[o.kind].strength] > 0:
            holders[o.kind, o.value].add(o.intrusion)
    pairs: set[tuple[str, str]] = set()
    for held in holders.values():
        if 2 <= len(held) <= model.fan_out:
            pairs.update(combinations(sorted(held), 2))
    return sorted(pairs)


def probability(total: float) -> float:
    """Probability for log2 odds."""
    return 1.0 / (1.0 + 2.0**-total) if total > -1000 else 0.0


def _total(bars: Iterable[Bar], model: MatchModel) -> float:
    return math.fsum([model.prior, *(bar.bits for bar in bars)])


def _agreements(a: Side, b: Side, corpus: Corpus, model: MatchModel, weighty: bool = False) -> Iterator[Bar]:
    """Bars of the values that both sides show; only of those that can weigh anything, when asked so."""
    left, right = a.by_value, b.by_value
    for value in sorted(left.keys() & right.keys()):
        if value[0] not in model.kinds:
            continue
        others = corpus.elsewhere(value, a.id, b.id)
        weight = model.kinds[value[0]]
        if weighty and weight.m <= unrelated(others, weight, model):
            continue
        yield _agreement(value, left[value], right[value], corpus, model, others)


def _agreement(
    value: Value, left: Held, right: Held, corpus: Corpus, model: MatchModel, others: tuple[int, int]
) -> Bar:
    weight = model.kinds[value[0]]
    holders = max(corpus.holders.get(value, 2), 2)
    raw = math.log2(weight.m / unrelated(others, weight, model))
    notes = [f"held by {holders} of {corpus.intrusions} intrusions"]
    if corpus.units:
        notes.append(f"by {others[0]} of {others[1]} others that look unrelated")
    when, gap = closest(left, right)
    factor = _grade_factor(left, right, model, notes) * _time_factor(weight, gap, notes)
    if raw <= 0:
        notes.append("so common that it says nothing")
    bits = max(raw, 0.0) * factor
    cap = model.classes[weight.strength]
    if bits > cap:
        notes.append(f"class {weight.strength}: at most {cap:g} bits")
    bits = min(bits, cap)
    warnings = corpus.warnings.get(value, ())
    for most, reason in _anybodys(warnings, corpus.public.get(value), when, model.warned[weight.family], model):
        if bits > most:
            notes.append(f"{reason}: {f'at most {most:g} bits' if most else 'no weight'}")
            bits = most
    return Bar(
        kind=value[0],
        value=value[1],
        family=weight.family,
        strength=weight.strength,
        spoof=weight.spoof,
        bits=bits,
        raw=raw,
        notes=tuple(notes),
        holders=holders,
        evidence=tuple(sorted({*left.ids, *right.ids})),
        a=when[0],
        b=when[1],
        warnings=warnings,
    )


def _anybodys(
    warnings: tuple[str, ...], public: str | None, when: tuple[Interval, Interval], most: float, model: MatchModel
) -> Iterator[tuple[float, str]]:
    """What is left at most to a shared value that may be anybody's, and why.

    It is on a list, or public since before either side was last seen with it (EV-1). A sighting without a time may be
    of any time, so that it is taken for later. What defenders hold links nothing.
    """
    if of_defenders(warnings, model):
        yield 0.0, "held by defenders"
    elif warnings:
        yield most, "on a warning list"
    if public and any(not side.known or side.bounds()[1] >= earliest(public) for side in when):
        yield most, f"public since {public}"


def _time_factor(weight: KindWeight, gap: float | None, notes: list[str]) -> float:
    if gap is None:
        if weight.window is None:
            return 1.0
        notes.append("no interval on one side: infrastructure without a time is no link")
        return 0.0
    if weight.window is not None and gap > weight.window:
        notes.append(f"{math.ceil(gap)} days apart, more than the {weight.window:g} of its kind: no link")
        return 0.0
    if not gap or weight.half_life is None:
        return 1.0
    factor = float(0.5 ** (gap / weight.half_life))
    notes.append(f"{gap:.0f} days apart: × {factor:.2f}")
    return factor


def _grade_factor(left: Held, right: Held, model: MatchModel, notes: list[str]) -> float:
    """Discount by the better source of each side, the worse of the two sides deciding."""
    factor, grade = model.graded(left.reliability, right.reliability)
    if factor < 1.0:
        notes.append(f"source {grade}: × {factor:g}")
    return factor


def _capped(bars: Iterable[Bar], model: MatchModel, said: Mapping[Value, str]) -> list[Bar]:
    """Final bits of every bar (rule EV-5): inside a family the best in full, then 1/2, 1/4 ..., up to the cap.

    Bars that say the same thing (a URL, its host, its address and port) count once, as the best of them; so does
    everything that stands in the record of one shared file, whatever its family.
    """
    counted: dict[str, set[str]] = defaultdict(set)
    files: set[str] = set()
    spent: dict[str, float] = defaultdict(float)
    final: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (-bar.bits, bar.kind, bar.value)):
        if bar.bits <= 0:
            final.append(bar)
            continue
        file = said.get((bar.kind, bar.value))
        same = file or _stands_for(bar)
        notes = list(bar.notes)
        if same in counted[bar.family] or file in files:
            bits = 0.0
            notes.append(f"says the same as {same}")
        else:
            share = 0.5 ** len(counted[bar.family])
            bits = min(bar.bits * share, model.families[bar.family] - spent[bar.family])
            if share < 1:
                notes.append(f"same family: × {share:g}")
            if bits < bar.bits * share:
                notes.append(f"{bar.family} capped at {model.families[bar.family]:g} bits")
            counted[bar.family].add(same)
            files.update([file] if file else [])
            spent[bar.family] += bits
        final.append(replace(bar, bits=bits, notes=tuple(notes)))
    return sorted(final, key=lambda bar: (-bar.bits, bar.kind, bar.value))


_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha512"})


def _said(bars: Iterable[Bar], corpus: Corpus) -> dict[Value, str]:
    """Shared values that one thing stands for: a file for what its record says, a registrant for all that names him."""
    shared = sorted({(bar.kind, bar.value) for bar in bars if bar.raw > 0})
    found: dict[Value, str] = {}
    for digest in shared:
        if digest[0] in _DIGESTS and digest not in found:
            beside = corpus.files.get(digest, frozenset())
            found |= {value: f"file {digest[1]}" for value in shared if value in beside and value not in found}
            found[digest] = f"file {digest[1]}"
    for one in shared:
        if one in corpus.registered and one not in found:
            same = corpus.registered[one] | {one}
            found |= {value: f"registrant {one[1]}" for value in shared if value in same and value not in found}
    return found | _resolved(bars, corpus, found)


def _resolved(bars: Iterable[Bar], corpus: Corpus, said: Mapping[Value, str]) -> dict[Value, str]:
    """Shared addresses that are merely what shared names resolve to, with what one of these stands for (rule EV-5)."""
    counting = {bar.value for bar in bars if bar.kind == "domain-name" and bar.bits > 0}
    found = {}
    for bar in bars:
        if bar.kind in ADDRESSES and bar.bits > 0:
            names = [corpus.resolved.get(id, frozenset()) & counting for id in bar.evidence]
            if all(names):
                name = min(frozenset.union(*names))
                found[bar.kind, bar.value] = said.get(("domain-name", name), name)
    return found


def _stands_for(bar: Bar) -> str:
    """The one thing a value stands for inside its family: what it is at, or itself."""
    return (host_of(bar.kind, bar.value) if bar.kind in ("url", "ip-port") else None) or bar.value


def _linchpin(
    final: list[Bar], total: float, model: MatchModel, without: Callable[[Collection[Value]], float]
) -> tuple[int | None, float | None]:
    """The bar whose loss costs most, and the probability without it (rule EV-9)."""
    lowest, index = math.inf, None
    for i, lost in enumerate(final):
        if lost.bits <= 0:
            break
        most = lost.bits + model.costs(lost.family)
        if most > total - lowest and (left := without({(lost.kind, lost.value)})) < lowest:
            lowest, index = left, i
    return index, None if index is None else probability(lowest)


def _uncollected(a: Side, b: Side, model: MatchModel) -> tuple[str, ...]:
    if a.collected is None or b.collected is None:
        return ()
    return tuple(family for family in model.families if family not in a.collected & b.collected)
