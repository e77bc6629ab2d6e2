"""Examples shown first in the help of each command, and in the reference."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": ("backtrail init winter-2012", "backtrail init winter-2012 --db postgresql://analyst@db.example/winter"),
    "status": ("backtrail status --case winter-2012",),
    "ingest": (
        "backtrail ingest evidence/ --grade B2 --tlp AMBER",
        "backtrail ingest report.pdf --intrusion IN-031 --source 'partner report' --grade C3",
        "zcat iocs.csv.gz | backtrail ingest - --source feed",
    ),
    "problems": ("backtrail problems", "backtrail problems --json | jq -r .reason | sort | uniq -c"),
    "ls": ("backtrail ls intrusions", "backtrail ls observations --intrusion IN-031 --type domain-name"),
    "show": ("backtrail show IN-031", "backtrail show O-1f3a9c"),
    "search": ("backtrail search 'news[.]example'", "backtrail search GREENCAT"),
    "digest": ("backtrail digest",),
    "cluster": ("backtrail cluster", "backtrail cluster --json | jq '.proposals[].members'"),
    "explain": ("backtrail explain IN-031 IN-007", "backtrail explain IN-031 UNC-0001"),
    "assign": (
        "backtrail assign P-1f3a9c02d7 --reason 'same certificate key, overlapping windows'",
        "backtrail assign IN-031 IN-007 --new --reason 'same certificate key, overlapping windows'",
        "backtrail assign IN-044 --to UNC-0001 --reason 'same archive password'",
    ),
    "outlier": ("backtrail outlier IN-012 --reason 'shares public tools only'",),
    "merge": ("backtrail merge UNC-0001 UNC-0004 --reason 'one registrant behind both'",),
    "split": ("backtrail split UNC-0001 IN-044 --reason 'shared hosting, not shared operators'",),
    "name": ("backtrail name UNC-0001 'COLD HARBOUR' --reason 'agreed on 3 March'",),
    "alias": (
        "backtrail alias UNC-0001 'Silent Heron' --namer 'Vendor A' --relation overlaps --reason 'their report'",
    ),
    "grade": ("backtrail grade 'partner report' C3 --reason 'two of its addresses were wrong'",),
    "retract": ("backtrail retract O-1f3a9c --reason 'typing error in the source'",),
    "log": ("backtrail log", "backtrail log UNC-0001"),
    "undo": ("backtrail undo", "backtrail undo D-12 --reason 'the certificate is a framework default'"),
    "report": ("backtrail report UNC-0001 -o out",),
    "export": (
        "backtrail export UNC-0001 --format stix -o out",
        "backtrail export UNC-0001 --format csv | cut -d, -f1,2",
    ),
    "demo": ("backtrail demo",),
    "completion": ("backtrail completion bash > ~/.local/share/bash-completion/completions/backtrail",),
    "lists": ("backtrail lists", "backtrail lists --add misp", "backtrail lists --add our-own-list.json"),
}
