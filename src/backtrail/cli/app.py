"""Commands derived from the table of verbs: arguments in, data to stdout, messages to stderr, an exit code out."""

import gc
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from cyclopts import App, CycloptsError, Group, Parameter, UnknownOptionError

import backtrail
import backtrail.cli.display_clusters
import backtrail.cli.display_compare
import backtrail.cli.display_log
import backtrail.cli.display_products
import backtrail.cli.display_profiles
import backtrail.cli.display_telemetry
import backtrail.cli.hypothesising
from backtrail.cli.answer import answer, in_json, unheard
from backtrail.cli.examples import EXAMPLES
from backtrail.cli.progress import ReadingBar
from backtrail.cli.rows import has_rows
from backtrail.model.errors import BacktrailError, ConflictError, UsageError, interrupted
from backtrail.verbs import VERBS, verb

if TYPE_CHECKING:
    from backtrail.verbs.case import Case
    from backtrail.verbs.reading import FileRead

PARTIAL = 6
INTERRUPTED = 130

_HIDDEN = ("case", "now", "on_file", "progress", "stdin")
"""Parameters of verbs that the door supplies."""

_FOR_ROWS = ("--csv", "--plain")

_COMMON = Group("Common options", sort_key=10)
CaseFolder = Annotated[
    Path | None, Parameter(name="--case", env_var="BACKTRAIL_CASE", group=_COMMON, help="Folder of the case.")
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", group=_COMMON, help="JSON instead of a table.")]
AsCsv = Annotated[bool, Parameter(name="--csv", negative="", group=_COMMON, help="Rows of a table as CSV.")]
AsPlain = Annotated[
    bool, Parameter(name="--plain", negative="", group=_COMMON, help="Rows of a table with tabs, for grep and awk.")
]
Author = Annotated[
    str | None, Parameter(name="--author", env_var="BACKTRAIL_AUTHOR", group=_COMMON, help="Who decides.")
]

app = App(
    name="backtrail",
    help="Evidence of many breaches in; activity groups, explained item by item, and reports out.",
    version_flags=["--version"],
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    help_epilogue="Start with `backtrail demo`, or `backtrail init CASE` and `backtrail --help` of any command.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code (`docs/cli.md`)."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)  # batches of records are large and without cycles: a fifth of an ingest
    try:
        arguments = _hoisted(list(sys.argv[1:] if argv is None else argv))
        _register(_asked(arguments))
        return int(app(arguments, exit_on_error=False, print_error=False) or 0)
    except CycloptsError as error:
        return _fail(UsageError(_misused(error)))
    except BacktrailError as error:
        return _fail(error)
    except BrokenPipeError:
        unheard()
        return 0
    except OSError as error:
        return _fail(BacktrailError(f"{error.filename or 'input or output'}: {error.strerror or error}"))
    except (Exception, KeyboardInterrupt) as error:
        if interrupted(error):
            print("interrupted; what was acknowledged is kept, and running again resumes", file=sys.stderr)
            return INTERRUPTED
        if os.environ.get("BACKTRAIL_DEBUG"):
            raise
        return _fail(BacktrailError(f"a bug: {type(error).__name__}: {error} (BACKTRAIL_DEBUG=1 shows where)"))


def _hoisted(argv: list[str]) -> list[str]:
    """Arguments as the commands take them: `--case`, `--author` and `--json` may stand first, `-` is a path."""
    before: list[str] = []
    if any(not _is_text(argument) for argument in argv):
        raise UsageError("an argument that is no UTF-8")
    argv = ["./-" if argument == "-" else argument for argument in argv]
    while argv and argv[0].partition("=")[0] in ("--case", "--author", "--json"):
        count = 1 if "=" in argv[0] or argv[0] == "--json" else 2
        before, argv = [*before, *argv[:count]], argv[count:]
    return [*argv[:1], *before, *argv[1:]]


def _asked(arguments: Sequence[str]) -> Iterable[str]:
    """The command that is asked for; all of them for an overview, or where none has such a name."""
    if arguments[:1] == ["--version"]:
        return ()
    return arguments[:1] if arguments and arguments[0] in NAMES else NAMES


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _misused(error: CycloptsError) -> str:
    """What is wrong with a command line; an option for rows is known, but not of every command."""
    option = error.token.keyword if isinstance(error, UnknownOptionError) else None
    return f"{option}: this gives no rows; leave it out, or take --json" if option in _FOR_ROWS else str(error)


def _fail(error: BacktrailError) -> int:
    print(f"error[E{error.exit_code}]: {error}", file=sys.stderr)
    return error.exit_code


def _open(folder: Path | None, author: str | None) -> "Case":
    if folder is None:
        raise UsageError("which case? name its folder with --case or in BACKTRAIL_CASE (make one: backtrail init DIR)")
    return backtrail.open_case(folder, author=author)


def _command(function: Callable[..., Any]) -> Callable[..., int]:
    """A terminal command for a verb: the same parameters, and the common options; `--csv` where there are rows."""
    hints = get_type_hints(function)
    common_options = _common_parameters(has_rows(hints["return"]))
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in _HIDDEN]

    def command(*args: Any, **kwargs: Any) -> int:
        bound = signature.bind(*args, **kwargs)
        common = {p.name: bound.arguments.pop(p.name, None) for p in common_options}
        delimiter = "," if common.get("as_csv") else "\t" if common.get("as_plain") else None
        with _open(common["case_folder"], common["author"]) as case:
            answer(function(case, *bound.args, **bound.kwargs), bool(common["as_json"]), delimiter)
        return 0

    shown = [p.replace(annotation=_annotation(p, hints[p.name])) for p in parameters]
    signature = inspect.Signature([*shown, *common_options], return_annotation=int)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    command.__name__ = function.__name__
    return command


