"""The terminal: exit codes, streams, JSON, suggestions; habits of clig.dev."""

import contextlib
import csv
import inspect
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import duckdb
import pytest

from backtrail.cli import main
from backtrail.cli.app import commands
from backtrail.cli.examples import EXAMPLES
from backtrail.verbs import VERBS, verb

ISSUE_VERBS = (
    "init", "status", "ingest", "problems", "ls", "show", "search", "digest", "cluster", "explain", "assign", "outlier",
    "merge", "split", "name", "alias", "grade", "retract", "log", "undo", "report", "export", "demo", "completion",
)  # fmt: skip


@pytest.fixture
def run(capfdbinary, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "100")

    def runner(*argv: str):
        capfdbinary.readouterr()
        code = main([str(a) for a in argv])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return runner


@pytest.fixture
def filled(run, tmp_path, monkeypatch, demo_evidence):
    monkeypatch.setenv("BACKTRAIL_CASE", str(tmp_path / "case"))
    assert run("init", tmp_path / "case")[0] == 0
    code, out, _ = run("ingest", demo_evidence, "--json")
    assert code == 6
    return [json.loads(line) for line in out.splitlines()]


def test_every_verb_of_the_house_is_a_command():
    assert set(ISSUE_VERBS) <= set(commands())


def test_ingest_gives_a_line_of_json_for_each_file(filled):
    assert all(set(line) == {"path", "format", "records", "observations", "problems"} for line in filled)
    assert {"manifest", "stix", "misp", "openioc", "indicators", "observations", "markdown", "html", "text"} <= {
        line["format"] for line in filled
    }
    assert sum(line["problems"] for line in filled) == 1


@pytest.mark.parametrize("verb", [v for v in ISSUE_VERBS if v in EXAMPLES])
def test_help_shows_examples_before_options(run, verb):
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert f"backtrail {verb}" in out.partition("Examples")[2].partition("──")[0]
    assert out.index("Examples") < out.index("Parameters" if "Parameters" in out else "Common options")


@pytest.mark.parametrize(
    "argv",
    [
        ("status",), ("ls", "intrusions"), ("ls", "groups"), ("ls", "observations"), ("ls", "claims"),
        ("ls", "evidence"), ("problems",), ("search", "harbor-ledger"), ("show", "IN-01"), ("digest",), ("cluster",),
        ("explain", "IN-01", "IN-02"), ("review",), ("log",), ("lists",),
    ],
)  # fmt: skip
def test_readers_print_json_and_something_for_people(filled, run, argv):
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    code, out, err = run(*argv, "--json")
    assert code == 0 and not err
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())
    code, out, err = run(*argv)
    assert code == 0 and out.strip() and not err


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("show", "nothing-like-it"), 3, "nothing has the id"),
        (("explain", "IN-1", "IN-02"), 3, "did you mean"),
        (("ls", "nonsense"), 2, "nonsense"),
        (("statsu",), 2, "status"),
        (("assign", "IN-01", "--new", "--reason", " "), 2, "reason"),
        (("assign", "IN-01", "--reason", "r"), 2, "--to"),
        (("undo",), 5, "no decision"),
        (("ingest", "no/such/file"), 3, "no such file"),
        (("grade", "x", "Z9", "--reason", "r"), 2, "Admiralty"),
        (("grade", "Fennmor CERT", "C3", "--reason", "r"), 3, "did you mean Fennmoor CERT"),
        (("ingest", "README.md", "--tlp", "BANANA"), 2, "BANANA"),
        (("ls", "observations", "--type", "domian-name"), 2, "did you mean domain-name"),
        (("ls", "observations", "--intrusion", "IN-1"), 3, "did you mean"),
        (("undo", "D-\u00b2"), 2, "no decision"),
        (("log", "IN-1"), 3, "did you mean"),
        (("retract", "IN-01", "--reason", "r"), 3, "no observation, claim or evidence"),
        (("search", "\udcff"), 2, "UTF-8"),
    ],
)
def test_errors_say_what_to_do_on_stderr(filled, run, argv, code, message):
    got, out, err = run(*argv)
    assert (got, out) == (code, "")
    assert message in err and err.startswith(f"error[E{code}]:")


