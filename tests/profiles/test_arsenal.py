"""Files from records, families by name, whose they are as of a moment, and compile times that say nothing."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.observation import Observation
from backtrail.model.times import Interval
from backtrail.profiles import arsenal
from backtrail.profiles.arsenal import Found, sorted_out
from backtrail.profiles.compiled import compiled
from backtrail.profiles.lineage import lineage
from backtrail.profiles.samples import catalogue, items, misspelt

A, B, C = "a" * 32, "b" * 32, "c" * 32


def record(*marks: tuple[str, str], md5: str = A, intrusion: str | None = "IN-1", at: str | None = None):
    """What a triage record shows: a digest and what stands beside it."""
    seen = Interval(at, at)
    return [
        Observation(kind=kind, value=value, intrusion=intrusion, role="tool" if kind == "md5" else None, seen=seen)
        for kind, value in (("md5", md5), *marks)
    ]


def found(*records, members=("IN-1", "IN-2"), **rest) -> Found:
    discovered = rest.pop("discovered", {})
    known = catalogue(records, discovered=discovered, as_of=rest.pop("as_of", None))
    return Found(catalogue=known, members=frozenset(members), discovered=discovered, **rest)


def number(profile, id: str):
    return next(n for n in profile.numbers if n.id == id)


def test_digests_of_one_record_are_one_file_and_a_list_is_none():
    two = [*record(md5=A), Observation(kind="sha1", value="1" * 40, intrusion="IN-1", role="tool")]
    other = [Observation(kind="sha1", value="1" * 40, intrusion="IN-2", role="tool")]
    listed = [*record(("software", "HERON"), md5=B), *record(md5=C)]
    files = items([two, other, listed])
    assert [len(file.ids) for file in files] == [2, 1, 1]
    assert set(files[0].seen) == {"IN-1", "IN-2"}
    assert files[1].of("software") == ()


def test_a_mistyped_digest_is_no_file_of_its_own():
    right = [*record(md5="0123456789abcdef" * 2), Observation(kind="sha1", value="1" * 40, role="tool")]
    wrong = record(md5="0123456789abcdff" + "0123456789abcdef")
    assert misspelt(items([right, wrong])) == {wrong[0].value: right[0].value}
    profile = arsenal("UNC-1", found(right, wrong, record(md5=B)))
    assert number(profile, "md5").value == 2 and any("mistyped" in limit for limit in profile.limits)


def test_backdoors_tools_and_families_known_by_a_rule_alone():
    its = sorted_out(found(
        record(("software", "HERON"), ("mutex", "Global\\heron"), md5=A),
        record(("software", "SPADE"), ("imphash", "1" * 32), md5=B),
        record(("x-yara:rule", "APT_STORK"), md5=C),
    ))  # fmt: skip
    assert {f.name: f.kind for f in its.families} == {"HERON": "backdoor", "SPADE": "tool", "STORK": "by rule alone"}


def test_a_comment_names_the_family_only_where_it_is_the_name_of_one():
    triage = record(("software", "HERON"), ("mutex", "x"), md5=A)
    comments = {B: ["heron"], C: ["see ticket 14"]}
    its = sorted_out(found(triage, record(md5=B), record(md5=C), comments=comments))
    assert [len(f.samples) for f in its.families] == [2]


def test_a_name_that_one_family_alone_bears_tells_its_other_files():
    def named(family: str, file: str, digit: str):
        return record(("software", family), ("mutex", family), ("file-name", file), md5=digit * 32)

    triaged = [named("HERON", "Vatar.dll", "1"), named("HERON", "vatar.dll", "2"), named("HERON", "update.exe", "3")]
    triaged += [named("STORK", "update.exe", "4"), named("STORK", "once.exe", "5")]
    bare = [
        record(("file-path", f"C:\\WINDOWS\\Temp\\{file}"), md5=digit * 32)
        for file, digit in (("VATAR.DLL", "6"), ("update.exe", "7"), ("once.exe", "8"))
    ]
    its = sorted_out(found(*triaged, *bare))
    assert {f.name: len(f.samples) for f in its.families} == {"HERON": 4, "STORK": 2}


def test_what_a_list_knows_is_no_file_of_the_group():
    profile = arsenal("UNC-1", found(record(("software", "PSEXEC"), md5=A), record(md5=B), public={"PSEXEC": "tools"}))
    assert number(profile, "md5").value == 1 and number(profile, "families_public").value == 1


def test_first_use_outside_ends_exclusivity_from_its_date_on():
    ours = record(("software", "HERON"), ("mutex", "x"), at="2011-03-01")
    theirs = record(("software", "HERON"), ("mutex", "x"), md5=B, intrusion="IN-9", at="2012-06-01")
    when = {"IN-1": "2011-04-01", "IN-9": "2012-07-01"}
    at = {
        moment: sorted_out(found(ours, theirs, discovered=when, as_of=moment), moment).families[0].exclusivity
        for moment in ("2012-05-31", "2012-06-01", None)
    }
    assert at == {"2012-05-31": "exclusive-so-far", "2012-06-01": "shared-closed", None: "shared-closed"}


def test_a_source_may_say_that_a_family_leaked():
    its = sorted_out(found(record(("software", "HERON"), ("mutex", "x")), said={"HERON": "leaked 2012-03"}))
    assert its.families[0].exclusivity == "leaked" and "leaked 2012-03" in its.families[0].basis


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["IN-1", "IN-2", "IN-9"]), st.integers(10, 12)),
                max_size=8))  # fmt: skip
def test_the_answer_as_of_a_date_does_not_depend_on_later_evidence(later):
    early = [
        record(("software", "HERON"), ("mutex", "x"), at="2009-03-01"),
        record(("software", "STORK"), md5=B, intrusion="IN-9", at="2009-05-01"),
    ]
    late = [
        record(("software", "HERON"), ("mutex", "y"), md5=digit * 32, intrusion=who, at=f"20{year}-01-01")
        for digit, who, year in later
    ]
    want = arsenal("G", found(*early, as_of="2009-12-31"), as_of="2009-12-31")
    assert arsenal("G", found(*early, *late, as_of="2009-12-31"), as_of="2009-12-31") == want


def test_compile_times_that_say_nothing_are_flagged_with_the_reason():
    files = items([
        record(("compile-time", "1992-06-19T22:22:17Z"), md5="1" * 32),
        record(("compile-time", "1988-01-01T00:00:00Z"), md5="2" * 32),
        record(("compile-time", "2012-01-01T00:00:00Z"), md5="3" * 32, at="2011-01-01"),
        *(record(("compile-time", "2009-10-16T00:00:00Z"), md5=d * 32) for d in "456"),
        record(("compile-time", "2014-01-01T00:00:00Z"), md5="7" * 32),
        record(("compile-time", "2008-02-03T04:05:06Z"), md5="8" * 32, at="2008-06-01"),
    ])  # fmt: skip
    flags = {one.file[0]: one.flag for one in compiled(files, as_of="2013-01-01")}
    assert flags == {
        "1": "constant of Delphi", "2": "before there were such files", "3": "later than first seen",
        "7": "in the future",
        **dict.fromkeys("456", "the same in 3 files"), "8": "",
    }  # fmt: skip


def test_lineage_is_said_with_the_value_and_not_for_what_many_share():
    def with_root(name: str, folder: str, digit: str):
        path = f"d:\\work\\{folder}\\{name}\\release\\x.pdb"
        return record(("software", name), ("mutex", name), ("imphash", "f" * 32), ("pdb-path", path), md5=digit * 32)

    its = sorted_out(
        found(*(with_root(n, "nest" if n in "PQ" else n, d) for n, d in zip("PQRST", "12345", strict=True)))
    )
    related = lineage(its.families)
    assert [(r.a, r.b, r.shared) for r in related] == [("P", "Q", (("pdb root", "d:\\work\\nest"),))]


def test_no_file_no_number():
    profile = arsenal("UNC-1", found(record(intrusion="IN-9")))
    assert not profile.enough and not profile.numbers and "at least 1" in profile.finding
