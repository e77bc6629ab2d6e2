"""demo: a small case that shows the whole way, on evidence written by us with invented names."""

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from msgspec import Struct

from backtrail.model.weight import Explanation, Proposal
from backtrail.verbs.assign import assign
from backtrail.verbs.case import Case
from backtrail.verbs.cluster import cluster
from backtrail.verbs.explain import explain
from backtrail.verbs.export import ExportFormat, export
from backtrail.verbs.ingest import ingest
from backtrail.verbs.lists import lists
from backtrail.verbs.reading import FileRead
from backtrail.verbs.report import report

_EXPORTS: tuple[ExportFormat, ...] = ("stix", "misp", "openioc", "csv")


class Demo(Struct, frozen=True, kw_only=True):
    """What the demo did.

    Attributes:
        case: The case it made.
        read: How the evidence was read.
        proposals: The groups that were proposed, all of which it accepted.
        explained: The weakest link of the largest group.
        unlinked: Intrusions left alone.
        files: Reports and indicator files.
    """

    case: str
    read: tuple[FileRead, ...]
    proposals: tuple[Proposal, ...]
    explained: Explanation
    unlinked: tuple[str, ...]
    files: tuple[str, ...]


def demo(case: Case, *, on_file: Callable[[FileRead], None] | None = None) -> Demo:
    """Ingest a small case, cluster, accept the groups, explain a link, and write reports and indicators.

    Args:
        case: An empty case.
        on_file: Called after each file.
    """
    with as_file(files("backtrail") / "demo_case") as folder:
        lists(case, [folder / "lists"])
        read = ingest(case, [folder / "evidence"], on_file=on_file)
    found = cluster(case)
    written: list[str] = []
    for proposal in found.proposals:
        anchor = f"shared: {', '.join(sorted({link.linchpin for link in proposal.links})[:2])}"
        made = assign(case, [proposal.id], reason="proposed by the evidence", anchor=anchor)
        written += _published(case, made.decision.group or "")
    weakest = min(found.proposals[0].links, key=lambda link: link.total)
    return Demo(
        case=str(case.folder),
        read=read.files,
        proposals=found.proposals,
        explained=explain(case, weakest.a, weakest.b),
        unlinked=found.unlinked,
        files=tuple(written),
    )


def _published(case: Case, group: str) -> list[str]:
    folder = Path(case.folder) / "out"
    folder.mkdir(exist_ok=True)
    exported = [export(case, group, format=format, output=folder) for format in _EXPORTS]
    return [*report(case, group, output=folder).files, *(e.file for e in exported if e.file)]