def test_without_a_case_it_says_how_to_name_one(run, monkeypatch):
    monkeypatch.delenv("BACKTRAIL_CASE", raising=False)
    code, _, err = run("status")
    assert code == 2 and "BACKTRAIL_CASE" in err


def test_export_goes_to_standard_output_as_it_is(filled, run):
    run("assign", "IN-06", "IN-07", "--new", "--reason", "test")
    code, out, err = run("export", "UNC-0001", "--format", "csv")
    assert code == 0 and not err
    assert out.startswith("value,type,role,") and "203.0.113.40" in out


def test_init_refuses_a_folder_in_use(run, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "file").touch()
    assert run("init", tmp_path / "x")[0] == 5
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("form", ["--json", "--plain", ""])
def test_a_closed_pipe_is_no_error(filled, form):
    command = f"{sys.executable} -m backtrail.cli ls observations {form} | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_refusal_stays_one_when_nobody_reads_it(filled, tmp_path):
    """Else a gate in a pipe would let a victim's name through."""
    (tmp_path / "product.txt").write_text("mail of jane.doe@corp.example was read")
    for form in ("--json", ""):
        command = f"{sys.executable} -m backtrail.cli leakcheck {tmp_path / 'product.txt'} {form}"
        codes = []
        for end in ("> /dev/null", "| true"):
            whole = ["bash", "-c", f"set -o pipefail; {command} {end}"]
            codes.append(subprocess.run(whole, capture_output=True, check=False).returncode)
        assert codes == [4, 4]


def test_completion_is_a_script(run):
    code, out, _ = run("completion", "bash")
    assert code == 0 and "backtrail" in out


def test_demo_makes_everything_and_can_be_repeated(run, tmp_path):
    folder = tmp_path / "demo"
    code, out, _ = run("demo", folder)
    assert code == 0
    assert len(list((folder / "out").iterdir())) == 15
    assert "UNC-0001" in out and "very likely" in out
    assert run("demo", folder)[0] == 5
    assert run("demo", folder, "--force")[0] == 0


def test_the_case_may_be_named_before_the_command(filled, run, monkeypatch, tmp_path):
    monkeypatch.delenv("BACKTRAIL_CASE")
    assert run("--case", tmp_path / "case", "status")[0] == 0
    assert run(f"--case={tmp_path / 'case'}", "digest", "--json")[0] == 0


def test_rows_for_other_programs(filled, run):
    plain = run("ls", "intrusions", "--plain")[1].splitlines()
    assert len(plain) == 14 and plain[0].split("\t")[0] == "IN-01"
    assert run("ls", "intrusions", "--csv")[1].splitlines()[0].startswith("id,sector,country,")


def test_an_unwritable_place_is_an_error_in_words(filled, run, tmp_path):
    (tmp_path / "file").touch()
    run("assign", "IN-01", "--new", "--reason", "test")
    code, _, err = run("report", "UNC-0001", "-o", tmp_path / "file" / "x")
    assert code == 1 and err.startswith("error[E1]:") and "Traceback" not in err


def test_standard_input_is_a_path(filled, run, monkeypatch):
    import types

    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(b"evil.example\n")))
    code, out, _ = run("ingest", "-", "--json")
    assert code == 0 and json.loads(out)["observations"] == 1


@pytest.fixture
def named(run, tmp_path, monkeypatch):
    """Makes a case of intrusions with such ids, which share a persona."""

    def make(*ids: str) -> None:
        monkeypatch.setenv("BACKTRAIL_CASE", str(tmp_path / "c"))
        run("init", tmp_path / "c")
        lines = [json.dumps({"kind": "persona", "value": "heron", "intrusion": of}) for of in ids]
        (tmp_path / "x.jsonl").write_text("\n".join(lines))
        run("ingest", tmp_path / "x.jsonl", "--grade", "A1")

    return make


