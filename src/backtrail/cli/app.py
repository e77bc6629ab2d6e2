"""Commands derived from the table of verbs: arguments in, data to stdout, messages to stderr, an exit code out."""

import csv
import gc
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from cyclopts import App, CycloptsError, Group, Parameter
from rich.console import Console

import backtrail
import backtrail.cli.display_log
import backtrail.cli.display_profiles
import backtrail.cli.display_telemetry
import backtrail.cli.hypothesising
from backtrail.cli.behaviour import match_command
from backtrail.cli.checking import leakcheck_command
from backtrail.cli.display import display
from backtrail.cli.evaluating import evaluate_command
from backtrail.cli.examples import EXAMPLES
from backtrail.cli.hunting import hunt_command
from backtrail.cli.indexing import index_command
from backtrail.cli.packages import replicate_command, verify_command
from backtrail.cli.progress import ReadingBar
from backtrail.cli.suggesting import model_command, suggest_command
from backtrail.model.errors import BacktrailError, ConflictError, UsageError
from backtrail.verbs import VERBS, Case, Table, asking, demo, hypothesis, init, leakcheck, suggest
from backtrail.verbs.export import Exported
from backtrail.verbs.ingest import ingest
from backtrail.verbs.reading import FileRead

PARTIAL = 6
INTERRUPTED = 130

