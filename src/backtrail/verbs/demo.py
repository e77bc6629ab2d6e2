"""demo: the whole way in one command, on evidence written by us with invented names or on one's own."""

from collections.abc import Callable
from contextlib import ExitStack
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
from backtrail.verbs.leads import Lead, leads
from backtrail.verbs.lists import lists
from backtrail.verbs.reading import FileRead
from backtrail.verbs.report import report
from backtrail.verbs.sweep import Swept, sweep

_LEADS = 3
_EXPORTS: tuple[ExportFormat, ...] = ("stix", "misp", "openioc", "csv")


class Demo(Struct, frozen=True, kw_only=True):
    """What the demo did.

    Attributes:
        case: The case it made.
        read: How the evidence was read.
        swept: What the telemetry showed of the findings; None when there was no telemetry.
        leads: The best leads that it left to an analyst.
        proposals: The groups that were proposed, all of which it accepted.
        explained: The weakest link of the largest group.
        unlinked: Intrusions left alone.
        files: Reports and indicator files.
    """

    case: str
    read: tuple[FileRead, ...]
    swept: Swept | None
    leads: tuple[Lead, ...]
    proposals: tuple[Proposal, ...]
    explained: Explanation | None
    unlinked: tuple[str, ...]
    files: tuple[str, ...]


def demo(case: Case, evidence: Path | None = None, *, on_file: Callable[[FileRead], None] | None = None) -> Demo:
    """Ingest a case, sweep its telemetry, cluster, accept the groups, explain a link, write reports and indicators.

    Args:
        case: An empty case.
        evidence: Evidence to take, with warning lists in `reference/lists`; a small invented case when left out.
        on_file: Called after each file.
    """
    with ExitStack() as opened:
        ours = opened.enter_context(as_file(files("backtrail") / "demo_case"))
        known_lists = ours / "lists" if evidence is None else evidence / "reference" / "lists"
        if known_lists.is_dir():
            lists(case, [known_lists])
        read = ingest(case, [evidence or ours / "evidence"], on_file=on_file)
    swept = sweep(case) if case.telemetry.counts()[0] else None
    found = cluster(case)
    best = tuple(leads(case, limit=_LEADS)) if swept else ()
    explained = _weakest(case, found.proposals)
    written: list[str] = []
    for proposal in found.proposals:
        anchor = f"shared: {', '.join(sorted({link.linchpin for link in proposal.links})[:2])}"
        made = assign(case, [proposal.id], reason="proposed by the evidence", anchor=anchor)
        written += _published(case, made.decision.group or "")
    return Demo(
        case=str(case.folder),
        read=read.files,
        swept=swept,
        leads=best,
        proposals=found.proposals,
        explained=explained,
        unlinked=found.unlinked,
        files=tuple(written),
    )


def _weakest(case: Case, proposals: tuple[Proposal, ...]) -> Explanation | None:
    """Why the weakest pair of the largest group is held to be one actor's."""
    if not proposals:
        return None
    link = min(proposals[0].links, key=lambda link: (link.total, link.a, link.b))
    return explain(case, link.a, link.b)


def _published(case: Case, group: str) -> list[str]:
    folder = Path(case.folder) / "out"
    folder.mkdir(exist_ok=True)
    exported = [export(case, group, format=format, output=folder) for format in _EXPORTS]
    return [*report(case, group, output=folder).files, *(e.file for e in exported if e.file)]
