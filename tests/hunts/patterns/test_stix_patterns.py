"""STIX 2.1 part 9, by its own words: types, paths, qualifiers, errors; and nothing takes long."""

import contextlib
import json
import time
from itertools import product

import pytest

from backtrail.cli import main
from backtrail.hunts.patterns import matches
from backtrail.hunts.patterns.regex import like, matcher
from backtrail.model.errors import FormatError, LimitError

STAMP = "2016-05-12T08:17:27.000Z"

VALUES = {
    "int": 5, "float": 12.5, "whole": 5.0, "bool": True, "text": "hello", "time": STAMP, "x_hex": "68656c6c6f",
    "x_bin": "aGVsbG8=", "null": None, "list": ["hello", 5], "dict": {"hello": 5}, "wide": "h\u0103llo",
}  # fmt: skip
"""One property of each type."""

LITERALS = {
    "5": {"int", "whole"}, "5.0": {"int", "whole"}, "12.5": {"float"}, "+5": {"int", "whole"}, "true": {"bool"},
    "'hello'": {"text", "x_hex", "x_bin"}, "h'68656c6c6f'": {"text", "x_hex", "x_bin"},
    "b'aGVsbG8='": {"text", "x_hex", "x_bin"}, f"'{STAMP}'": {"time"}, "1": set(), "false": set(), "''": set(),
    "h''": set(), "-5": set(), ".5": set(),
}  # fmt: skip
"""Literals, and the properties that equal them (table of types in section 9.2 and 9.6)."""

ORDERED = [
    ("4", {"int": ">", "whole": ">", "float": ">"}),
    ("12.6", {"int": "<", "whole": "<", "float": "<"}),
    ("'hellp'", {"text": "<", "x_hex": "<", "x_bin": "<", "time": "<", "wide": ">"}),
    ("h'68656c6c'", {"text": ">", "x_hex": ">", "x_bin": ">", "time": "<"}),
    ("b'aGVsbHA='", {"text": "<", "x_hex": "<", "x_bin": "<", "time": "<"}),
]
"""Literals, and how the properties that have an order with them stand; the others stand in none."""


def observed(first="2020-01-01T00:00:00Z", last=None, number=1, **properties):
    return {
        "type": "observed-data", "first_observed": first, "last_observed": last or first, "number_observed": number,
        "objects": {"0": {"type": "x", **properties}},
    }  # fmt: skip


def holds(pattern, *documents):
    return matches(pattern, documents or [observed(**VALUES)]) is not None


@pytest.mark.parametrize(("name", "literal"), product(VALUES, LITERALS))
def test_equality_among_all_types(name, literal):
    equal = name in LITERALS[literal]
    for sign, negated in product(("=", "==", "IN"), ("", "NOT ")):
        operand = f"({literal})" if sign == "IN" else literal
        assert holds(f"[x:{name} {negated}{sign} {operand}]") is (equal is not bool(negated)), (sign, negated)
    assert holds(f"[x:{name} != {literal}]") is (not equal)
    assert holds(f"[x:{name} NOT <> {literal}]") is equal


@pytest.mark.parametrize(("name", "case"), product(VALUES, ORDERED))
def test_order_among_all_types(name, case):
    literal, stands = case
    for sign in ("<", "<=", ">", ">="):
        assert holds(f"[x:{name} {sign} {literal}]") is (stands.get(name) == sign[0])
        negated = name in stands and stands[name] != sign[0]
        assert holds(f"[x:{name} NOT {sign} {literal}]") is negated


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("= t'2016-05-12T08:17:27Z'", True), ("= t'2016-05-12T08:17:27.0000000Z'", True),
        ("!= t'2016-05-12T08:17:27Z'", False), ("> t'2016-05-12T08:17:26.999Z'", True),
        ("< t'2016-05-12T08:17:27.000000001Z'", True), ("IN (t'2016-05-12T08:17:27Z', t'2000-01-01T00:00:00Z')", True),
        (">= t'2016-05-12T08:17:27Z'", True), ("NOT > t'2016-05-12T08:17:27Z'", True),
        ("LIKE '2016-%'", True), ("MATCHES '^2016'", True), ("> '2016'", True),
    ],
)  # fmt: skip
def test_timestamps(test, expected):
    assert holds(f"[x:time {test}]") is expected


