"""A planted name is found in whatever form it hides; what is no name is left alone."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.reports import findings
from backtrail.reports.gate import naming

NAME = "Åsgård Marine Systems"
NAMES = [("IN-1", NAME), ("IN-1", "ÅMS")]

HIDDEN = {
    "plain": NAME,
    "upper": NAME.upper(),
    "without accents": "Asgard Marine Systems",
    "hyphens": "asgard-marine-systems",
    "no spaces": "asgardmarinesystems",
    "line broken": "asgard\nmarine\n   systems",
    "across tags": "Asgard <b>Marine</b> Systems".replace("<b>", "").replace("</b>", ""),
    "in a host": "vpn.asgard-marine-systems.example",
    "reversed": "Asgard Marine Systems"[::-1],
    "base64": base64.b64encode(f"xx {NAME} yy".encode()).decode(),
    "base64 shifted": base64.b64encode(f"x{NAME}".encode()).decode(),
    "hex": NAME.encode().hex(),
    "percent": quote(NAME),
    "entities": "&Aring;sg&aring;rd Marine Systems",
    "json": '"\\u00c5sg\\u00e5rd Marine\\nSystems"',
    "short name": "the AMS network",
    "punycode": "vpn." + "åsgård-marine-systems".encode("idna").decode() + ".example",
    "written out": "aasgaard marine systems",
    "double percent": quote(quote(NAME)),
    "base64 of UTF-16": base64.b64encode(NAME.encode("utf-16-le")).decode(),
    "hex of UTF-16": NAME.encode("utf-16-le").hex(),
    "look-alikes": "Аsgаrd Mаrine Systеms",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_found(text):
    (first, *_) = findings({"a.txt": f"before {text} after".encode()}, NAMES)
    assert (first.file, first.intrusion) == ("a.txt", "IN-1")


@pytest.mark.parametrize("form", ["Ltd", "GmbH", "Inc.", "LLP", ", Co"])
def test_found_without_its_legal_form(form):
    assert findings({"a": b"C:/users/zyqvorn halberd/x"}, [("IN-1", f"Zyqvorn Halberd {form}")])


def test_found_in_a_file_name():
    assert findings({"asgard-marine-systems.csv": b""}, NAMES)


@pytest.mark.parametrize("text", ["teams and dreams", "programs", "marine systems of others", "asgard"])
def test_left_alone(text):
    assert not findings({"a.txt": text.encode()}, NAMES)


@pytest.mark.parametrize("text", ["the IT desk", "it.example.com", "C:\\users\\it\\x", "mail@it", "vpn-IT"])
def test_a_name_of_two_letters_is_found(text):
    assert findings({"a": text.encode()}, [("IN-1", "IT")])


@pytest.mark.parametrize("text", ["is it so", "It is.", "with it.", "bit", "<td>it</td>"])
def test_a_name_of_two_letters_does_not_forbid_the_language(text):
    assert not findings({"a": text.encode()}, [("IN-1", "IT")])


def test_the_name_is_not_repeated_in_the_finding():
    assert "sg" not in str(findings({"a": NAME.encode()}, NAMES)[0]).lower()


def test_values_that_name_a_victim_are_picked_out():
    values = ["evil.example", "vpn.asgard-marine-systems.example", "asgard", "marine systems", *HIDDEN.values()]
    assert naming(values, [name for _, name in NAMES]) == {1, *range(4, len(values))}


@given(st.lists(st.text("abcdefghijk ", min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=30), st.data())
def test_asked_all_at_once_a_name_is_found_as_by_itself(names, data):
    """Names are asked for in one pass over the text and halved: no more and no fewer are found than one by one."""
    text = " ".join(data.draw(st.lists(st.sampled_from([*names, "filler", "x"]), max_size=8)))
    pairs = [(f"IN-{n}", name) for n, name in enumerate(names)]
    together = findings({"a.txt": text.encode()}, pairs)
    assert together == sorted({found for pair in pairs for found in findings({"a.txt": text.encode()}, [pair])})
