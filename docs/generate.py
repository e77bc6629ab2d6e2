"""Write the generated parts of the documents from the code; `--check` only says which are out of date.

A generated part stands between `<!-- generated -->` and `<!-- end -->`; prose outside of it is left alone.
"""

import argparse
import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path

from backtrail import formats
from backtrail.cli.app import app, commands
from backtrail.cli.examples import EXAMPLES
from backtrail.formats.manifest import schema
from backtrail.model.kinds import KINDS, ROLES

DOCS = Path(__file__).parent
BEGIN, END = "<!-- generated -->", "<!-- end -->"


def pages() -> dict[Path, str]:
    """Generated text of every page."""
    return {
        DOCS / "cli.md": commands_table(),
        DOCS / "formats.md": formats_table(),
        DOCS / "kinds.md": kinds_table(),
        **{DOCS / "verbs" / f"{name}.md": verb_page(name) for name in commands()},
    }


def commands_table() -> str:
    lines = ["| command | what it does |", "|---|---|"]
    for name in commands():
        first = re.split(r"(?<=[.:])\s", (app[name].help or "").strip().splitlines()[0])[0]
        lines.append(f"| [`{name}`](verbs/{name}.md) | {first} |")
    return "\n".join(lines)


def verb_page(name: str) -> str:
    examples = "\n".join(EXAMPLES.get(name, ()))
    return (
        f"```console\n{examples}\n```\n\n```text\n{help_of(name)}\n```"
        if examples
        else f"```text\n{help_of(name)}\n```"
    )


def help_of(name: str) -> str:
    """What `backtrail NAME --help` prints on a terminal of 100 columns."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        app([name, "--help"], exit_on_error=False)
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


def formats_table() -> str:
    lines = ["| format | what it is | read | written |", "|---|---|---|---|"]
    for format in formats.known().values():
        read = "yes, in a child process" if format.in_child else "yes"
        lines.append(f"| `{format.name}` | {format.title} | {read} | {'yes' if format.write else 'no'} |")
    return "\n".join(lines)


def kinds_table() -> str:
    lines = ["| kind | canonical spelling |", "|---|---|", *(f"| `{k}` | {text} |" for k, text in KINDS.items())]
    lines += ["", "| role | meaning |", "|---|---|", *(f"| `{r}` | {text} |" for r, text in ROLES.items())]
    return "\n".join(lines)


def placed(path: Path, generated: str) -> str:
    """A page with its generated part renewed; a new page gets a heading."""
    old = path.read_text("utf-8") if path.exists() else f"# {path.stem}\n\n{BEGIN}\n{END}\n"
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wanted = {path: placed(path, text) for path, text in pages().items()}
    wanted[DOCS / "schemas" / "intrusion.schema.json"] = json.dumps(schema(), indent=1) + "\n"
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(DOCS.parent)} is out of date: run `make docs`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"
    sys.exit(main())
