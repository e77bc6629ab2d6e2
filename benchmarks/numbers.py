"""The table of numbers: what was published of the real case, what is true in each world, what evidence alone gives.

Written to `docs/numbers.md` by `make bench-world`, from the facts that `backtrail facts --json` printed and the score
of `backtrail-worlds score --json`; groups are as proposed, nothing is read from the truth but for comparing.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

_HERE = Path(__file__).parent
DOCUMENT = _HERE.parent / "docs" / "numbers.md"

_HEAD = """# Numbers recovered from evidence

Written by `make bench-world`. Each world is made with a known truth; Backtrail reads its evidence, proposes groups, and
profiles the one that holds most of the world's subject. *published* is what was said of the real case in 2013, *true*
what is so in this world, *found* what the evidence gives, *parts* how many intrusions, observations and records the
number rests on: `backtrail why NUMBER --group GROUP` prints them, and the report links them. A number counts as
recovered within the tolerance that the world states (docs/worlds.md). What is not recovered stands first, with why.
"""


def write(runs: Mapping[str, Path]) -> None:
    """Write the document.

    Args:
        runs: Folder of each world with its `facts.json` and `score.json`, by the world's name.
    """
    DOCUMENT.write_text("\n".join([_HEAD, *(line for name, folder in runs.items() for line in _world(name, folder))]))


def _world(name: str, folder: Path) -> Iterator[str]:
    score, facts = (json.loads((folder / file).read_text()) for file in ("score.json", "facts.json"))
    clustering = score["clustering"]
    subject, cubed = clustering["subject"], clustering["bcubed"]
    group = next(g for g in facts["groups"] if g["id"] == subject["group"])
    parts = {number["id"]: len(number["parts"]) for number in group["numbers"]}
    recovered = [n for n in score["numbers"] if n["recovered"]]
    missed = [n for n in score["numbers"] if not n["recovered"]]
    yield f"## {name}: {len(recovered)} of {len(score['numbers'])}\n"
    yield (
        f"B-cubed F1 {cubed['f1']:.3f} (precision {cubed['precision']:.3f}, recall {cubed['recall']:.3f}); "
        f"{clustering['groups_found']} groups found, {clustering['groups_true']} true; of the subject's "
        f"{subject['members_true']} intrusions {subject['members_found']} are in the group, which has "
        f"{len(group['members'])}; {clustering['thin_left_alone']} of {clustering['thin']} thin cases left alone.\n"
    )
    yield "| number | published | true | found | parts | why not |"
    yield "|---|---|---|---|---|---|"
    strangers = len(group["members"]) - subject["members_found"]
    yield from (_row(n, parts, _why(n, name, strangers)) for n in missed)
    yield from (_row(n, parts, "") for n in recovered)
    yield ""


def _row(number: Mapping[str, object], parts: Mapping[str, int], why: str) -> str:
    told = [_told(number[key]) for key in ("id", "published", "true", "found")]
    return f"| {' | '.join([*told, str(parts.get(told[0], '')), why])} |"


def _told(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _why(number: Mapping[str, object], world: str, strangers: int) -> str:
    reasons = tomllib.loads((_HERE / "numbers.toml").read_text())
    if strangers:
        return f"{strangers} intrusions of another group are in this one."
    said = reasons.get(world, {}).get(number["id"]) or reasons["*"].get(number["id"])
    return said or "Not looked into yet."
