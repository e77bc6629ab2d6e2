"""Evidence of many breaches in; activity groups, explained item by item, and publishable reports out.

    import backtrail

    case = backtrail.open_case("winter-2012")
    backtrail.ingest(case, [Path("evidence")], grade="B2", tlp="AMBER")
    print(backtrail.explain(case, "IN-031", "IN-007"))

Every verb of the terminal is a function here, with typed results; errors carry the terminal's exit codes. Read the
rooms in this order: model, formats, evidence, observations, knowledge, clusters, profiles, attribution, reports, hunts,
verbs, cli.
"""

import getpass
import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backtrail.model.errors import (
    BacktrailError,
    ConflictError,
    FormatError,
    NotFoundError,
    PolicyError,
    UsageError,
)

if TYPE_CHECKING:
    from backtrail.verbs.accept import accept
    from backtrail.verbs.alias import alias
    from backtrail.verbs.apart import apart
    from backtrail.verbs.arsenal import arsenal
    from backtrail.verbs.assign import assign
    from backtrail.verbs.case import Case
    from backtrail.verbs.cluster import cluster
    from backtrail.verbs.compare import compare
    from backtrail.verbs.demo import demo
    from backtrail.verbs.digest import digest
    from backtrail.verbs.drift import drift
    from backtrail.verbs.dwell import dwell
    from backtrail.verbs.evaluate import evaluate
    from backtrail.verbs.explain import explain
    from backtrail.verbs.export import export
    from backtrail.verbs.facts import facts
    from backtrail.verbs.freeze import freeze
    from backtrail.verbs.grade import grade
    from backtrail.verbs.hours import hours
    from backtrail.verbs.hunt import hunt
    from backtrail.verbs.hypothesis import hypothesis
    from backtrail.verbs.index import index
    from backtrail.verbs.ingest import ingest
    from backtrail.verbs.leads import leads
    from backtrail.verbs.leakcheck import leakcheck
    from backtrail.verbs.lifecycle import lifecycle
    from backtrail.verbs.lists import lists
    from backtrail.verbs.log import log
    from backtrail.verbs.ls import ls
    from backtrail.verbs.match import match
    from backtrail.verbs.merge import merge
    from backtrail.verbs.name import name
    from backtrail.verbs.outlier import outlier
    from backtrail.verbs.personas import personas
    from backtrail.verbs.problems import problems
    from backtrail.verbs.publish import publish
    from backtrail.verbs.reject import reject
    from backtrail.verbs.release import release
    from backtrail.verbs.report import report
    from backtrail.verbs.retract import retract
    from backtrail.verbs.review import review
    from backtrail.verbs.search import search
    from backtrail.verbs.show import show
    from backtrail.verbs.split import split
    from backtrail.verbs.status import status
    from backtrail.verbs.strength import strength
    from backtrail.verbs.suggest import suggest
    from backtrail.verbs.sweep import sweep
    from backtrail.verbs.table import Table
    from backtrail.verbs.theft import theft
    from backtrail.verbs.trace import trace
    from backtrail.verbs.undo import undo
    from backtrail.verbs.verdict import verdict
    from backtrail.verbs.victims import victims
    from backtrail.verbs.why import why

_VERBS = (
    "accept", "alias", "apart", "arsenal", "assign", "cluster", "compare", "demo", "digest", "drift", "dwell",
    "evaluate", "explain", "export", "facts", "freeze", "grade", "hours", "hunt", "hypothesis", "index", "ingest",
    "leads", "leakcheck", "lifecycle", "lists", "log", "ls", "match", "merge", "name", "outlier", "personas",
    "problems", "publish", "reject", "release", "report", "retract", "review", "search", "show", "split", "status",
    "strength", "suggest", "sweep", "theft", "trace", "undo", "verdict", "victims", "why",
)  # fmt: skip

__all__ = [
    "BacktrailError",
    "Case",
    "ConflictError",
    "FormatError",
    "NotFoundError",
    "PolicyError",
    "Table",
    "UsageError",
    "accept",
    "alias",
    "apart",
    "arsenal",
    "assign",
    "cluster",
    "compare",
    "create_case",
    "demo",
    "digest",
    "drift",
    "dwell",
    "evaluate",
    "explain",
    "export",
    "facts",
    "freeze",
    "grade",
    "hours",
    "hunt",
    "hypothesis",
    "index",
    "ingest",
    "leads",
    "leakcheck",
    "lifecycle",
    "lists",
    "log",
    "ls",
    "match",
    "merge",
    "name",
    "now",
    "open_case",
    "outlier",
    "personas",
    "problems",
    "publish",
    "reject",
    "release",
    "report",
    "retract",
    "review",
    "search",
    "show",
    "split",
    "status",
    "strength",
    "suggest",
    "sweep",
    "theft",
    "trace",
    "undo",
    "verdict",
    "victims",
    "why",
]


def now() -> str:
    """The present moment, UTC, to the second; the one place where the library reads the clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251 - this is a door


def open_case(folder: str | Path, *, author: str | None = None) -> "Case":
    """Open a case.

    Args:
        folder: Folder of the case.
        author: Who decides; the user of this computer when left out.

    Raises:
        NotFoundError: There is no case in the folder.
    """
    from backtrail.verbs.case import Case

    return Case(Path(folder), clock=now, author=author or getpass.getuser())


def create_case(folder: str | Path, *, db: str | None = None, author: str | None = None) -> "Case":
    """Make a case and open it.

    Args:
        folder: A folder that does not exist yet, or is empty.
        db: `postgresql://...` to share the knowledge base in a team.
        author: As for `open_case`.
    """
    from backtrail.verbs.init import init

    init(Path(folder), now=now(), db=db)
    return open_case(folder, author=author)


def __getattr__(name: str) -> Any:
    """Load a verb when it is first used: importing the package stays fast (SQLAlchemy alone takes 0.4 s)."""
    if name in _VERBS:
        return getattr(importlib.import_module(f"backtrail.verbs.{name}"), name)
    if name in ("Case", "Table"):
        return getattr(importlib.import_module(f"backtrail.verbs.{name.lower()}"), name)
    raise AttributeError(f"module 'backtrail' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
