"""What the house can do. One file for each verb; the doors derive from this table."""

from backtrail.verbs.accept import accept
from backtrail.verbs.alias import alias
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
from backtrail.verbs.init import init
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

VERBS = {
    verb.__name__: verb
    for verb in (
        status,
        ingest,
        problems,
        ls,
        show,
        search,
        digest,
        sweep,
        leads,
        accept,
        reject,
        verdict,
        cluster,
        explain,
        compare,
        suggest,
        hypothesis,
        freeze,
        release,
        publish,
        leakcheck,
        assign,
        outlier,
        merge,
        split,
        name,
        alias,
        grade,
        retract,
        log,
        undo,
        victims,
        dwell,
        hours,
        trace,
        theft,
        arsenal,
        lifecycle,
        personas,
        strength,
        drift,
        why,
        report,
        export,
        facts,
        lists,
    )
}
"""The verbs that work on an open case, in the order of the work."""

__all__ = [
    "VERBS",
    "Case",
    "Table",
    "accept",
    "alias",
    "arsenal",
    "assign",
    "cluster",
    "compare",
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
    "init",
    "leads",
    "leakcheck",
    "lifecycle",
    "lists",
    "log",
    "ls",
    "match",
    "merge",
    "name",
    "outlier",
    "personas",
    "problems",
    "publish",
    "reject",
    "release",
    "report",
    "retract",
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
