"""Archives: bounds hold on what really comes out, names cannot escape, manifests govern their folders."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from backtrail.evidence import Arrival, Bounds, Refusal, arrivals
from backtrail.model import zstd
from backtrail.model.errors import NotFoundError


@pytest.fixture
def walk(tmp_path):
    def run(path: Path, **bounds):
        staging = tmp_path / "staging"
        staging.mkdir()
        return list(arrivals([(path.name, path)], staging, Bounds(**bounds)))

    return run


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def origins(found):
    return [a.origin for a in found if isinstance(a, Arrival)]


def reasons(found):
    refused = [r.reason for r in found if isinstance(r, Refusal)]
    return refused + [a.problem for a in found if isinstance(a, Arrival) and a.problem]


def test_members_come_before_their_archive(walk, tmp_path):
    found = walk(zipped(tmp_path / "a.zip", {"b/c.txt": b"x", "d.txt": b"y"}))
    assert origins(found) == ["a.zip!/b/c.txt", "a.zip!/d.txt", "a.zip"]
    assert found[-1].members == 2


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".bz2", ".xz"])
def test_single_files_are_decompressed(walk, tmp_path, suffix):
    import bz2
    import lzma

    packers = {".gz": gzip.compress, ".zst": zstd.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    path = tmp_path / f"log.txt{suffix}"
    path.write_bytes(packers[suffix](b"hello\n" * 10))
    assert origins(walk(path)) == [f"log.txt{suffix}!/log.txt", f"log.txt{suffix}"]


def test_a_tar_inside_gz_counts_two_levels(walk, tmp_path):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        info = tarfile.TarInfo("x.txt")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar.getvalue()))
    assert origins(walk(path))[0] == "a.tar.gz!/a.tar!/x.txt"


def test_depth_is_bounded(walk, tmp_path):
    inner = b"x"
    for n in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(f"{n}.zip" if n else "x.txt", inner)
        inner = buffer.getvalue()
    path = tmp_path / "deep.zip"
    path.write_bytes(inner)
    assert any("archives deep" in r for r in reasons(walk(path)))


def test_a_bomb_is_stopped_by_ratio(walk, tmp_path):
    found = walk(zipped(tmp_path / "bomb.zip", {"zeros": b"\0" * (20 << 20)}))
    assert any("100 times" in r for r in reasons(found))


def test_size_and_number_are_bounded_and_what_came_before_stays(walk, tmp_path):
    path = zipped(tmp_path / "many.zip", {f"{n}.txt": bytes([65 + n]) * 100 for n in range(5)})
    found = walk(path, entries=3)
    assert any("3 members" in r for r in reasons(found))
    assert len(origins(found)) == 4


@pytest.mark.parametrize(
    "name", ["../../escape.txt", "/etc/escape.txt", "a/../../../escape.txt", "..\\escape.txt", ".."]
)
def test_names_cannot_leave_the_folder(walk, tmp_path, name):
    found = walk(zipped(tmp_path / "evil.zip", {name: b"x"}))
    inside = tmp_path / "staging"
    assert all(a.file.resolve().is_relative_to(inside) for a in found if isinstance(a, Arrival) and a.members is None)


def test_members_of_one_name_are_both_kept(walk, tmp_path):
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("x.txt", b"one")
        archive.writestr("x.txt", b"two")
    contents = sorted(a.file.read_bytes() for a in walk(path) if isinstance(a, Arrival) and a.members is None)
    assert contents == [b"one", b"two"]


def test_links_in_a_tar_are_refused_and_the_rest_is_read(walk, tmp_path):
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("x.txt")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    found = walk(path)
    assert any("passwd" in r for r in reasons(found))
    assert "links.tar!/x.txt" in origins(found)


@pytest.mark.parametrize("cut", [30, 60, 100])
def test_a_damaged_archive_is_a_refusal(walk, tmp_path, cut):
    whole = zipped(tmp_path / "w.zip", {"a.txt": b"x" * 500}).read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[:cut])
    assert any("damaged" in r for r in reasons(walk(path)))


def test_the_nearest_manifest_governs(walk, tmp_path):
    root = tmp_path / "case"
    (root / "a" / "deep").mkdir(parents=True)
    (root / "intrusion.toml").write_text('id = "outer"')
    (root / "a" / "intrusion.toml").write_text('id = "inner"')
    (root / "a" / "deep" / "x.txt").write_text("x")
    (root / "y.txt").write_text("y")
    governed = {a.origin: a.manifest for a in walk(root)}
    assert governed["case/a/deep/x.txt"] == root / "a" / "intrusion.toml"
    assert governed["case/y.txt"] == root / "intrusion.toml"


@pytest.mark.parametrize("below", ["logs", "logs/dns", "logs/dns/x.txt"])
def test_what_is_brought_from_below_a_manifest_is_governed_by_it(walk, tmp_path, below):
    folder = tmp_path / "IN-1" / "logs" / "dns"
    folder.mkdir(parents=True)
    (tmp_path / "IN-1" / "intrusion.toml").write_text('id = "IN-1"')
    (folder / "x.txt").write_text("x")
    assert {a.manifest for a in walk(tmp_path / "IN-1" / below)} == {tmp_path / "IN-1" / "intrusion.toml"}


def test_links_in_a_folder_are_not_followed(walk, tmp_path):
    root = tmp_path / "case"
    root.mkdir()
    (root / "loop").symlink_to(root)
    assert reasons(walk(root)) == ["a symbolic link inside a folder is not followed"]


def test_a_missing_path_says_so(tmp_path):
    with pytest.raises(NotFoundError, match="no such file"):
        list(arrivals([("x", tmp_path / "x")], tmp_path, Bounds()))


def test_many_archives_in_one_run(tmp_path):
    staging = tmp_path / "staging"
    staging.mkdir()
    paths = [zipped(tmp_path / f"a{n}.zip", {f"{n}.txt": b"x"}) for n in range(12)]
    found = list(arrivals([(p.name, p) for p in paths], staging, Bounds()))
    assert not reasons(found) and len(origins(found)) == 24


def test_a_member_is_whole_or_not_there(walk, tmp_path):
    found = walk(zipped(tmp_path / "bomb.zip", {"a.txt": b"line\n" * (1 << 22), "b.txt": b"x"}))
    assert origins(found) == ["bomb.zip"]


def test_a_bad_member_costs_itself_only(walk, tmp_path):
    path = zipped(tmp_path / "crc.zip", {"a.txt": b"a" * 50, "b.txt": b"b" * 50, "c.txt": b"c" * 50})
    data = bytearray(path.read_bytes())
    data[data.index(b"a.txt") + 5] ^= 0xFF
    path.write_bytes(bytes(data))
    found = walk(path)
    assert {"crc.zip!/b.txt", "crc.zip!/c.txt"} <= set(origins(found))
    assert any("a.txt" in reason for reason in reasons(found))


def test_long_names_are_cut_by_bytes(walk, tmp_path):
    found = walk(zipped(tmp_path / "cjk.zip", {"\u6f22" * 120 + ".txt": b"x", "ok.txt": b"y"}))
    assert not reasons(found) and len(origins(found)) == 3


def test_names_that_are_no_text_are_shown_as_far_as_they_are(walk, tmp_path):
    root = tmp_path / "case"
    root.mkdir()
    (root / b"n\xff.txt".decode("utf-8", "surrogateescape")).write_text("x")
    assert origins(walk(root)) == ["case/n\ufffd.txt"]
