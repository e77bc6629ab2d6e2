"""verify and replicate: is a package what was published, and does its grouping come out again?"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.clusters import MatchModel
from backtrail.model.decision import State
from backtrail.model.errors import FormatError, PolicyError
from backtrail.model.weight import Explanation
from backtrail.reports import package

_FEW = 5
"""Differences that a refusal names; `verify` lists all."""


class Verified(Struct, frozen=True, kw_only=True):
    """Whether a package is what it was.

    Attributes:
        package: The file.
        sha256: Its digest.
        id: The group.
        edition: Whom it is for.
        tlp: Its marking.
        freeze: The freeze it was made of.
        files: Files in it.
        differences: What is not as the manifest says.
    """

    package: str
    sha256: str
    id: str
    edition: str
    tlp: str
    freeze: str
    files: int
    differences: tuple[str, ...]


def verify(package_file: Path) -> Verified:
    """Compare a package with its manifest.

    Args:
        package_file: The package.

    Raises:
        FormatError: It is no package.
    """
    content = package_file.read_bytes()
    files = package.unpacked(content)
    manifest = package.manifest_of(files)
    return Verified(
        package=str(package_file), sha256=hashlib.sha256(content).hexdigest(), id=manifest.id, edition=manifest.edition,
        tlp=manifest.tlp, freeze=manifest.freeze, files=len(files), differences=tuple(package.differences(files)),
    )  # fmt: skip


class Replicated(Struct, frozen=True, kw_only=True):
    """A grouping done again.

    Attributes:
        id: The group.
        members: Intrusions of the group as published.
        links: Links that were added up.
        groups: Groups that come out of them.
        agrees: Whether the members come out as one group, and nobody else, by weights that the package's model allows.
        excesses: What it does not allow, by link.
        unchecked: Version of the package's model where it is not the one here, so that its weights are taken on trust.
        alone: Members that no link holds: decisions of analysts put them in.
    """

    id: str
    members: int
    links: int
    groups: int
    agrees: bool
    alone: tuple[str, ...]
    excesses: tuple[str, ...] = ()
    unchecked: str = ""


def replicate(package_file: Path) -> Replicated:
    """Do the grouping of a package again, from nothing but its links and its model.

    Args:
        package_file: The package.

    Raises:
        PolicyError: The package is not as its manifest says.
        FormatError: It is no package, or has no grouping or no model that this version reads.
    """
    files = package.unpacked(package_file.read_bytes())
    manifest, given = package.manifest_of(files), package.grouping_of(files)
    if changed := package.differences(files):
        raise PolicyError(f"not as published, nothing is done again: {'; '.join(changed[:_FEW])}")
    model = _weights(files)
    pairs = package.explanations(given)
    excesses = tuple(_excesses(pairs, model, given.threshold, manifest.model))
    proposals, _ = clusters.propose(pairs, State(), model)
    joined = {member for one in proposals for member in one.members}
    return Replicated(
        id=manifest.id, members=len(given.members), links=len(given.links), groups=len(proposals),
        agrees=not excesses and len(proposals) == 1 and set(proposals[0].members) == set(given.members),
        alone=tuple(sorted(set(given.members) - joined)), excesses=excesses,
        unchecked="" if model.version == clusters.built_in().version else model.version,
    )  # fmt: skip


def _excesses(pairs: Sequence[Explanation], model: MatchModel, threshold: float, version: str) -> Iterator[str]:
    """What a package tells that its model does not allow."""
    yield from clusters.foreign(model, threshold)
    if model.version != version:
        yield f"model {model.version} where the manifest has {version}"
    told = Counter(tuple(sorted((pair.a, pair.b))) for pair in pairs)
    yield from (f"{a} – {b} is told {n} times" for (a, b), n in told.items() if n > 1)
    yield from (f"{pair.a} is linked with itself" for pair in pairs if pair.a == pair.b)
    yield from (f"{pair.a} – {pair.b}: {excess}" for pair in pairs for excess in clusters.excesses(pair, model))


def _weights(files: Mapping[str, bytes]) -> MatchModel:
    """The model of a package."""
    try:
        model = msgspec.json.decode(files["model/weights.json"], type=MatchModel)
        clusters.check(model)
    except (KeyError, msgspec.DecodeError, FormatError) as error:
        raise FormatError(
            f"no match-weight model that this version reads: {error}", where="model/weights.json"
        ) from error
    return model