def test_suggested_commands_can_be_pasted(run, named):
    named("a|b c", "$(x)")
    assert "explain '$(x)' 'a|b c'" in run("cluster")[1]


def test_ids_of_any_letters_are_shown_and_decided_on(run, named):
    named("x{y}", "IN-[/b]")
    assert "backtrail apart 'IN-[/b]' 'x{y}'" in run("review")[1]
    code, told, _ = run("apart", "x{y}", "IN-[/b]", "--reason", "two")
    assert code == 0 and "x{y} and IN-[/b] held apart" in told


def test_a_review_gives_the_commands_of_both_answers(filled, run):
    run("assign", "IN-01", "IN-02", "IN-03", "--new", "--reason", "test")
    run("assign", "IN-04", "IN-05", "--new", "--reason", "test")
    told = run("review")[1]
    assert "are UNC-0001 (3 intrusions) and UNC-0002 (2 intrusions) one actor's?" in told
    assert "yes   backtrail merge UNC-0001 UNC-0002" in told and "no    backtrail apart UNC-0001 UNC-0002" in told
    run("apart", "UNC-0001", "UNC-0002", "--reason", "two crews")
    assert "UNC-0001 UNC-0002" not in run("review", "--most", "99")[1]


def test_a_bug_is_told_in_a_line(filled, run, monkeypatch):
    monkeypatch.setattr("backtrail.cli.app.answer", lambda *_: 1 / 0)
    code, _, err = run("status")
    assert code == 1 and err.startswith("error[E1]: a bug: ZeroDivisionError")


def test_control_c_within_a_command_says_that_nothing_is_lost(filled):
    """More goes in than a pipe holds, so that the command is known to be reading when the signal comes."""
    command = [sys.executable, "-m", "backtrail.cli", "ingest", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(b"domain\n" * 100_000)
        process.stdin.flush()
        while process.poll() is None:  # one that comes just before a read waits until that is over
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        told = process.stderr.read().decode()
    assert process.returncode == 130
    assert "interrupted; what was acknowledged is kept" in told and "error[" not in told


def test_an_interrupted_query_is_an_interruption(filled, run, monkeypatch):
    """DuckDB gives a Ctrl-C that comes during a query as an error of its own."""

    def query(*_: object) -> None:
        def press() -> None:
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press).start()
        everything = "range(1000000) a, range(1000000) b"
        duckdb.connect(config={"threads": 1}).execute(f"SELECT sum(a.range * b.range % 7) FROM {everything}").fetchall()

    monkeypatch.setattr("backtrail.cli.app.answer", query)
    code, _, err = run("status")
    assert code == 130 and err.startswith("interrupted;")


DATED = [
    *((name, "UNC-0001", "--as-of") for name in ("arsenal", "dwell", "hours", "lifecycle", "personas", "strength")),
    *((name, "UNC-0001", "--as-of") for name in ("theft", "trace", "victims")),
    ("drift", "UNC-0001", "--since", "2012", "--as-of"),
    ("drift", "UNC-0001", "--since", "2012", "--before"),
    ("drift", "UNC-0001", "--since"), ("trace", "UNC-0001", "--since"), ("trace", "UNC-0001", "--published"),
    ("freeze", "then", "--since"),
    ("facts", "--since"), ("why", "victims_total", "--since"), ("report", "UNC-0001", "-o", "out", "--since"),
    ("hunt", "--group", "UNC-0001", ".", "--since"), ("lists", "--ip-asn", "pyproject.toml", "--dated"),
    ("hypothesis", "ask", "UNC-0001", "Who?", "--name", "one crew", "--rival", "another", "--review"),
]  # fmt: skip


