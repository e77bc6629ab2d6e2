"""Ours against OASIS's own matcher: its published tests, and random patterns over random observations."""

import importlib
import pkgutil
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts.patterns import matches
from backtrail.model.errors import FormatError

matcher = pytest.importorskip("stix2matcher.matcher")
suite = pytest.importorskip("stix2matcher.test")
ParseException = importlib.import_module("stix2patterns.pattern").ParseException


class Refused(ParseException, matcher.MatcherException):
    """Both kinds of error that the published tests wait for."""

    def __init__(self, reason):
        Exception.__init__(self, reason)


def ours(pattern, observed, verbose=False, stix_version="2.0"):
    """Our matcher behind the signature of theirs."""
    try:
        found = matches(pattern, observed)
    except FormatError as error:
        raise Refused(str(error)) from None
    sdos = []
    for document in observed:
        inside = document["objects"] if document.get("type") == "bundle" else [document]
        sdos += [{**o, "objects": [o]} for o in inside if "first_observed" in o]
    return [sdos[number] for number in found or ()]


def published():
    for package in ("v20", "v21"):
        for module in pkgutil.iter_modules(importlib.import_module(f"stix2matcher.test.{package}").__path__):
            found = importlib.import_module(f"stix2matcher.test.{package}.{module.name}")
            for name, function in vars(found).items():
                if name.startswith("test_") and "match" in function.__code__.co_names:
                    yield pytest.param(found, function, id=f"{package}-{module.name}-{name}")


def arguments(function):
    sets = []
    for mark in getattr(function, "pytestmark", []):
        names = [name.strip() for name in mark.args[0].split(",")]
        sets.append([dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in mark.args[1]])
    return [{k: v for part in parts for k, v in part.items()} for parts in product(*sets)]


@pytest.mark.parametrize(("module", "function"), published())
def test_what_oasis_publishes(module, function, monkeypatch):
    monkeypatch.setattr(module, "match", ours)
    for case in arguments(function):
        function(**case)


KINDS = "abc"
SECOND = st.integers(0, 8)
leaves = st.sampled_from(
    [f"[x:k = '{kind}']" for kind in KINDS] + ["[x:k != 'a']", "[x:n > 2]", "[x:n >= 1 AND x:k = 'b']"]
)


def stamp(second):
    return f"2020-01-01T00:00:0{second}Z"


def larger(inner):
    joined = st.tuples(inner, st.sampled_from(["AND", "OR", "FOLLOWEDBY"]), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    )
    repeated = st.tuples(inner, st.integers(1, 3)).map(lambda t: f"{t[0]} REPEATS {t[1]} TIMES")
    within = st.tuples(inner, st.integers(1, 4)).map(lambda t: f"{t[0]} WITHIN {t[1]} SECONDS")
    between = st.tuples(inner, SECOND, SECOND).map(lambda t: f"{t[0]} START t'{stamp(t[1])}' STOP t'{stamp(t[2])}'")
    return joined | repeated | within | between


@st.composite
def worlds(draw):
    objects = []
    for number in range(draw(st.integers(1, 5))):
        first = draw(SECOND)
        last = draw(st.integers(first, 8))
        inside = {"type": "x", "id": f"x--{number}", "k": draw(st.sampled_from(KINDS)), "n": draw(st.integers(0, 4))}
        sdo = {"type": "observed-data", "id": f"observed-data--{number}", "first_observed": stamp(first),
               "last_observed": stamp(last), "number_observed": draw(st.integers(1, 2)),
               "object_refs": [inside["id"]]}  # fmt: skip
        objects += [sdo, inside]
    return [{"type": "bundle", "id": "bundle--1", "objects": objects}]


@settings(max_examples=300, deadline=None)
@given(st.recursive(leaves, larger, max_leaves=4), worlds())
def test_random_patterns_match_as_theirs(pattern, observed):
    theirs = matcher.match(pattern, observed, stix_version="2.1")
    assert (matches(pattern, observed) is not None) is bool(theirs)
