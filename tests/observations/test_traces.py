"""Telemetry folded into traces: nothing is lost, spellings meet, private addresses leave no trace."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.telemetry import HERE, Column, Telemetry, Ties
from backtrail.observations import Traces, canonical
from backtrail.observations.traces import _PLAIN_NAME, _PLAIN_PUBLIC, _spelled


def folded(*some: Telemetry):
    traces = Traces()
    for telemetry in some:
        traces.add(telemetry)
    return list(traces.taken())


def log(values, times=None, **fields) -> Telemetry:
    times = times or [float(n + 1) for n in range(len(values))]
    column = Column(kind="domain-name", values=values, direction="out", **fields)
    return Telemetry(unit="line", numbers=list(range(1, len(values) + 1)), times=times, columns=(column,))


names = st.sampled_from(["a.example", "A.Example", "b.example", "-", "", "localhost"])
records = st.lists(st.tuples(names, st.sampled_from([0.0, 5.0, 7.0, 9.0])), min_size=1, max_size=30)


@given(records, st.integers(1, 30))
def test_first_last_and_number_are_those_of_a_plain_count(rows, cut):
    parts = [rows[:cut], rows[cut:]]
    found = folded(*(log([v for v, _ in part], [t for _, t in part]) for part in parts if part))
    for trace in found:
        times = [t for v, t in rows if v.lower() == trace.value]
        known = [t for t in times if t]
        assert trace.count == len(times)
        assert (trace.first, trace.last) == (min(known, default=0.0), max(known, default=0.0))
    assert {t.value for t in found} == {v.lower() for v, _ in rows} & {"a.example", "b.example"}


def test_bytes_add_up_and_the_first_place_is_kept():
    (trace,) = folded(log(["a.example", "A.EXAMPLE."], sent=[10, 5], received=[1, 2]))
    assert (trace.sent, trace.received, trace.count, trace.at) == (15, 3, 2, "line 1")


def test_private_addresses_leave_no_trace_and_examples_do():
    values = ["10.0.0.1", "192.168.1.1", "198.51.100.7", "8.8.4.4", "169.254.0.1", "::1"]
    column = Column(kind="ipv4-addr", values=values)
    some = Telemetry(unit="line", numbers=range(1, 7), times=[1.0] * 6, columns=(column,))
    assert [t.value for t in folded(some)] == ["198.51.100.7", "8.8.4.4"]


def test_logins_are_kept_one_by_one_and_here_is_the_host_of_the_log():
    ties = Ties(relation="logs-in-to", of_kind="ipv4-addr", of=["8.8.4.4", "8.8.4.4"], kind="ipv4-addr",
                values=[HERE, HERE], details=["event=4624", "event=4624"], each=True)  # fmt: skip
    some = Telemetry(unit="record", numbers=[3, 4], times=[10.0, 20.0], ties=(ties,))
    assert [(t.of, t.value, t.first, t.at) for t in folded(some)] == [
        ("8.8.4.4", "", 10.0, "record 3"), ("8.8.4.4", "", 20.0, "record 4")
    ]  # fmt: skip


@given(st.from_regex(_PLAIN_NAME, fullmatch=True))
def test_what_passes_for_a_plain_name_is_its_own_spelling(name):
    if len(name) < 254:
        assert canonical("domain-name", name) == ("domain-name", name)


@given(st.ip_addresses(v=4).map(str))
def test_what_passes_for_a_plain_public_address_is_one(address):
    if _PLAIN_PUBLIC.fullmatch(address):
        assert ipaddress.ip_address(address).is_global
        assert _spelled("ipv4-addr", address) == canonical("ipv4-addr", address)


@given(st.lists(st.tuples(st.sampled_from(["a.example", "b.example"]), st.sampled_from(["203.0.113.7", "203.0.113.8"]),
                          st.floats(1.0, 1e9)), min_size=1, max_size=30))  # fmt: skip
def test_ties_of_many_records_are_folded_as_those_of_single_ones(seen):
    def traces(ties, rows):
        held = Traces()
        held.add(Telemetry(unit="line", numbers=range(1, rows + 1), times=[t for *_, t in seen], ties=ties))
        return {(t.of, t.value): (t.first, t.last, t.count, t.at) for t in held.taken()}

    names, addresses = [name for name, *_ in seen], [address for _, address, _ in seen]
    parts = {"relation": "resolves-to", "of_kind": "domain-name", "kind": "ipv4-addr"}
    at_once = Ties(of=names, values=addresses, **parts)
    one_by_one = Ties(of=names, values=addresses, counts=[1] * len(seen), **parts)
    assert traces((at_once,), len(seen)).keys() == traces((one_by_one,), len(seen)).keys()
    for pair, (first, last, count, _) in traces((at_once,), len(seen)).items():
        assert (first, last, count) == traces((one_by_one,), len(seen))[pair][:3]
