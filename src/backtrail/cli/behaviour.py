"""Commands that try behaviour on data at hand, without a case."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from backtrail.cli.answer import answer
from backtrail.model.errors import UsageError
from backtrail.verbs.match import match

FOUND = 10
"""Exit code with `--exit-code` when something was found."""

PARTIAL = 6


def match_command(
    *words: str,
    file: Path | None = None,
    exit_code: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Try STIX patterns on observed data (STIX 2.1 part 9, to the letter; patterns of 2.0 too).

    Every observation is used once in a match, and as often as it was observed. A bad pattern is a row with a problem
    (exit code 6).

    Args:
        words: The pattern (none with `--file`), then files with a bundle, an observed-data object or a list of them;
            `-` for standard input.
        file: File with a pattern on each line (empty lines and lines that begin with `#` are none), or a JSON list.
        exit_code: End with 10 when any pattern matches.
        as_json: JSON instead of a table.
    """
    pattern, paths = (words[0], words[1:]) if words and file is None else (None, words)
    if not paths:
        raise UsageError("name a file with observed data, or - for standard input")
    done = match(pattern, [Path(path) for path in paths], file=file, stdin=sys.stdin.buffer)
    answer(done, as_json)
    if any(row.matched is None for row in done):
        return PARTIAL
    return FOUND if exit_code and any(row.matched for row in done) else 0
