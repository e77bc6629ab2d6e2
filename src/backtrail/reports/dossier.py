"""What a report is made of, read from the case at one moment by whoever may read; and the numbers it counts itself."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from backtrail.model.decision import ActivityGroup
from backtrail.model.hypothesis import Assessment
from backtrail.model.intrusion import Intrusion
from backtrail.model.observation import Observation, Provenance
from backtrail.model.profile import Counted, Profile
from backtrail.model.weight import Calibration, Explanation
from backtrail.reports.indicators import Selection


class Rest(Struct, frozen=True):
    """What a part of a number is, in words, and where it was read.

    Attributes:
        what: In words.
        places: SHA-256 of the evidence, and the place in it.
        more: Whether it was read in more places than these.
    """

    what: str
    places: tuple[tuple[str, str], ...]
    more: bool = False


class Dossier(Struct, frozen=True, kw_only=True):
    """What a report is made of.

    Attributes:
        group: The group.
        intrusions: Its intrusions by id.
        observations: All observations in them, as decisions leave them.
        provenance: Where each observation was read.
        pairs: Explanations of the pairs inside the group.
        weakest: Probability of the weakest link of the strongest tree over the group; None when it is not connected.
        selection: The indicators.
        others: Intrusions of the case that are in no group.
        reviewed: Intrusions of the case.
        created: Moment of the report.
        digest: Fingerprint of the knowledge it was made from.
        model: Version of the match-weight model.
        threshold: Probability from which a pair counts as linked.
        calibration: How well its probabilities hold where the truth is known; None when that was not measured.
        findings: Profiles of the group by the name under which `texts.toml` has words for them.
        rests: What each part of a number rests on.
        secret: Parts and cells of tables in which a victim is named: they are not printed.
        assessments: Who is behind it, as far as analysts rated it.
        released: The marking that a decision of release gives it; empty where nobody decided.
        pap: What readers may do with it.
        pseudonyms: By line of products, the names that intrusions bear in it.
        fragments: Texts of the case's own, as templates, by what they take the place of.
    """

    group: ActivityGroup
    intrusions: Mapping[str, Intrusion]
    observations: tuple[Observation, ...]
    provenance: tuple[Provenance, ...]
    pairs: tuple[Explanation, ...]
    weakest: float | None
    selection: Selection
    others: int
    reviewed: int
    created: str
    digest: str
    model: str
    threshold: float
    calibration: Calibration | None = None
    findings: Mapping[str, Profile] = {}
    rests: Mapping[str, Rest] = {}
    secret: frozenset[str] = frozenset()
    assessments: tuple[Assessment, ...] = ()
    released: str = ""
    pap: str = "CLEAR"
    pseudonyms: Mapping[str, Mapping[str, str]] = {}
    fragments: Mapping[str, str] = {}

    def named(self, line: str) -> Mapping[str, str]:
        """Names of the intrusions in a line of products; numbers in order of their ids where none were drawn."""
        ordered = {id: f"I-{n:02d}" for n, id in enumerate(sorted(self.intrusions), 1)}
        return self.pseudonyms.get(line) or ordered


def counted(intrusions: Iterable[str], seen: Iterable[Observation], selection: Selection) -> tuple[Counted, ...]:
    """Numbers that a report counts beside those of the profiles: members, indicators, what is withheld, sources.

    Args:
        intrusions: The group's.
        seen: Its observations.
        selection: Its indicators.
    """
    ids = tuple(sorted(intrusions))
    evidence = tuple(sorted(id for indicator in selection.indicators for id in indicator.evidence))
    graded: dict[str, list[str]] = defaultdict(list)
    for o in seen:
        graded[o.source.grade.reliability].append(o.id)
    return (
        Counted(id="intrusions", value=len(ids), unit="intrusions", parts=ids),
        Counted(id="indicators_published", value=len(selection.indicators), unit="values", parts=evidence),
        Counted(id="withheld", value=len(selection.withheld), unit="observations", parts=selection.withheld),
        Counted(id="unusable", value=len(selection.unusable), unit="observations", parts=selection.unusable),
        *(
            Counted(id=f"graded:{letter}", value=len(some), unit="observations", parts=tuple(sorted(some)))
            for letter, some in sorted(graded.items())
        ),
    )


def around(reviewed: Iterable[str], alone: Iterable[str]) -> tuple[Counted, ...]:
    """Numbers of the case around a group.

    Args:
        reviewed: All intrusions of the case.
        alone: Those in no group.
    """
    everyone, nobody = tuple(sorted(reviewed)), tuple(sorted(alone))
    return (
        Counted(id="reviewed", value=len(everyone), unit="intrusions of the case", parts=everyone),
        Counted(id="others", value=len(nobody), unit="intrusions of the case", parts=nobody),
    )


def linked(pairs: Iterable[Explanation], threshold: float, members: Iterable[str]) -> tuple[Counted, ...]:
    """Numbers of the pairs inside a group.

    Args:
        pairs: Those that share something.
        threshold: Probability from which a pair is linked.
        members: Intrusions of the group.
    """
    everyone = tuple(sorted(members))
    links = [pair for pair in pairs if pair.probability >= threshold]
    tied = tuple(sorted({id for pair in links for id in (pair.a, pair.b)}))
    note = "n (n - 1) / 2 of the group's intrusions"
    return (
        Counted(
            id="links", value=len(links), unit="pairs", parts=tied, note="among these intrusions; explain has each"
        ),
        Counted(id="pairs", value=math.comb(len(everyone), 2), unit="pairs", parts=everyone, note=note),
    )


def checked(calibration: Calibration, threshold: float) -> tuple[Counted, ...]:
    """Numbers of how well probabilities hold.

    Args:
        calibration: What was measured.
        threshold: Probability from which a pair is linked.
    """
    over = [one for one in calibration.bins if one.said >= threshold]
    pairs = sum(one.pairs for one in over)
    note = "generated cases whose truth is known; none of this case's evidence is in it"
    numbers = [
        Counted(id="checked_cases", value=calibration.worlds, unit="generated cases", note=note),
        Counted(id="checked_pairs", value=pairs, unit="pairs of generated cases", note=note),
    ]
    if pairs:
        right = sum(one.same for one in over) / pairs
        numbers.append(Counted(id="checked_right", value=round(right, 4), unit="share", note=note))
    return tuple(numbers)