def _annotation(parameter: inspect.Parameter, hint: Any) -> Any:
    """Positional lists are taken as such; keyword-only booleans have no negative form."""
    if parameter.name == "output":
        return Annotated[hint, Parameter(name=["--output", "-o"])]
    if hint is bool:
        return Annotated[hint, Parameter(negative="")]
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY and hint in (Sequence[str], Sequence[Path]):
        return Annotated[hint, Parameter(consume_multiple=True, negative="")]
    return hint


def _common_parameters(rows: bool) -> list[inspect.Parameter]:
    def option(name: str, annotation: Any, default: object) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    return [
        option("case_folder", CaseFolder, None),
        option("as_json", AsJson, False),
        *([option("as_csv", AsCsv, False), option("as_plain", AsPlain, False)] if rows else []),
        option("author", Author, None),
    ]


def _documented(function: Callable[..., Any], name: str) -> str:
    """Docstring of a command: examples first, then the verb's own words."""
    words, _, arguments = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")
    summary, _, rest = words.partition("\n")
    examples = "\n".join(EXAMPLES.get(name, ()))
    kept = [line for line in arguments.splitlines() if not line.strip().startswith(tuple(f"{h}:" for h in _HIDDEN))]
    told = "\n".join(["", "Args:", *kept]) if kept else ""
    return f"{summary}\n\n**Examples**\n\n```text\n{examples}\n```\n\n{rest.strip()}\n{told}"


def _init(folder: Path, *, db: str | None = None, as_json: AsJson = False) -> int:
    made = verb("init")(folder, now=backtrail.now(), db=db)
    answer(made, as_json)
    return 0


def _ingest(  # noqa: PLR0913 - each is an option
    paths: Annotated[list[Path], Parameter(consume_multiple=True, negative="")],
    *,
    intrusion: str | None = None,
    per_file: Annotated[bool, Parameter(negative="")] = False,
    source: str | None = None,
    grade: str | None = None,
    tlp: str | None = None,
    format: str | None = None,
    case_folder: CaseFolder = None,
    as_json: AsJson = False,
    author: Author = None,
) -> int:
    with _open(case_folder, author) as case, ReadingBar(paths) as bar:
        done = backtrail.ingest(
            case,
            paths,
            intrusion=intrusion,
            per_file=per_file,
            source=source,
            grade=grade,
            tlp=tlp,
            format=format,
            stdin=sys.stdin.buffer,
            on_file=lambda file: _file_done(file, bar, as_json),
            progress=bar.reading,
        )
    if not as_json:
        answer(done)
    return PARTIAL if done.total("problems") else 0