@pytest.mark.parametrize(
    ("value", "test", "expected"),
    [
        ("hello", "LIKE 'h%'", True), ("hello", "LIKE 'h_llo'", True), ("hello", "LIKE 'h_lo'", False),
        ("hello", "LIKE 'ell'", False), ("hello", "LIKE '%'", True), ("", "LIKE '%'", True), ("", "LIKE '_'", False),
        ("hello", "LIKE 'HELLO'", False), ("a.b", "LIKE 'a.b'", True), ("axb", "LIKE 'a.b'", False),
        ("a\nb", "LIKE 'a%b'", True), ("a*b+", "LIKE 'a*b+'", True), ("C:\\x", "LIKE 'C:\\\\%'", True),
        ("it's", "LIKE 'it\\'s'", True), ("hello", "NOT LIKE 'h%'", False), ("hello", "NOT LIKE 'x%'", True),
        ("hello", "MATCHES 'ell'", True), ("hello", "MATCHES '^ell'", False), ("hello", "MATCHES '^hel+o$'", True),
        ("hello\n", "MATCHES 'lo$'", True), ("hello", "MATCHES 'HELLO'", False), ("hello", "MATCHES '(?i)HELLO'", True),
        ("a\nb", "MATCHES 'a.b'", False), ("a\nb", "MATCHES '(?s)a.b'", True), ("", "MATCHES ''", True),
        ("foobar", "MATCHES 'foo(?=bar)'", True), ("foobaz", "MATCHES 'foo(?!baz)'", False),
        ("abab", "MATCHES '^(ab)\\\\1$'", True), ("xbar", "MATCHES '(?<!foo)bar'", True),
        ("d\u0323\u0307", "MATCHES '^\u1e0d\u0307$'", True), ("d\u0323\u0307", "= '\u1e0d\u0307'", False),
        ("192.0.2.7", "ISSUBSET '192.0.2.0/24'", True), ("192.0.3.7", "ISSUBSET '192.0.2.0/24'", False),
        ("192.0.2.0/25", "ISSUBSET '192.0.2.0/24'", True), ("192.0.2.0/23", "ISSUBSET '192.0.2.0/24'", False),
        ("192.0.2.7", "ISSUBSET '192.0.2.9/24'", True), ("192.0.2.7", "ISSUBSET '192.0.2.7'", True),
        ("2001:db8::1", "ISSUBSET '2001:0db8::/32'", True), ("2001:db9::1", "ISSUBSET '2001:db8::/32'", False),
        ("2001:db8::1", "ISSUBSET '0.0.0.0/0'", False), ("192.0.2.7", "ISSUBSET '0.0.0.0/0'", True),
        ("192.0.2.0/24", "ISSUPERSET '192.0.2.7'", True), ("192.0.2.0/24", "ISSUPERSET '192.0.0.0/16'", False),
        ("192.0.2.0/24", "ISSUPERSET '192.0.2.0/24'", True), ("not an address", "ISSUBSET '192.0.2.0/24'", False),
        ("192.0.2.7", "NOT ISSUBSET '192.0.2.0/24'", False), ("192.0.3.7", "NOT ISSUBSET '192.0.2.0/24'", True),
        ("2001:db8::/32", "ISSUPERSET '2001:db8:1::/48'", True), (7, "ISSUBSET '192.0.2.0/24'", False),
        ("hello", "IN ('a', 'hello')", True), ("hello", "IN ()", False), ("hello", "NOT IN ()", True),
        (5, "IN (1, 5.0)", True), (True, "IN (1)", False), (5, "IN ('5')", False),
    ],
)  # fmt: skip
def test_text_operators_and_sets(value, test, expected):
    assert holds(f"[x:v {test}]", observed(v=value)) is expected


