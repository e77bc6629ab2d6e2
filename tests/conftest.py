"""Fixtures of all tests: golden files, real data, and cases on every database there is."""

import os
import signal
import uuid
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from backtrail import Case
from backtrail.verbs.init import init

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

settings.register_profile("shared machine", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("shared machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what goes on in the background deaf to Ctrl-C, and so would be every command that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

POSTGRES = os.environ.get("BACKTRAIL_TEST_POSTGRES")


def pytest_addoption(parser):
    parser.addoption("--refresh", action="store_true", help="rewrite golden files; then read the diff")


@pytest.fixture
def refresh(request):
    return request.config.getoption("--refresh")


@pytest.fixture(autouse=True, scope="session")
def keys(tmp_path_factory):
    """Keys of pseudonyms lie in a folder of the tests."""
    os.environ["BACKTRAIL_KEYS"] = str(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared beside the checkout")
    return SHARED


def ticking():
    """A clock that goes on a second at each look."""
    ticks = count()
    return lambda: f"2013-02-18T09:{(n := next(ticks)) // 60 % 60:02d}:{n % 60:02d}Z"


@pytest.fixture
def open_case():
    """Open a case with a clock of its own, closed after the test."""
    opened = []

    def opener(folder: Path, author: str = "analyst") -> Case:
        case = Case(folder, clock=ticking(), author=author)
        opened.append(case)
        return case

    yield opener
    for case in opened:
        case.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request) -> Iterator:
    """Gives the URL of a fresh database at each call: None for SQLite."""
    if request.param == "sqlite":
        yield lambda: None
        return
    if not POSTGRES:
        pytest.skip("needs BACKTRAIL_TEST_POSTGRES=postgresql://... (.ci/run sets it)")
    import psycopg

    made = []

    def make() -> str:
        name = f"bt_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(POSTGRES, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return POSTGRES.rpartition("/")[0] + "/" + name

    yield make
    with psycopg.connect(POSTGRES, autocommit=True) as db:
        for name in made:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_case(tmp_path, database, open_case):
    """Makes an empty case at each call."""
    numbers = count(1)

    def make() -> Case:
        folder = tmp_path / f"case-{next(numbers)}"
        init(folder, now="2013-02-18T09:00:00Z", db=database())
        return open_case(folder)

    return make


@pytest.fixture
def case(new_case) -> Case:
    """An empty case."""
    return new_case()


@pytest.fixture(scope="session")
def demo_evidence() -> Path:
    """The evidence of the demo case."""
    return ROOT / "src" / "backtrail" / "demo_case" / "evidence"
