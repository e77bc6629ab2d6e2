"""Is a text worded as a judgement may be? Words of probability with numbers, confidence apart, nothing proved.

Rules WD-1 to WD-4 and FF-5 of tradecraft section 7.3, after ICD 203. For text that analysts write and text that is
generated alike.
"""

import re
from collections.abc import Iterator

from msgspec import Struct


class Wording(Struct, frozen=True, order=True):
    """A place in a text that breaks a rule of wording.

    Attributes:
        at: Character offset.
        rule: The rule.
        word: What stands there.
        fix: What to write instead.
    """

    at: int
    rule: str
    word: str
    fix: str


_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]?")
_RANGE = re.compile(r"\d\s*(?:[–-]|to)\s*\d+(?:\.\d+)?\s*%|\b0?\.\d+\b|\d\s*%")
_CERTAIN = re.compile(
    r"\b(proves?|proved|proven|certain(?!ly)|certainly|undeniabl[ey]|undoubtedly|beyond doubt|definitely)\b", re.I
)
_ALMOST = re.compile(r"\balmost\s+$", re.I)
_NO_RANGE = re.compile(r"\b(may|might|could|possibl[ey]|perhaps|conceivabl[ey]|suggests?)\b", re.I)
_ESTIMATE = re.compile(
    r"\b(almost no chance|remote|very unlikely|highly improbable|unlikely|improbable|roughly even chance|likely|"
    r"probabl[ey]|very likely|highly probable|almost certain(?:ly)?)\b",
    re.I,
)
_SYNONYMS = re.compile(r"\b(remote|highly improbable|improbable|probabl[ey]|highly probable)\b", re.I)
_CONFIDENCE = re.compile(
    r"\b(?:(?:low|moderate|high|medium)\s+confidence|confidence\b[^.]*\bis\s+(?:\w+\s+){0,3}(?:low|moderate|high))\b",
    re.I,
)
_DECISIVE = re.compile(
    r"\b(?:language|keyboard|time ?zone|working hours|compile times?)\b[^.]*\b(?:decisive|identif(?:y|ies)|reveals?|"
    r"shows? that|betrays?)\b",
    re.I,
)
_CONFIRMED = re.compile(r"\b(confirm(?:s|ed)?)\b", re.I)


def lint(text: str) -> list[Wording]:
    """Places of a text whose wording breaks a rule, in their order.

    >>> [(one.rule, one.word) for one in lint("This proves that they did it, with high confidence.")]
    [('WD-3', 'proves')]
    >>> lint("It is very likely (80–95 %) that they did it. Confidence in this judgement is moderate.")
    []
    """
    found: list[Wording] = []
    for sentence in _SENTENCE.finditer(text):
        found += _judged(sentence[0], sentence.start())
    return sorted(found)


def _judged(sentence: str, start: int) -> Iterator[Wording]:
    estimates = list(_ESTIMATE.finditer(sentence))
    for match in _CERTAIN.finditer(sentence):
        if not _ALMOST.search(sentence[: match.start()]):
            yield _at(start, match, "WD-3", "nothing is certain: give a probability, or state a fact as one")
    for match in _CONFIRMED.finditer(sentence):
        yield _at(start, match, "WD-3", "say which source states it")
    for match in _NO_RANGE.finditer(sentence):
        yield _at(start, match, "WD-4", "give a word of the lexicon with its range")
    if estimates and not _RANGE.search(sentence):
        yield _at(start, estimates[0], "WD-2", "put the range into the sentence: likely (55–80 %)")
    confident = _CONFIDENCE.search(sentence)
    if estimates and confident:
        yield _at(start, confident, "WD-1", "say likelihood and confidence in two sentences")
    for match in _SYNONYMS.finditer(sentence):
        yield _at(start, match, "WD-4", "one lexicon: almost no chance, very unlikely, unlikely, likely, very likely")
    if decisive := _DECISIVE.search(sentence):
        yield _at(start, decisive, "FF-5", "language and hours are cheap to fake and never decide")


def _at(start: int, match: re.Match[str], rule: str, fix: str) -> Wording:
    return Wording(start + match.start(), rule, match[0], fix)
