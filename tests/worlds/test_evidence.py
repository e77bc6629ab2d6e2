"""What is on disk: counts, damage, what responders know, and that nothing gives the truth away."""

import csv
import gzip
import hashlib
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import msgspec

from backtrail_worlds.plan import plan
from backtrail_worlds.spec import load

TEXT = ("notes.md", ".toml", ".eml", ".md")


def _body(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if path.suffix == ".gz" else body


def _rows(path: Path) -> list[tuple[int, bytes]]:
    """Numbered lines that are records: independent of how the generator counts."""
    lines = _body(path).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    return [(i, line) for i, line in enumerate(lines, 1) if line and not line.startswith(b"#")]


def _count(path: Path) -> int:
    name = path.name
    if name == "findings.csv":
        return sum(1 for _ in csv.DictReader(_body(path).decode("utf-8-sig").splitlines()))
    if name.startswith("delegated-"):
        return sum(line.count(b"|") == 6 and b"ipv4" in line for _, line in _rows(path)) - 0
    if name.endswith(".rpsl.txt"):
        return len([part for part in _body(path).split(b"\n\n") if part.strip()])
    if "logs" in path.parts or name.endswith((".jsonl", "yara.json")):
        return len(_rows(path))
    return 1


def _files(small: Path) -> Iterator[tuple[Path, dict]]:
    for line in (small / "truth/files.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield small / "evidence" / row["path"], row


def test_every_file_has_the_records_that_the_truth_says(small: Path) -> None:
    told = dict(_files(small))
    assert set(told) == {path for path in (small / "evidence").rglob("*") if path.is_file()}
    assert {str(path): _count(path) for path in told} == {str(path): row["records"] for path, row in told.items()}


def test_the_manifest_names_every_file(small: Path) -> None:
    for line in (small / "truth/MANIFEST").read_text().splitlines():
        digest, _, path = line.partition("  ")
        assert hashlib.sha256((small / "evidence" / path).read_bytes()).hexdigest() == digest


def test_exactly_the_planted_lines_are_bad(small: Path) -> None:
    planted = 0
    for path, row in _files(small):
        if "logs" in path.parts:
            assert _bad(path) == row["bad"], path
            planted += len(row["bad"])
    assert planted == load("small")[0].confusers.broken_lines


def _bad(path: Path) -> list[int]:
    name = path.name.removesuffix(".gz")
    rows = _rows(path)
    if name.startswith(("www-access", "messages", "sensor")):
        return []
    if any(line.startswith(b'{"') for _, line in rows[:3]):
        return [i for i, line in rows if not _is_json(line)]
    gap = b"\t" if b"#separator" in _body(path)[:40] else b" "
    if gap == b"\t":
        wanted = _body(path).split(b"#fields\t")[1].split(b"\n")[0].count(b"\t") + 1
        return [i for i, line in rows if len(line.split(b"\t")) != wanted]
    wanted = 17 if name.startswith("proxy") else 10
    return [i for i, line in rows if len(line.split()) != wanted]


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, UnicodeDecodeError):
        return False


def test_logs_are_in_order_of_time_where_they_say_it_first(small: Path) -> None:
    for path, _ in _files(small):
        if path.name.startswith(("conn.log", "dns.log")) and b"#separator" in _body(path)[:40]:
            times = [
                float(line.split(b"\t")[0]) for _, line in _rows(path) if line[:1].isdigit() and line.count(b"\t") > 15
            ]
            assert times == sorted(times)


def test_no_victim_is_named_outside_its_own_folder_content(small: Path) -> None:
    shorts = []
    for path in (small / "evidence/intrusions").glob("*/intrusion.toml"):
        shorts += tomllib.loads(path.read_text())["victim"]["identifiers"]
    names = [str(path.relative_to(small)) for path in small.rglob("*")]
    assert not [name for name in names if any(short in name for short in shorts)]


def test_manifests_say_nothing_of_the_group(small: Path) -> None:
    groups = [group["id"] for group in json.loads((small / "truth/groups.json").read_text())]
    for path in (small / "evidence").rglob("*"):
        if path.is_file() and path.name.endswith((".toml", ".csv", ".md", ".txt", ".json", ".eml", ".log", ".ndjson")):
            body = _body(path)
            assert not [
                group for group in groups if re.search(rb"\b%s\b" % group.encode(), body) and group != "subject"
            ], path
    order = [json.loads(line) for line in (small / "truth/intrusions.jsonl").read_text().splitlines()]
    firsts = [row["first"] for row in order]
    assert firsts != sorted(firsts)
    subject = [i for i, row in enumerate(order) if row["subject"]]
    assert subject[-1] - subject[0] > len(subject)


def _findings(folder: Path) -> set[str]:
    """What the responder of one intrusion lists as names, addresses or hashes, in any of his files."""
    found = set()
    for row in csv.DictReader((folder / "findings.csv").read_text("utf-8-sig").splitlines()):
        if row["type"] in ("domain", "ip", "md5"):
            found.add(row["value"])
    notes = (folder / "notes.md").read_text().replace("[.]", ".")
    found |= set(re.findall(r"(?<=: )\S+(?= \((?:domain|ip|md5)\))", notes))
    for path in (folder / "triage").glob("*.json"):
        record = json.loads(path.read_text())
        found |= {record["md5"], *record.get("mutexes", [])}
        found |= {host.partition(":")[0] for host in record.get("config", {}).get("hosts", [])}
    return found


def test_a_sweep_of_findings_through_all_logs_links_every_member_twice(small: Path) -> None:
    """The point of the world: what one responder lists is in another's telemetry, as a name and as a hash."""
    truth = [json.loads(line) for line in (small / "truth/intrusions.jsonl").read_text().splitlines()]
    members = [row["id"] for row in truth if row["subject"]]
    folders = {each: small / "evidence/intrusions" / each for each in members}
    findings = {each: _findings(folder) for each, folder in folders.items()}
    listed = {
        json.loads(p.read_text())["name"]: json.loads(p.read_text())["list"]
        for p in (small / "evidence/reference/lists").glob("*")
    }
    warned = {value for values in listed.values() for value in values}
    hosts: dict[str, int] = defaultdict(int)
    hashes: dict[str, int] = defaultdict(int)
    for each, folder in folders.items():
        text = b"\n".join(_body(path) for path in (folder / "logs").iterdir()).lower().decode("utf-8", "replace")
        for other in members:
            if other != each:
                shared = [v for v in findings[other] - warned if v.lower() in text or v in findings[each]]
                for one in (each, other):
                    hosts[one] += sum(not _is_hash(v) for v in shared)
                    hashes[one] += sum(_is_hash(v) for v in shared)
    assert [each for each in members if not hosts[each]] == []
    assert [each for each in members if not hashes[each]] == []


def _is_hash(value: str) -> bool:
    return re.fullmatch("[0-9a-f]{32}", value) is not None


def test_no_harmless_destination_is_rare_and_shared(small: Path) -> None:
    """A name that two to four victims look up is an adversary's or planted; noise is popular or of one victim."""
    world, _ = load("small")
    made = plan(world, 7)
    adversary = {name for group in made.groups for name in group.names}
    adversary |= {c.domain for i in made.intrusions for c in i.own.contacts}
    holders: dict[str, set[str]] = defaultdict(set)
    for path, _ in _files(small):
        if "intrusions" in path.parts and "logs" in path.parts:
            text = _body(path).decode("utf-8", "replace")
            for name in re.findall(r"\b[a-z0-9.-]+\.(?:com|net|org|info|example)\b", text):
                holders[name].add(path.parts[path.parts.index("intrusions") + 1])
    two = {frozenset(each.intrusions) for each in made.planted if each.kind == "two_in_one"}
    rare = [n for n, who in holders.items() if 2 <= len(who) < 5 and n not in adversary and frozenset(who) not in two]
    webmail = ("postlark.net", "mailquillo.com", "inboxaro.org", "126post.net")
    assert [name for name in rare if not name.endswith((*webmail, "registry.example"))] == []


def test_every_edge_of_an_intrusion_can_be_seen_in_its_logs(small: Path) -> None:
    by_source = defaultdict(set)
    for line in (small / "truth/edges.jsonl").read_text().splitlines():
        edge = json.loads(line)
        if edge["relation"] == "connects-to":
            by_source[edge["source"].removeprefix("intrusion:")].add(edge["target"])
    for each, targets in by_source.items():
        logs = (small / "evidence/intrusions" / each / "logs").iterdir()
        text = b"\n".join(_body(path) for path in logs).decode("utf-8", "replace")
        assert {target for target in targets if target not in text} == set()


def test_log_ins_and_relays_can_be_counted_in_the_logs_of_the_hops(small: Path) -> None:
    numbers = {row["id"]: row["true"] for row in json.loads((small / "truth/numbers.json").read_text())}
    subject = set(json.loads((small / "truth/groups.json").read_text())[0]["hops"])
    sessions, clients, origins, layouts = 0, set(), set(), 0
    for path, _ in _files(small):
        if not subject & set(path.parts):
            continue
        if path.name.startswith("rdp."):
            for client, layout in _sessions(path):
                sessions += 1
                clients.add(client)
                layouts += layout in ("Chinese - PRC", "0x0804")
        if "logs" in path.parts:
            text = _body(path).decode("utf-8", "replace")
            origins |= set(re.findall(r"connection to ([\d.]+):\d+ error|-tran \d+ ([\d.]+) |-slave ([\d.]+) ", text))
    assert (sessions, len(clients), layouts) == (numbers["rdp_logins"], numbers["rdp_ips"], numbers["rdp_layout_zh"])
    assert len({next(filter(None, parts)) for parts in origins}) == numbers["htran_ips"]


def _sessions(path: Path) -> Iterator[tuple[str, str]]:
    """Client and layout of the sessions in a Zeek rdp log, whose layout shows that somebody got in."""
    body = _body(path)
    if body.startswith(b"#"):
        names = body.split(b"#fields\t")[1].split(b"\n")[0].decode().split("\t")
        rows = [dict(zip(names, line.decode("utf-8", "replace").split("\t"), strict=False)) for _, line in _rows(path)]
        rows = [row for row in rows if len(row) == len(names)]
    else:
        rows = [json.loads(line) for _, line in _rows(path) if _is_json(line)]
    for row in rows:
        if row.get("keyboard_layout", "-") != "-":
            yield row["id.orig_h"], row["keyboard_layout"]


def test_theft_in_the_manifests_adds_up(small: Path) -> None:
    numbers = {row["id"]: row["true"] for row in json.loads((small / "truth/numbers.json").read_text())}
    stolen = []
    for path in (small / "evidence/intrusions").glob("*/intrusion.toml"):
        stolen += [theft["bytes_low"] for theft in tomllib.loads(path.read_text()).get("theft", [])]
    assert sum(stolen) / 1e12 == numbers["data_total"]
    assert max(stolen) / 1e12 == numbers["largest_theft_tb"]


def test_warning_lists_have_the_shape_of_misp(small: Path) -> None:
    for path in (small / "evidence/reference/lists").glob("*.json"):
        row = json.loads(path.read_text())
        assert {"name", "version", "type", "list", "matching_attributes"} <= set(row)
        assert row["list"] or path.stem == "sinkholes"


def test_no_address_is_private_where_it_should_be_public(small: Path) -> None:
    for line in (small / "truth/edges.jsonl").read_text().splitlines():
        edge = msgspec.json.decode(line)
        for end in (edge["source"], edge["target"]):
            if re.fullmatch(r"[\d.]+", end):
                assert ip_address(end).is_global
