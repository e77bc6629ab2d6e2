import contextlib
import io

from backtrail.evidence import Store


def test_keeps_content_under_its_digest_once(tmp_path):
    store = Store(tmp_path)
    first, again = store.add(io.BytesIO(b"evidence")), store.add(io.BytesIO(b"evidence"))
    assert first == again
    assert store.open(first.sha256).read() == b"evidence"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [store.path(first.sha256)]


def test_a_blob_cannot_be_changed_by_accident(tmp_path):
    store = Store(tmp_path)
    path = store.path(store.add(io.BytesIO(b"evidence")).sha256)
    assert path.stat().st_mode & 0o222 == 0


def test_a_stream_that_breaks_leaves_nothing(tmp_path):
    class Breaks(io.BytesIO):
        def read(self, size=-1):
            data = super().read(4)
            if not data:
                raise OSError("gone")
            return data

    store = Store(tmp_path)
    with contextlib.suppress(OSError):
        store.add(Breaks(b"12345678"))
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_sweeps_what_a_killed_process_left_unpacked(tmp_path):
    store = Store(tmp_path)
    left = tmp_path / "incoming" / "unpack-999999999-x"
    left.mkdir()
    with store.staging():
        assert not left.exists()
