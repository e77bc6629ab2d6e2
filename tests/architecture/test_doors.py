"""The doors lead to the same verbs, and importing the package stays cheap."""

import inspect
import subprocess
import sys
from pathlib import Path

import backtrail
from backtrail.cli.app import commands
from backtrail.verbs import VERBS, verb


def test_terminal_and_library_offer_the_same_verbs():
    library = {name for name in backtrail.__all__ if name.islower()} - {"now", "open_case", "create_case"}
    assert library == {*VERBS, "demo", "evaluate", "hunt", "index", "match"}
    assert set(commands()) == library | {"init", "completion", "model", "verify", "replicate"}


def test_rooms_are_nouns_and_verbs_are_verbs():
    rooms = {p.stem for p in Path(backtrail.__file__).parent.iterdir() if not p.stem.startswith("_")}
    assert not rooms & set(VERBS)


def test_every_verb_documents_each_argument():
    for name in VERBS:
        arguments = (verb(name).__doc__ or "").partition("Args:")[2]
        for parameter in inspect.signature(verb(name)).parameters:
            assert f"{parameter}:" in arguments, (name, parameter)


def test_importing_the_package_loads_no_database_and_no_parser():
    heavy = ("sqlalchemy", "alembic", "rich", "cyclopts", "jinja2", "pypdfium2", "selectolax")
    code = f"import sys, backtrail; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"