TREE = {
    "type": "bundle", "id": "bundle--1",
    "objects": [
        {"type": "observed-data", "first_observed": STAMP, "last_observed": STAMP, "number_observed": 1,
         "object_refs": ["file--1", "directory--1", "file--2", "x-own--1"]},
        {"type": "file", "id": "file--1", "name": "foo.dll", "parent_directory_ref": "directory--1",
         "hashes": {"MD5": "cead3f77f6cda6ec00f57d76c9a6879f", "SHA-256": "aa"},
         "contains_refs": ["file--2", "gone--1"],
         "extensions": {"windows-pebinary-ext": {"sections": [{"name": "a", "entropy": 1.5}, {"entropy": 7.2}]}}},
        {"type": "directory", "id": "directory--1", "path": "C:\\Windows", "contains_refs": ["file--1", "file--2"]},
        {"type": "file", "id": "file--2", "name": "bar.exe", "size": 7, "parent_directory_ref": "directory--1"},
        {"type": "file", "id": "file--3", "name": "unseen.exe"},
        {"type": "x-own", "id": "x-own--1", "list": [[1, 2], [3]], "odd key": {"a.b": 1, "it's": 2}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("file:name = 'foo.dll' AND file:parent_directory_ref.path = 'C:\\\\Windows'", True),
        ("file:hashes.MD5 = 'cead3f77f6cda6ec00f57d76c9a6879f'", True), ("file:hashes.'SHA-256' = 'aa'", True),
        ("file:hashes.sha256 = 'aa'", False), ("file:'hashes'.'MD5' LIKE 'cead%'", True),
        ("file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0", True),
        ("file:extensions.'windows-pebinary-ext'.sections[0].entropy > 7.0", False),
        ("file:extensions.'windows-pebinary-ext'.sections[1].entropy > 7.0", True),
        ("file:extensions.'windows-pebinary-ext'.sections[2].entropy > 7.0", False),
        ("file:extensions.'windows-pebinary-ext'.sections[-1].entropy > 7.0", False),
        ("file:extensions.'windows-pebinary-ext'.sections.entropy > 7.0", False),
        ("file:contains_refs[*].name = 'bar.exe'", True), ("file:contains_refs[0].name = 'bar.exe'", True),
        ("file:contains_refs[1].name = 'bar.exe'", False), ("file:contains_refs.name = 'bar.exe'", False),
        ("directory:contains_refs[*].contains_refs[*].name = 'bar.exe'", True),
        ("directory:contains_refs[*].contains_refs[*].name = 'foo.dll'", False),
        ("file:parent_directory_ref.contains_refs[*].parent_directory_ref.path LIKE 'C%'", True),
        ("file:name = 'foo.dll' AND file:size = 7", False), ("file:name = 'foo.dll' OR file:size = 8", True),
        ("file:name = 'bar.exe' AND file:size = 7", True), ("file:name = 'unseen.exe'", False),
        ("file:name = 'foo.dll' AND directory:path LIKE 'C%'", False),
        ("file:name = 'x' OR file:name = 'foo.dll' AND file:size = 7", False),
        ("(file:name = 'x' OR file:name = 'bar.exe') AND file:size = 7", True),
        ("EXISTS file:size", True), ("EXISTS file:mtime", False), ("NOT EXISTS file:size", True),
        ("NOT EXISTS file:name", False), ("EXISTS file:size AND file:name = 'foo.dll'", False),
        ("NOT EXISTS file:size AND file:name = 'foo.dll'", True), ("EXISTS process:pid", False),
        ("NOT EXISTS process:pid", False), ("EXISTS file:hashes.MD5", True), ("EXISTS file:parent_directory_ref", True),
        ("file:parent_directory_ref = 'directory--1'", True), ("x-own:list[*][*] = 3", True),
        ("x-own:list[0][1] = 2", True), ("x-own:list[0][1] = 3", False), ("x-own:'odd key'.'a.b' = 1", True),
        ("x-own:'odd key'.'it\\'s' = 2", True), ("observed-data:number_observed = 1", False),
        ("file:name /* a comment */ = 'foo.dll' // and another\n", True),
    ],
)  # fmt: skip
def test_paths_and_logic(comparison, expected):
    assert holds(f"[{comparison}]", TREE) is expected


def at(second, kind="a", number=1, until=None):
    stamp = f"2020-01-01T00:00:{second:02d}Z"
    return observed(stamp, f"2020-01-01T00:00:{until:02d}Z" if until else None, number, k=kind)


A, B, C = ("[x:k = 'a']", "[x:k = 'b']", "[x:k = 'c']")


@pytest.mark.parametrize(
    ("pattern", "documents", "expected"),
    [
        (f"{A} AND {B}", [at(5, "b"), at(1, "a")], [0, 1]), (f"{A} AND {A}", [at(1)], None),
        (f"{A} AND {A}", [at(1, number=2)], [0]), (f"{A} OR {B}", [at(1, "b")], [0]),
        (f"{A} FOLLOWEDBY {B}", [at(1), at(5, "b")], [0, 1]), (f"{A} FOLLOWEDBY {B}", [at(5), at(1, "b")], None),
        (f"{A} FOLLOWEDBY {B}", [at(5), at(5, "b")], [0, 1]),
        (f"{A} FOLLOWEDBY {B}", [at(5), at(1, "b", until=6)], [0, 1]),
        (f"{A} FOLLOWEDBY {B} FOLLOWEDBY {C}", [at(1), at(2, "b"), at(3, "c")], [0, 1, 2]),
        (f"{A} FOLLOWEDBY {B} FOLLOWEDBY {C}", [at(1), at(3, "b"), at(2, "c")], None),
        (f"{A} FOLLOWEDBY ({B} AND {C})", [at(2), at(3, "b"), at(2, "c")], [0, 1, 2]),
        (f"{A} FOLLOWEDBY ({B} AND {C})", [at(2), at(3, "b"), at(1, "c")], None),
        (f"{A} FOLLOWEDBY {B} AND {C}", [at(2), at(3, "b"), at(1, "c")], None),
        (f"({A} FOLLOWEDBY {B}) AND {C}", [at(2), at(3, "b"), at(1, "c")], [0, 1, 2]),
        (f"{A} OR {B} AND {C}", [at(1)], [0]), (f"({A} OR {B}) AND {C}", [at(1)], None),
        (f"{A} OR {B} FOLLOWEDBY {C}", [at(1)], None),
        (f"({A} AND {B}) WITHIN 4 SECONDS", [at(1), at(5, "b")], [0, 1]),
        (f"({A} AND {B}) WITHIN 3.999 SECONDS", [at(1), at(5, "b")], None),
        (f"({A} AND {B}) WITHIN 3 SECONDS", [at(1, until=2), at(5, "b")], [0, 1]),
        (f"{A} AND {B} WITHIN 1 SECONDS", [at(1), at(5, "b")], [0, 1]),
        (f"{A} REPEATS 3 TIMES", [at(1), at(2, number=2)], [0, 1]),
        (f"{A} REPEATS 4 TIMES", [at(1), at(2, number=2)], None),
        (f"{A} REPEATS 2 TIMES WITHIN 3 SECONDS", [at(1), at(5), at(8)], [1, 2]),
        (f"{A} REPEATS 3 TIMES WITHIN 3 SECONDS", [at(1), at(5), at(8)], None),
        (f"({A} AND {B}) REPEATS 2 TIMES", [at(1), at(2, "b"), at(3), at(4, "b")], [0, 1, 2, 3]),
        (f"({A} AND {B}) REPEATS 2 TIMES", [at(1), at(2, "b"), at(3)], None),
        (f"({A} AND {B}) WITHIN 1 SECONDS REPEATS 2 TIMES", [at(1), at(2, "b"), at(7), at(8, "b")], [0, 1, 2, 3]),
        (f"({A} AND {B}) REPEATS 2 TIMES WITHIN 1 SECONDS", [at(1), at(2, "b"), at(7), at(8, "b")], None),
        (f"{A} START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:02Z'", [at(1)], [0]),
        (f"{A} START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:01Z'", [at(1)], None),
        (f"{A} START t'2020-01-01T00:00:02Z' STOP t'2020-01-01T00:00:01Z'", [at(1)], None),
        (f"{A} START t'2020-01-01T00:00:03Z' STOP t'2020-01-01T00:00:09Z'", [at(1, until=3)], [0]),
        (f"({A} AND {B}) START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:05Z'", [at(1), at(5, "b")], None),
        (f"{A} START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:09Z' REPEATS 2 TIMES", [at(1), at(0)], None),
        (f"({A} AND {B}) AND ({A} OR {C})", [at(1), at(2, "b"), at(3, "c")], [0, 1, 2]),
    ],
)  # fmt: skip
def test_observation_operators_and_qualifiers(pattern, documents, expected):
    assert matches(pattern, documents) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "", "[", "[]", "x:a = 1", "[x:a = 1", "[x:a = 1]]", "([x:a = 1]", "[x:a = 1])", "[x:a]", "[x = 1]", "[x.a = 1]",
        "[x:a = ]", "[x:a =? 1]", "[x:a = abc]", '[x:a = "b"]', "[x:a = 'b]", "[x:a = 'b\\n']", "[x:a = h'0']",
        "[x:a = h'zz']", "[x:a = b'====']", "[x:a = b'a']", "[x:a = t'2016-13-01T00:00:00Z']", "[x:a > true]",
        "[x:a = t'2016-02-30T00:00:00Z']", "[x:a = t'2016-01-01T00:00:00']", "[x:a = t'2016-01-01t00:00:00Z']",
        "[x:a LIKE 5]", "[x:a MATCHES /b/]", "[x:a MATCHES '(']", "[x:a ISSUBSET 'x']", "[x:a IN 5]",
        "[x:a IN (1, 'a')]",
        "[x:a IN (1, true)]", "[x:a IN (1,)]", "[NOT x:a = 1]", "[x:a NOT EXISTS]", "[x:a-b = 1]", "[x:a = null]",
        "[x:a[b] = 1]", "[x:a[1.5] = 1]", "[x:a. = 1]", "[x:a and x:b = 1]", "[x:a = 1 and x:b = 1]", "[x:a = 1] AND",
        "[x:a = 1] [x:a = 1]", "[x:a = 1] WITHIN SECONDS", "[x:a = 1] WITHIN 5", "[x:a = 1] WITHIN 5 HOURS",
        "[x:a = 1] WITHIN -5 SECONDS", "[x:a = 1] WITHIN 0 SECONDS", "[x:a = 1] within 2 seconds",
        "[x:a = 1] REPEATS 0 TIMES", "[x:a = 1] REPEATS -1 TIMES", "[x:a = 1] REPEATS 1.5 TIMES", "[x:a = 1] REPEATS 2",
        "[x:a = 1] START t'2016-01-01T00:00:00Z'", "[x:a = 1] START 5 STOP 6", "[x:a = 1] STOP t'2016-01-01T00:00:00Z'",
        "WITHIN 5 SECONDS", "[x:a = 1 x:b = 2]", "[(x:a = 1]", "[x:a = 1)]", "[x:a = 1] FOLLOWED BY [x:a = 2]", "\0",
        "[x:a = 0123]", "[x:a = 1.]",
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused_with_its_place(pattern):
    with pytest.raises(FormatError) as refused:
        matches(pattern, [observed(a="1")])
    assert refused.value.where


def test_one_bundle_or_observation_is_enough():
    assert matches("[file:size = 7]", TREE) == [0] and matches(A, at(1)) == [0]


@pytest.mark.parametrize("missing", ["first_observed", "last_observed", "number_observed", "objects"])
def test_observed_data_without_what_it_needs_is_refused(missing):
    document = observed(a=1)
    del document[missing]
    with pytest.raises(FormatError):
        matches("[x:a = 1]", [document])


MANY = [at(second % 60, "ab"[second % 2], number=50) for second in range(40)]
ANY_OF = "[x:k != 'z']"


@pytest.mark.parametrize(
    "pattern",
    [
        f"{ANY_OF} REPEATS 10000 TIMES", f"({A} AND {B}) REPEATS 10000 TIMES",
        f"({A} AND {B}) WITHIN 3 SECONDS REPEATS 10000 TIMES", f"({A} FOLLOWEDBY {B}) REPEATS 10000 TIMES",
        f"({A} FOLLOWEDBY {B}) WITHIN 2 SECONDS REPEATS 700 TIMES", f"{A} REPEATS {'9' * 300} TIMES",
        " FOLLOWEDBY ".join([ANY_OF] * 60), " AND ".join([ANY_OF] * 300), " OR ".join([A, f"({A} AND {C})"] * 100),
        " AND ".join([f"({A} OR ({B} AND {C}))"] * 30), "(" * 20000 + A + ")" * 20000, A + " WITHIN 5 SECONDS" * 5000,
        "(" * 300 + A + f" AND {B}) WITHIN 9 SECONDS" * 300, A + " REPEATS 2 TIMES" * 2000,
        "[" + "(" * 20000 + "x:k = 'a'" + ")" * 20000 + "]", "[" + " OR ".join(["x:k = 'q'"] * 5000) + "]",
        "[x:long MATCHES '(a+)+$']", "[x:long MATCHES '^(a|aa)+$']", "[x:long MATCHES '(?=(a+)+$)']",
        "[x:long MATCHES '(a*)*(a*)*\\\\1\\\\2c']", f"[x:long MATCHES '{'(x?){1000}' * 20}']",
        "[x:long MATCHES '((((a{1,100}){1,100}){1,100}){1,100})x']", f"[x:long LIKE '{'%a' * 60}%c']",
        "[x:own_refs[*]" + ".own_refs[*]" * 60 + ".k = 'z']",
    ],
)  # fmt: skip
def test_no_pattern_takes_long(pattern):
    """Measured: a second at most, on a quiet machine. Trying all ways, which the bound is for, never ends."""
    long = observed(long="a" * 5000 + "b", own_refs=["0", "1"])
    long["objects"]["1"] = long["objects"]["0"]
    start = time.process_time()
    with contextlib.suppress(LimitError):
        matches(pattern, [*MANY, long])
    assert time.process_time() - start < 20


def test_like_and_matches_on_bytes():
    assert like(b"a%\xff_")(b"abc\xffx") and not like(b"a%\xff_")(b"abc\xff")
    assert matcher(b"\\xff[\\x00-\\x0f]")(b"a\xff\x0e") and not matcher(b"^\xff$")(b"\xff\xff")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "o.json").write_text(json.dumps([at(1), at(2, "b")]))
    (tmp_path / "p.txt").write_text(f"# two\n{A}\n\n{C}\n")
    (tmp_path / "bad.txt").write_text(f"{A}\n[bad\n")
    return tmp_path