def _file_done(file: "FileRead", bar: ReadingBar, as_json: bool) -> None:
    bar.done(file)
    if as_json:
        in_json({name: getattr(file, name) for name in ("path", "format", "records", "observations", "problems")})


def _demo(
    folder: Path = Path("backtrail-demo"),
    *,
    evidence: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    as_json: AsJson = False,
) -> int:
    """Show the whole way on a small invented case: evidence in, groups, an explanation, reports and indicators out.

    Examples:
        backtrail demo
        backtrail demo demo/case --evidence demo/world/evidence

    Args:
        folder: Where to make the case.
        evidence: Evidence to take instead of the small case, such as a world of `backtrail-worlds`.
        force: Take an earlier demo in that folder away first.
        as_json: JSON instead of tables.
    """
    if folder.exists() and force:
        _remove_demo(folder)
    verb("init")(folder, now=backtrail.now())
    with backtrail.open_case(folder, author="demo") as case, ReadingBar([evidence or folder]) as bar:
        answer(backtrail.demo(case, evidence, on_file=bar.done), as_json)
    return 0


def _remove_demo(folder: Path) -> None:
    """Remove an earlier demo; a folder that is no case is never touched."""
    import shutil

    if any(folder.iterdir()) and not (folder / "case.toml").is_file():
        raise ConflictError(f"{folder} is no case; name another folder")
    shutil.rmtree(folder)


def _completion(shell: Literal["bash", "zsh", "fish"]) -> int:
    """Print a completion script for a shell.

    Examples:
        backtrail completion bash > ~/.local/share/bash-completion/completions/backtrail

    Args:
        shell: bash, zsh or fish.
    """
    sys.stdout.write(app.generate_completion(shell=shell))
    return 0


def _hypothesis() -> App:
    """The acts of `hypothesis`, each a command of its own below it."""
    acts = import_module("backtrail.verbs.asking").ACTS
    examples = "\n".join(EXAMPLES["hypothesis"])
    made = App(
        name="hypothesis",
        help=f"""Ask who is behind a group: answers that exclude one another, evidence rated under each, a board that
shows every weight.

**Examples**

```text
{examples}
```""",
        result_action="return_value",
    )
    for act in (*acts, verb("hypothesis")):
        command = _command(act)
        command.__doc__ = inspect.cleandoc(act.__doc__ or "").replace("    case: The case.\n", "")
        made.command(command, name="board" if act.__name__ == "hypothesis" else act.__name__)
    return made


_HERE = {"init": _init, "ingest": _ingest, "demo": _demo, "completion": _completion}
_MODULES = {
    "match": "behaviour", "hunt": "hunting", "index": "indexing", "evaluate": "evaluating", "leakcheck": "checking",
    "verify": "packages", "replicate": "packages", "model": "suggesting", "suggest": "suggesting",
}  # fmt: skip
"""Commands that are more than their verb, with the module of each."""

NAMES = sorted({*VERBS, *_HERE, *_MODULES})
"""Names of all commands."""

_registered: set[str] = set()


def _register(names: Iterable[str]) -> None:
    """Make commands: only the one that is asked for, since each loads what it needs; all of them for an overview."""
    for name in names:
        if name not in _registered:
            _registered.add(name)
            _add(name)


def _add(name: str) -> None:
    if name == "hypothesis":
        app.command(_hypothesis())
        return
    if name in _MODULES:
        command = documented = getattr(import_module(f"backtrail.cli.{_MODULES[name]}"), f"{name}_command")
    elif name in _HERE:
        command = _HERE[name]
        documented = verb(name) if name in ("init", "ingest") else command
    else:
        documented = verb(name)
        command = _command(documented)
    command.__doc__ = _documented(documented, name)
    app.command(command, name=name)


def commands() -> Iterable[str]:
    """Names of all commands, sorted; they are there from then on."""
    _register(NAMES)
    return NAMES
