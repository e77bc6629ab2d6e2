"""The match weight keeps what it promises (tradecraft section 10)."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from backtrail import clusters
from backtrail.clusters import Corpus, Side, built_in, compare, ungraded, weigh, weightless
from backtrail.clusters.compare import probability
from backtrail.model.marking import Grade, Source
from backtrail.model.observation import Observation
from backtrail.model.times import Interval

MODEL = built_in()
GOOD = Source("ours", Grade("A", "2"), "GREEN")
DAY = Interval("2012-04-02", "2012-04-02")


def seen(kind: str, value: str, of: str, when: Interval = DAY, source: Source = GOOD, role: str | None = None):
    return Observation(kind=kind, value=value, intrusion=of, seen=when, source=source, role=role)


def side(id: str, *pairs: tuple[str, str], when: Interval = DAY, source: Source = GOOD) -> Side:
    return Side(id=id, observations=tuple(seen(k, v, id, when, source) for k, v in pairs))


def corpus(*values: tuple[str, str], holders: int = 2, intrusions: int = 50, warnings=None) -> Corpus:
    return Corpus(intrusions=intrusions, holders=dict.fromkeys(values, holders), warnings=warnings or {})


KINDS = [
    "domain-name",
    "md5",
    "mutex",
    "file-name",
    "persona",
    "technique",
    "keyboard-layout",
    "url",
    "registrant-email",
]
values = st.tuples(st.sampled_from(KINDS), st.sampled_from(["a.example", "b.example", "c.example", "d.example"]))
sides = st.lists(values, max_size=12, unique=True)


@given(left=sides, right=sides, holders=st.integers(2, 50))
@settings(max_examples=150, deadline=None)
def test_bars_add_up_and_sides_can_be_swapped(left, right, holders):
    known = replace(corpus(*left, *right, holders=holders), telling=frozenset([*left, *right]))
    one = compare(side("A", *left), side("B", *right), known, MODEL)
    two = compare(side("B", *right), side("A", *left), known, MODEL)
    assert one.total == __import__("math").fsum([one.prior, *(bar.bits for bar in one.bars)])
    assert one.total == two.total
    assert [bar.value for bar in one.bars] == [bar.value for bar in two.bars]


@given(left=sides, right=sides)
@settings(max_examples=100, deadline=None)
def test_order_and_duplicates_change_nothing(left, right):
    known = corpus(*left, *right)
    plain = compare(side("A", *left), side("B", *right), known, MODEL)
    doubled = compare(side("A", *reversed(left), *left), side("B", *right, *right), known, MODEL)
    assert plain.total == doubled.total


@given(left=sides, right=sides)
@settings(max_examples=100, deadline=None)
def test_no_family_passes_its_cap(left, right):
    found = compare(side("A", *left), side("B", *right), corpus(*left, *right), MODEL)
    for family, cap in MODEL.families.items():
        assert sum(bar.bits for bar in found.bars if bar.family == family and bar.bits > 0) <= cap + 1e-9


def test_a_rare_value_weighs_more_than_a_common_one():
    value = ("mutex", "Global\\x")
    rare = compare(side("A", value), side("B", value), corpus(value, holders=2), MODEL)
    common = compare(side("A", value), side("B", value), corpus(value, holders=40), MODEL)
    assert rare.total > common.total


def test_an_address_61_days_later_is_no_link():
    value = ("ipv4-addr", "192.0.2.7")
    near = compare(side("A", value), side("B", value), corpus(value), MODEL)
    far = compare(side("A", value), side("B", value, when=Interval("2012-06-02", "2012-06-02")), corpus(value), MODEL)
    assert near.bars[0].bits > 0
    assert far.bars[0].bits == 0
    assert "no link" in far.bars[0].notes[-1]


def test_infrastructure_without_an_interval_is_no_link():
    value = ("domain-name", "news.example")
    found = compare(side("A", value), side("B", value, when=Interval()), corpus(value), MODEL)
    assert found.bars[0].bits == 0
    assert "without a time" in found.bars[0].notes[-1]


def test_the_interval_of_the_intrusion_stands_in():
    value = ("domain-name", "news.example")
    b = replace(side("B", value, when=Interval()), interval=Interval("2012-03-01", "2012-05-01"))
    assert compare(side("A", value), b, corpus(value), MODEL).bars[0].bits > 0


def test_a_warning_list_caps_and_does_not_delete():
    for value in (("domain-name", "cdn.example"), ("md5", "d" * 32)):
        found = compare(side("A", value), side("B", value), corpus(value, warnings={value: ("a list",)}), MODEL)
        (bar,) = found.bars
        assert bar.bits == MODEL.warned[bar.family] < bar.raw
        assert bar.warnings == ("a list",) and "on a warning list" in bar.notes[-1]


def test_what_defenders_hold_links_nothing():
    value = ("ipv4-addr", "192.0.2.7")
    held = corpus(value, warnings={value: ("List of known sinkholes",)})
    (bar,) = compare(side("A", value), side("B", value), held, MODEL).bars
    assert bar.bits == 0 and "held by defenders" in bar.notes[-1]


def test_an_unknown_source_is_discounted_towards_ignorance():
    value = ("mutex", "Global\\x")
    good = compare(side("A", value), side("B", value), corpus(value), MODEL)
    unknown = compare(side("A", value), side("B", value, source=Source()), corpus(value), MODEL)
    assert unknown.bars[0].raw == good.bars[0].raw
    assert unknown.bars[0].bits < good.bars[0].bits


def test_what_nobody_graded_gives_a_range_from_nothing_to_all_that_it_says():
    nobody = Source("somebody", Grade("F", "6"), "GREEN")
    known = corpus(("mutex", "lock"), ("md5", "a" * 32))
    a, b = side("A", ("mutex", "lock"), source=nobody), side("B", ("mutex", "lock"))
    low, high = ungraded(a, b, known, MODEL)
    assert (low, high) == (probability(MODEL.prior), compare(side("A", ("mutex", "lock")), b, known, MODEL).probability)
    assert low < compare(a, b, known, MODEL).probability < high
    assert ungraded(side("A", ("mutex", "lock")), b, known, MODEL) is None


def test_an_address_and_its_port_count_once():
    one, both = [("ipv4-addr", "192.0.2.7")], [("ipv4-addr", "192.0.2.7"), ("ip-port", "192.0.2.7:443")]
    assert (
        compare(side("A", *one), side("B", *one), corpus(*both), MODEL).total
        == compare(side("A", *both), side("B", *both), corpus(*both), MODEL).total
    )


def test_a_contradiction_is_a_bar_of_its_own():
    found = compare(side("A", ("keyboard-layout", "0x0804")), side("B", ("keyboard-layout", "0x0419")), corpus(), MODEL)
    assert [bar.bits for bar in found.bars] == [-0.5]
    assert "contradicts" in found.bars[0].notes[0]


ONE, OTHER = ("registrant-email", "one@mail.example"), ("registrant-email", "other@mail.example")
NAME, SECOND = ("registrant-name", "A. One"), ("registrant-name", "B. Other")
LOCK = ("mutex", "lock")


def telling(*values, warnings=None):
    return replace(corpus(*values, warnings=warnings), telling=frozenset(values) - (warnings or {}).keys())


def against(left, right, known, **more):
    found = compare(side("A", LOCK, *left, **more), side("B", LOCK, *right), known, MODEL)
    return [(bar.kind, bar.value, bar.bits) for bar in found.bars if bar.bits < 0]


def test_registrants_that_recur_and_differ_speak_against_a_pair_once():
    found = against([ONE, NAME], [OTHER, SECOND], telling(ONE, OTHER, NAME, SECOND))
    assert found == [("registrant-email", "one@mail.example | other@mail.example", -3.5)]


def test_registrants_do_not_contradict_where_anything_of_identity_is_common_or_nobody_else_shows_them():
    assert not against([ONE, NAME], [OTHER, NAME], telling(ONE, OTHER, NAME))
    assert not against([ONE], [OTHER], telling(ONE))
    assert not against([ONE], [NAME], telling(ONE, NAME))
    assert not against([], [OTHER], telling(ONE, OTHER))


def test_what_both_show_is_in_common_whatever_a_list_says_of_it():
    """A list of providers knows every mailbox there, and both sides have this one."""
    listed = {NAME: ("providers",), ("keyboard-layout", "0804"): ("layouts",)}
    assert not against([ONE, NAME], [OTHER, NAME], telling(ONE, OTHER, NAME, warnings=listed))
    layout = ("keyboard-layout", "0804")
    assert not against([layout], [layout], telling(layout, warnings=listed))


def test_registrants_differ_as_much_as_their_sources_are_good():
    known = telling(ONE, OTHER)
    bits = {
        grade: [bits for *_, bits in against([ONE], [OTHER], known, source=Source("x", Grade(grade, "2"), "GREEN"))]
        for grade in "ACE"
    }
    assert bits == {"A": [-3.5], "C": [-2.1], "E": []}


def test_a_contradiction_names_few_values_and_counts_the_others():
    many = [("registrant-email", f"{n}@mail.example") for n in range(5)]
    ((_, value, _),) = against(many, [OTHER], telling(*many, OTHER))
    assert value == "0@mail.example, 1@mail.example, 2@mail.example and 2 more | other@mail.example"


def test_without_what_alone_is_common_the_rest_contradicts():
    """The phone is the linchpin: were it wrong, the two mailboxes would speak against the pair."""
    phone = ("registrant-phone", "+1.555")
    known = telling(ONE, OTHER)
    with_phone = compare(side("A", LOCK, ONE, phone), side("B", LOCK, OTHER, phone), known, MODEL)
    retracted = compare(side("A", LOCK, ONE), side("B", LOCK, OTHER), known, MODEL)
    assert with_phone.bars[with_phone.linchpin].value == phone[1] and with_phone.without == retracted.probability


def test_telling_is_what_recurs_as_the_adversarys_and_is_no_service_of_many():
    def shown(value, *of, role=None):
        return [seen("registrant-name", value, one, role=role) for one in of]

    rows = [
        *shown("wu", "A", "B"), *shown("li", "A"), *shown("li", "B", role="victim-asset"), *shown("listed", "A", "B"),
        *shown("WhoisGuard Protected", "A", "B"), seen("persona", "x", "A"), seen("persona", "x", "B"),
    ]  # fmt: skip
    assert clusters.telling(rows, {("registrant-name", "listed"): ("list",)}, MODEL) == {("registrant-name", "wu")}


def test_the_linchpin_is_what_breaks_the_link():
    shared = [("persona", "heron"), ("technique", "T1566")]
    found = compare(side("A", *shared), side("B", *shared), corpus(*shared), MODEL)
    assert found.bars[found.linchpin].kind == "persona"
    rest = compare(side("A", shared[1]), side("B", shared[1]), corpus(*shared), MODEL)
    assert found.without == rest.probability


def test_what_belongs_to_a_victim_links_nothing():
    mine = Side(id="A", observations=(seen("domain-name", "mail.example", "A", role="victim-asset"),))
    yours = Side(id="B", observations=(seen("domain-name", "mail.example", "B", role="victim-asset"),))
    assert not compare(mine, yours, corpus(), MODEL).bars


def test_what_likely_one_actor_shows_throughout_is_not_common_for_it():
    value = ("mutex", "Global\\x")
    many = {f"IN-{n}": "IN-0" if n < 30 else f"IN-{n}" for n in range(40)} | {"A": "IN-0", "B": "IN-0"}
    alone = Corpus(intrusions=42, holders={value: 32}, units=many, held={value: frozenset({"IN-0"})})
    spread = Corpus(intrusions=42, holders={value: 32}, units=many, held={value: frozenset(set(many.values()))})
    assert compare(side("A", value), side("B", value), alone, MODEL).total > 0
    assert compare(side("A", value), side("B", value), spread, MODEL).bars[0].bits < 0.5


def test_a_shared_file_counts_once_whatever_its_record_says_beside_the_digest():
    shared = [("md5", "d" * 32), ("sha256", "e" * 64), ("mutex", "Global\\x"), ("file-name", "netsvc.exe")]
    known = corpus(*shared)
    files = {shared[0]: frozenset(shared[1:]), shared[1]: frozenset([shared[0], *shared[2:]])}
    apart = compare(side("A", *shared), side("B", *shared), known, MODEL)
    together = compare(side("A", *shared), side("B", *shared), replace(known, files=files), MODEL)
    assert together.total < apart.total
    assert sum(bar.bits > 0 for bar in together.bars) == 1
    assert any("says the same as file" in note for bar in together.bars for note in bar.notes)


def test_a_shared_registrant_counts_once_by_whatever_name():
    phone, name, other = (
        ("registrant-phone", "+1"),
        ("registrant-name", "ann example"),
        ("registrant-name", "bo example"),
    )
    known = corpus(phone, name, other)
    registered = {phone: frozenset([name]), name: frozenset([phone])}
    apart = compare(side("A", phone, name), side("B", phone, name), known, MODEL)
    known = replace(known, registered=registered)
    together = compare(side("A", phone, name), side("B", phone, name), known, MODEL)
    assert [bar.bits > 0 for bar in together.bars] == [True, False] and together.total < apart.total
    assert together.bars[0].bits == apart.bars[0].bits
    assert "says the same as registrant" in " ".join(together.bars[1].notes)
    two = compare(side("A", phone, other), side("B", phone, other), known, MODEL)
    assert sum(bar.bits > 0 for bar in two.bars) == 2  # of two registrations


def test_an_address_that_a_counted_name_merely_resolves_to_adds_nothing():
    """EV-5: it counts by itself as soon as one side shows it without the name, or the name itself links nothing."""
    name, address, url = ("domain-name", "a.example"), ("ipv4-addr", "192.0.2.1"), ("url", "http://a.example/x")
    a, b = side("A", name, address, url), side("B", name, address, url)
    ids = {o.intrusion: o.id for o in (*a.observations, *b.observations) if (o.kind, o.value) == address}
    known = corpus(name, address, url)
    beside = {id: frozenset(["a.example"]) for id in ids.values()}
    apart, together = (compare(a, b, replace(known, resolved=some), MODEL) for some in ({}, beside))
    without = compare(side("A", name, url), side("B", name, url), known, MODEL)
    assert together.total == without.total < apart.total
    assert "says the same as a.example" in " ".join(note for bar in together.bars for note in bar.notes)
    one_side = compare(a, b, replace(known, resolved={ids["A"]: frozenset(["a.example"])}), MODEL)
    assert one_side.total == apart.total
    other = compare(a, b, replace(known, resolved=dict.fromkeys(ids.values(), frozenset(["b.example"]))), MODEL)
    assert other.total == apart.total
    anybodys = replace(known, resolved=beside, warnings={name: ("shared hosting",), url: ("shared hosting",)})
    alone = compare(side("A", address), side("B", address), known, MODEL)
    assert compare(a, b, anybodys, MODEL).bars[0].bits == alone.bars[0].bits
    assert weigh(a, b, replace(known, resolved=beside), MODEL) == together.total


@given(left=sides, right=sides, holders=st.integers(2, 50))
@settings(max_examples=100, deadline=None)
def test_the_quick_weight_is_the_total_of_the_explanation(left, right, holders):
    known = replace(corpus(*left, *right, holders=holders), telling=frozenset([*left, *right]))
    a, b = side("A", *left), side("B", *right)
    nothing = weightless(known, MODEL)
    light = [
        replace(s, observations=tuple(o for o in s.observations if (o.kind, o.value) not in nothing)) for s in (a, b)
    ]
    assert abs(weigh(*light, known, MODEL) - compare(a, b, known, MODEL).total) < 1e-9


def test_intervals_with_an_open_end_and_the_same_bounds_are_no_trouble():
    value = ("domain-name", "news.example")
    whens = [Interval("2012-04-02", None), Interval(None, "2012-04-02"), Interval("2012-04-02", "2012-04-02")]
    many = Side(id="A", observations=tuple(seen(*value, "A", when) for when in whens))
    assert compare(many, side("B", value), corpus(value), MODEL).bars[0].bits > 0