_HIDDEN = ("case", "now", "on_file", "progress", "stdin")
"""Parameters of verbs that the door supplies."""

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
    help_epilogue="Start with `backtrail demo`, or `backtrail init CASE` and `backtrail --help` of any command.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code (`docs/cli.md`)."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)  # batches of records are large and without cycles: a fifth of an ingest
    try:
        arguments = _hoisted(list(sys.argv[1:] if argv is None else argv))
        return int(app(arguments, exit_on_error=False, print_error=False) or 0)
    except CycloptsError as error:
        return _fail(UsageError(str(error)))
    except BacktrailError as error:
        return _fail(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(BacktrailError(f"{error.filename or 'input or output'}: {error.strerror or error}"))
    except Exception as error:
        if os.environ.get("BACKTRAIL_DEBUG"):
            raise
        return _fail(BacktrailError(f"a bug: {type(error).__name__}: {error} (BACKTRAIL_DEBUG=1 shows where)"))
    except KeyboardInterrupt:
        print("interrupted; what was acknowledged is kept, and running again resumes", file=sys.stderr)
        return INTERRUPTED


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


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fail(error: BacktrailError) -> int:
    print(f"error[E{error.exit_code}]: {error}", file=sys.stderr)
    return error.exit_code


def _open(folder: Path | None, author: str | None) -> Case:
    if folder is None:
        raise UsageError("which case? name its folder with --case or in BACKTRAIL_CASE (make one: backtrail init DIR)")
    return backtrail.open_case(folder, author=author)


def _show(result: object, as_json: bool, delimiter: str | None = None) -> None:
    """Print a result: JSON (a line for each row of a table), delimited rows, or as a person reads it."""
    if isinstance(result, Exported) and result.file is None and not as_json:
        sys.stdout.buffer.write(result.content)
    elif isinstance(result, Table) and delimiter:
        rows = csv.writer(sys.stdout, delimiter=delimiter, lineterminator="\n")
        rows.writerows([list(result.columns)] if delimiter == "," else [])
        rows.writerows(zip(*result.columns.values(), strict=True))
    elif as_json:
        for document in result if isinstance(result, Table) else [result]:
            _json(document)
    else:
        display(Console(highlight=False, soft_wrap=False), result)


def _json(document: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.buffer.flush()


def _command(verb: Callable[..., Any]) -> Callable[..., int]:
    """A terminal command for a verb: the same parameters, and the common options."""
    hints = get_type_hints(verb)
    parameters = [p for p in inspect.signature(verb).parameters.values() if p.name not in _HIDDEN]

    def command(*args: Any, **kwargs: Any) -> int:
        bound = signature.bind(*args, **kwargs)
        common = {p.name: bound.arguments.pop(p.name, None) for p in _common_parameters()}
        delimiter = "," if common["as_csv"] else "\t" if common["as_plain"] else None
        with _open(common["case_folder"], common["author"]) as case:
            _show(verb(case, *bound.args, **bound.kwargs), bool(common["as_json"]), delimiter)
        return 0

    shown = [p.replace(annotation=_annotation(p, hints[p.name])) for p in parameters]
    signature = inspect.Signature([*shown, *_common_parameters()], return_annotation=int)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    command.__name__ = verb.__name__
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


def _common_parameters() -> list[inspect.Parameter]:
    def option(name: str, annotation: Any, default: object) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    return [
        option("case_folder", CaseFolder, None),
        option("as_json", AsJson, False),
        option("as_csv", AsCsv, False),
        option("as_plain", AsPlain, False),
        option("author", Author, None),
    ]


def _documented(verb: Callable[..., Any], name: str) -> str:
    """Docstring of a command: examples first, then the verb's own words."""
    words, _, arguments = inspect.cleandoc(verb.__doc__ or "").partition("\nArgs:\n")
    summary, _, rest = words.partition("\n")
    examples = "\n".join(EXAMPLES.get(name, ()))
    kept = [line for line in arguments.splitlines() if not line.strip().startswith(tuple(f"{h}:" for h in _HIDDEN))]
    return f"{summary}\n\n**Examples**\n\n```text\n{examples}\n```\n\n{rest.strip()}\n\nArgs:\n" + "\n".join(kept)


def _add(command: Callable[..., int], verb: Callable[..., Any], name: str) -> None:
    command.__doc__ = _documented(verb, name)
    app.command(command, name=name)


for _verb in VERBS.values():
    if _verb not in (ingest, suggest, hypothesis, leakcheck):
        _add(_command(_verb), _verb, _verb.__name__)


def _init(folder: Path, *, db: str | None = None, as_json: AsJson = False) -> int:
    made = init(folder, now=backtrail.now(), db=db)
    _show(made, as_json)
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
        done = ingest(
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
        display(Console(highlight=False), done)
    return PARTIAL if done.total("problems") else 0


def _file_done(file: FileRead, bar: ReadingBar, as_json: bool) -> None:
    bar.done(file)
    if as_json:
        _json({name: getattr(file, name) for name in ("path", "format", "records", "observations", "problems")})


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
    init(folder, now=backtrail.now())
    with backtrail.open_case(folder, author="demo") as case, ReadingBar([evidence or folder]) as bar:
        _show(demo(case, evidence, on_file=bar.done), as_json)
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


_add(_init, init, "init")
_add(_ingest, ingest, "ingest")
_add(_demo, _demo, "demo")
_add(_completion, _completion, "completion")
_add(match_command, match_command, "match")
_add(hunt_command, hunt_command, "hunt")
_add(index_command, index_command, "index")
_add(evaluate_command, evaluate_command, "evaluate")
_add(leakcheck_command, leakcheck_command, "leakcheck")
_add(verify_command, verify_command, "verify")
_add(replicate_command, replicate_command, "replicate")
_add(model_command, model_command, "model")
_add(suggest_command, suggest_command, "suggest")


_hypothesis = App(
    name="hypothesis",
    help="""Ask who is behind a group: answers that exclude one another, evidence rated under each, a board that shows
every weight.

**Examples**

```text
"""
    + "\n".join(EXAMPLES["hypothesis"])
    + """
```""",
    result_action="return_value",
)
for _act in (*asking.ACTS, hypothesis):
    _name = "board" if _act is hypothesis else _act.__name__
    _made = _command(_act)
    _made.__doc__ = inspect.cleandoc(_act.__doc__ or "").replace("    case: The case.\n", "")
    _hypothesis.command(_made, name=_name)
app.command(_hypothesis)


def commands() -> Iterable[str]:
    """Names of all commands, sorted."""
    return sorted(name for name in app if not name.startswith("-"))