def test_what_is_no_date_is_wrong_usage_everywhere(filled, run):
    assert {argv[0] for argv in DATED if argv[-1] == "--as-of"} == {n for n in VERBS if "as_of" in _parameters(n)}
    of_groups = {argv[0] for argv in DATED if argv[-1] == "--since"} - {"hunt"}
    assert of_groups == {name for name in VERBS if "since" in _parameters(name)} - {"publish"}
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    for argv in DATED:
        for wrong in ("01/02/2012", "yesterday", "2012-13-01"):
            code, out, err = run(*argv, wrong)
            assert (code, out) == (2, ""), (argv, wrong, err)
            assert wrong in err and ("2012-06-30 is one" in err or "2026-03-01" in err)


def _parameters(name: str) -> set[str]:
    return set(inspect.signature(verb(name)).parameters)


def test_a_moment_may_be_written_in_any_way_that_iso_8601_has(filled, run):
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    for moment in ("2012-06", "2012-06-30T08:00", "2012-06-30 08:00 UTC", "2012-06-30T08:00+02:00"):
        assert run("dwell", "UNC-0001", "--as-of", moment)[0] == 0
        assert run("facts", "--since", moment)[0] == 0


def test_an_explanation_has_a_row_for_each_bar(filled, run):
    bars = json.loads(run("explain", "IN-01", "IN-02", "--json")[1])["bars"]
    code, out, _ = run("explain", "IN-01", "IN-02", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and len(bars) == len(rows) > 1
    for bar, row in zip(bars, rows, strict=True):
        assert (row["kind"], row["value"], float(row["bits"])) == (bar["kind"], bar["value"], bar["bits"])
        assert row["sort"] in ("for", "against", "absent") and row["evidence"].split("; ") == bar["evidence"]
    plain = run("explain", "IN-01", "IN-02", "--plain")[1].splitlines()
    assert [line.split("\t")[2] for line in plain] == [row["value"] for row in rows]


@pytest.mark.parametrize(
    "argv", [("status",), ("cluster",), ("show", "IN-01"), ("digest",), ("review",), ("demo", "x")]
)
@pytest.mark.parametrize("option", ["--csv", "--plain"])
def test_what_gives_no_rows_says_so(filled, run, argv, option):
    code, out, err = run(*argv, option)
    assert (code, out) == (2, "") and f"{option}: this gives no rows" in err
    assert option not in run(argv[0], "--help")[1]


def test_lists_in_a_row_are_no_json(filled, run):
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    assert "\tIN-01; IN-02\t" in run("log", "--plain")[1]
    assert [row["intrusions"] for row in csv.DictReader(io.StringIO(run("log", "--csv")[1]))] == ["IN-01; IN-02"]


def test_lists_are_shown_as_a_person_writes_them(filled, run):
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    assert "intrusions  IN-01, IN-02\n" in run("show", "D-1")[1]
    assert "groups    UNC-0001\n" in run("freeze", "then")[1]


def test_ids_may_be_written_in_either_case(filled, run):
    run("assign", "in-01", "IN-02", "--new", "--reason", "test")
    assert json.loads(run("log", "--json")[1])["intrusions"] == ["IN-01", "IN-02"]
    assert json.loads(run("show", "unc-0001", "--json")[1])["group"]["id"] == "UNC-0001"
    assert json.loads(run("show", "in-03", "--json")[1])["intrusion"]["id"] == "IN-03"
    explained = json.loads(run("explain", "in-01", "In-03", "--json")[1])
    assert {explained["a"], explained["b"]} == {"IN-01", "IN-03"}
    for argv in (
        ("compare", "unc-0001", "in-03"), ("victims", "unc-0001"), ("export", "unc-0001", "--format", "csv"),
        ("log", "in-01"), ("ls", "observations", "--intrusion", "in-03"),
        ("apart", "unc-0001", "in-03", "--reason", "r"),
        ("outlier", "in-04", "--reason", "r"), ("split", "unc-0001", "in-02", "--reason", "r"),
    ):  # fmt: skip
        assert run(*argv)[0] == 0, argv


def test_an_id_of_one_spelling_among_several_is_the_one_written(run, named):
    named("IN-a", "IN-A")
    assert json.loads(run("show", "IN-A", "--json")[1])["intrusion"]["id"] == "IN-A"
    code, _, err = run("show", "in-a")
    assert code == 3 and "nothing has the id in-a" in err


def test_refusals_say_what_was_wanted(filled, run, tmp_path):
    run("assign", "IN-01", "IN-02", "--new", "--reason", "test")
    folder = tmp_path / "published"
    folder.mkdir()
    for verb_of_package in ("verify", "replicate"):
        code, _, err = run(verb_of_package, folder)
        assert code == 2 and "is a folder; name a package" in err
    (folder / "p.zip").touch()
    code, _, err = run("verify", folder)
    assert code == 2 and f"name the package in it: {folder / 'p.zip'}" in err
    assert run("verify", tmp_path / "none.zip")[0] == 3
    for argv, expected, message in (
        (("show", "O-45d"), 3, "O-45d is too short: 6 characters"),
        (("leakcheck", folder, "--names", tmp_path / "none"), 3, "no such file"),
        (("freeze", "a/b"), 2, "is no name of a freeze"),
        (("merge", "UNC-0001", "unc-0001", "--reason", "r"), 2, "the same on both sides"),
        (("explain", "UNC-0001", "UNC-0001"), 2, "the same on both sides"),
        (("ls", "evidence", "--limit", "-1"), 2, "--limit -1"),
        (("ls", "groups", "--limit", "-1"), 2, "--limit -1"),
        (("problems", "--limit", "-1"), 2, "--limit -1"),
        (("search", "x", "--limit", "-1"), 2, "--limit -1"),
        (("leads", "--limit", "-1"), 2, "--limit -1"),
    ):
        code, out, err = run(*argv)
        assert (code, out) == (expected, "") and message in err, (argv, code, err)
    assert run("ls", "evidence", "--limit", "0")[0] == 0


def test_what_ingest_counts_as_rejected_is_listed(run, tmp_path, monkeypatch):
    monkeypatch.setenv("BACKTRAIL_CASE", str(tmp_path / "c"))
    run("init", tmp_path / "c")
    for name in ("a.bin", "b.bin"):
        (tmp_path / name).touch()
    told = [
        json.loads(line) for line in run("ingest", tmp_path / "a.bin", tmp_path / "b.bin", "--json")[1].splitlines()
    ]
    listed = [json.loads(line) for line in run("problems", "--json")[1].splitlines()]
    assert sum(file["problems"] for file in told) == len(listed) == 2
    assert [one["origin"] for one in listed] == [str(tmp_path / name) for name in ("a.bin", "b.bin")]
    assert json.loads(run("status", "--json")[1])["problems"] == 2


def test_after_ingest_lists_are_loaded_and_logs_looked_through_before_anything_is_grouped(filled, tmp_path, run):
    (tmp_path / "e" / "lists").mkdir(parents=True)
    (tmp_path / "e" / "lists" / "cdn.json").write_text(
        '{"name": "CDN", "type": "cidr", "version": 1, "list": ["198.51.100.0/24"], "matching_attributes": ["ip-dst"]}'
    )
    (tmp_path / "e" / "dns.log").write_text(
        "#separator \\x09\n#path\tdns\n#fields\tts\tid.orig_h\tquery\n1333357200\t10.0.0.5\tone.example\n"
    )
    out = run("ingest", str(tmp_path / "e"), "--intrusion", "IN-1")[1]
    hints = [line.strip().removeprefix("next: ") for line in out.splitlines() if "next: " in line]
    assert hints[0].startswith("backtrail lists --add") and hints[1:] == ["backtrail sweep", "backtrail cluster"]