def test_the_command_says_what_matches(files, capsysbinary):
    assert main(["match", f"{A} AND {B}", str(files / "o.json"), "--json", "--exit-code"]) == 10
    assert json.loads(capsysbinary.readouterr().out) == {
        "pattern": f"{A} AND {B}", "matched": True, "observed": [0, 1], "problem": None
    }  # fmt: skip
    assert main(["match", C, str(files / "o.json"), "--json", "--exit-code"]) == 0
    capsysbinary.readouterr()
    assert main(["match", "--file", str(files / "p.txt"), str(files / "o.json"), "--json"]) == 0
    assert [json.loads(line)["matched"] for line in capsysbinary.readouterr().out.splitlines()] == [True, False]
    assert main(["match", "--file", str(files / "bad.txt"), str(files / "o.json"), "--json"]) == 6
    assert "offset" in json.loads(capsysbinary.readouterr().out.splitlines()[1])["problem"]
    assert main(["match", A, str(files / "none.json")]) == 3
    (files / "odd.txt").write_text("[x:k = '\x1c\x85\u2028']\r\n")
    (files / "list.json").write_text(json.dumps([A, "[x:k = 'a\nb']"]))
    for name, count in (("odd.txt", 1), ("list.json", 2)):
        capsysbinary.readouterr()
        assert main(["match", "--file", str(files / name), str(files / "o.json"), "--json"]) == 0
        assert len(capsysbinary.readouterr().out.splitlines()) == count
