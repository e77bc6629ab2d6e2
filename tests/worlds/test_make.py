"""The same seed gives the same bytes, whatever the machine; the door refuses what it should."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backtrail_worlds.cli import main


def _run(out: Path, *more: str, **environment: str) -> str:
    command = [
        sys.executable,
        "-m",
        "backtrail_worlds.cli",
        "make",
        "--world",
        "small",
        "--seed",
        "11",
        "--scale",
        "0.05",
    ]
    subprocess.run(
        [*command, "--out", str(out), *more], check=True, env={**os.environ, **environment}, capture_output=True
    )
    digest = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(out)).encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    plain = _run(tmp_path / "a", PYTHONHASHSEED="1", TZ="UTC")
    other = _run(tmp_path / "b", "--jobs", "2", PYTHONHASHSEED="77", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert plain == other


def test_scale_changes_the_noise_and_nothing_that_is_true(tmp_path: Path, small: Path) -> None:
    assert main(["make", "--world", "small", "--seed", "7", "--scale", "0.05", "--out", str(tmp_path)]) == 0
    for name in ("intrusions.jsonl", "edges.jsonl", "groups.json", "numbers.json", "confusers.json", "world.toml"):
        assert (tmp_path / "truth" / name).read_bytes() == (small / "truth" / name).read_bytes()
    small_size, size = (sum(p.stat().st_size for p in (root / "evidence").rglob("*")) for root in (small, tmp_path))
    assert size < small_size


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    arguments = ["make", "--world", "small", "--scale", "0.05", "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 2
    assert "thesis.txt" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_force_replaces_a_world(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/old.txt").write_text("old")
    assert main(["make", "--world", "small", "--scale", "0.05", "--out", str(tmp_path), "--force"]) == 0
    assert not (tmp_path / "evidence/old.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["make", "--world", "atlantis", "--out", "x"], 3),
        (["make", "--world", "small"], 2),
        (["make", "--world", "small", "--out", "x", "--scale", "7"], 2),
        (["score", "nowhere", "nothing.json"], 3),
        (["dance"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    assert not list(tmp_path.iterdir())


def test_list_names_the_worlds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "apt1-like" in capsys.readouterr().out
