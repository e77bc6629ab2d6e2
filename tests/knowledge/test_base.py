"""The schema is what the migrations make, and databases that do not fit are refused in plain words."""

import subprocess
import sys

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pytest import raises

from backtrail.knowledge import intake
from backtrail.knowledge.base import KnowledgeBase, sqlite_url
from backtrail.knowledge.schema import metadata
from backtrail.model.errors import BacktrailError, ConflictError, UsageError
from backtrail.verbs.case import Case


def test_migrations_make_the_schema(case):
    with case.knowledge.reading() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_a_newer_schema_is_refused(tmp_path):
    base = KnowledgeBase(sqlite_url(tmp_path / "k.sqlite"))
    base.migrate()
    with base.writing() as db:
        db.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    with raises(ConflictError, match="newer"):
        base.migrate()


def test_durable_settings(tmp_path):
    base = KnowledgeBase(sqlite_url(tmp_path / "k.sqlite"))
    with base.reading() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "k.sqlite").write_bytes(b"not a database at all" * 100)
    with raises(BacktrailError, match="not a database"):
        KnowledgeBase(sqlite_url(tmp_path / "k.sqlite")).migrate()


def test_urls_of_other_databases_are_refused():
    for url in ("mysql://x/y", "nonsense", "oracle://x"):
        with raises(UsageError):
            KnowledgeBase(url)


def test_all_or_nothing(case: Case):
    with raises(RuntimeError), case.knowledge.writing() as db:
        intake.add_evidence(db, "a" * 64, 1, "text/plain")
        raise RuntimeError
    with case.knowledge.reading() as db:
        assert not db.execute(sqlalchemy.text("SELECT count(*) FROM evidence")).scalar()


def test_a_password_is_not_shown():
    with raises(BacktrailError) as caught, KnowledgeBase("postgresql://u:secret@localhost:1/x").reading():
        pass
    assert "secret" not in str(caught.value)


def test_the_newest_revision_is_the_head_of_the_migrations():
    from alembic.script import ScriptDirectory

    from backtrail.knowledge import base

    assert base._newest() == ScriptDirectory.from_config(base._alembic()).get_current_head()


def test_a_command_that_reads_no_log_starts_without_what_logs_are_read_with(case):
    """Half of the time that such a command took was spent on these."""
    told = (
        "import sys; from pathlib import Path; from backtrail.verbs.case import Case; from backtrail.verbs import ls; "
        f"ls.ls(Case(Path({str(case.folder)!r}), clock=lambda: '2026-03-04T05:06:07Z', author='x'), 'groups'); "
        "print([name for name in ('alembic', 'duckdb', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
