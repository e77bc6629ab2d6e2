"""STIX patterns and OpenIOC trees asked of logs: each event becomes objects, each match hits.

A pattern of one observation is asked of every event. One of several observations is asked of the events that satisfy
any of them, sorted by time; each event is used once. Lines that show no text which a pattern must find are not read.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import re2
from msgspec import Struct

from backtrail.hunts.around import around
from backtrail.hunts.backends.arrowlines import lines_of
from backtrail.hunts.backends.backend import HuntOptions, Look
from backtrail.hunts.backends.confirm import Caught
from backtrail.hunts.backends.files import found
from backtrail.hunts.backends.sequences import narrowed
from backtrail.hunts.backends.streams import Stream, streams
from backtrail.hunts.events import EVENT_KINDS, event_fields, objects_of, values_of
from backtrail.hunts.patterns.anchors import stix_anchors, tree_anchors
from backtrail.hunts.patterns.compare import Compiled
from backtrail.hunts.patterns.lexer import read_moment
from backtrail.hunts.patterns.observed import Observation
from backtrail.hunts.patterns.openioc import OpenIocTree
from backtrail.hunts.patterns.stix import StixPattern, seens
from backtrail.hunts.patterns.tree import Seen
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator, Pattern

_HEADER = 1 << 14
_HELD = 300_000
"""Events that are kept for a pattern of several observations; of more, the first."""

MOST = 20_000
"""Events near one another that the evaluator looks at."""

_MOST_MATCHES = 100
_NET_MEMORY = 256 << 20


class _Held(Struct, frozen=True):
    """An event that satisfies a part of a pattern."""

    caught: Caught
    header: str
    observation: Observation


class _Sought:
    """One pattern or tree, compiled, and the events that it holds so far."""

    def __init__(self, pattern: Pattern) -> None:
        self.indicator = Indicator(kind=f"x-{pattern.language}:pattern", value=pattern.name or pattern.text[:200])
        self.held: list[_Held] = []
        self.full = False
        self.tree = OpenIocTree(pattern.text) if pattern.language == "openioc" else None
        if self.tree is not None:
            self.anchors = tree_anchors(pattern.text, EVENT_KINDS)
            return
        self.stix = StixPattern(pattern.text, strict=False)
        parts = seens(self.stix.expression)
        self.alone = isinstance(self.stix.expression, Seen)
        self.parts = [Compiled(part.comparison, strict=False) for part in parts]
        self.anchors = stix_anchors(parts)

    def satisfied(self, values: Mapping[str, Sequence[str]], observation: Observation) -> bool:
        """Whether an event is all of the match, or may be a part of it."""
        if self.tree is not None:
            return self.tree.one(values)
        return any(part(observation) for part in self.parts)


def hunt(patterns: Sequence[Pattern], paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Hits of behaviour; each event of a match is one.

    Args:
        patterns: STIX patterns and OpenIOC trees; others are told as problems.
        paths: Files and folders.
        options: See `HuntOptions`.
    """
    told = options.problem or (lambda *_: None)
    wanted = [one for one in _compiled(patterns, told) if _possible(one, told)]
    net = _Net(wanted)
    files = list(found(paths, told))
    size, done = sum(file.size for file in files), 0
    for file in files:
        try:
            with file.path.open("rb") as raw:
                for stream in streams(file.name, raw, partial(told, file.name)):
                    yield from _stream(stream, net)
        except (OSError, FormatError) as error:
            told(file.name, "byte 0", f"cannot be read: {error}")
        done += file.size
        if options.progress:
            options.progress(Look(file.name, done, size, 0))
    for one in wanted:
        if one.full:
            told(one.indicator.value[:80], "", f"more than {_HELD} events satisfy a part of it; the first were kept")
        yield from _sequences(one, told)


def _compiled(patterns: Sequence[Pattern], told: Any) -> Iterator[_Sought]:
    for pattern in patterns:
        try:
            if pattern.language in ("stix", "openioc"):
                yield _Sought(pattern)
            else:
                told(pattern.name[:80], "", f"a pattern in {pattern.language} is not hunted for")
        except FormatError as error:
            told(f"pattern {(pattern.name or pattern.text)[:80]}", "", str(error))


def _possible(one: _Sought, told: Any) -> bool:
    """Whether any record of a log could satisfy it; when none could, that is told."""
    if one.anchors == []:
        told(one.indicator.value[:80], "", "asks for what records of logs do not say; it is not looked for")
    return one.anchors != []


class _Net:
    """Tells which patterns a line is read for: those of which it shows a text, and those that any line may satisfy."""

    def __init__(self, wanted: Sequence[_Sought]) -> None:
        options = re2.Options()
        options.log_errors, options.max_mem, options.case_sensitive = False, _NET_MEMORY, False
        options.encoding = re2.Options.Encoding.LATIN1
        self._always = [one for one in wanted if one.anchors is None]
        self._some = [one for one in wanted if one.anchors is not None]
        self._set = re2.Set.SearchSet(options)
        for one in self._some:
            self._set.Add("|".join(sorted(set(one.anchors or ()))).encode("latin-1", "ignore"))
        self._set.Compile()

    def caught(self, line: bytes) -> list[_Sought]:
        """Patterns that the line is read for."""
        numbers = self._set.Match(line) if self._some else None
        return [*self._always, *(self._some[number] for number in numbers or ())]


def _stream(stream: Stream, net: _Net) -> Iterator[Hit]:
    header = None
    for lines in lines_of(stream):
        if header is None:
            header = lines.data[:_HEADER].decode("utf-8", "replace")
        for number in range(len(lines.numbers)):
            line = lines.line(number)
            if line and (wanted := net.caught(line)):
                yield from _event(lines.caught(stream, number), header, wanted)


def _event(caught: Caught, header: str, wanted: Sequence[_Sought]) -> Iterator[Hit]:
    text = caught.line.decode("utf-8", "replace")
    fields = event_fields(text, header)
    observation = _observation(fields, around(text, header, "").at)
    values = values_of(fields)
    for one in wanted:
        try:
            satisfied = one.satisfied(values, observation)
        except LimitError:
            continue
        if satisfied and (one.tree is not None or one.alone):
            yield caught.hit(one.indicator, one.indicator.value[:200], header)
        elif satisfied and len(one.held) < _HELD:
            one.held.append(_Held(caught, header, observation))
        elif satisfied:
            one.full = True


def _observation(fields: Mapping[str, str], at: str | None) -> Observation:
    objects = objects_of(fields)
    moment = int((at and read_moment(at)) or 0)
    return Observation(roots=objects, objects=objects, first=moment, last=moment, count=1)


def _sequences(one: _Sought, told: Any) -> Iterator[Hit]:
    """Matches of several observations among the events that are held, narrowed first to those near one another."""
    held = _near(one)
    if len(held) > MOST:
        told(one.indicator.value[:80], "", f"more than {MOST} events may be in a match; the first were looked at")
        held = held[:MOST]
    for _ in range(_MOST_MATCHES):
        try:
            numbers = one.stix.match([event.observation for event in held]) if held else None
        except LimitError as error:
            told(one.indicator.value[:80], "", str(error))
            return
        if numbers is None:
            return
        for number in numbers:
            yield held[number].caught.hit(one.indicator, one.indicator.value[:200], held[number].header)
        held = [event for number, event in enumerate(held) if number not in set(numbers)]


def _near(one: _Sought) -> list[_Held]:
    if not one.held:
        return []
    satisfied = [[part(event.observation) for event in one.held] for part in one.parts]
    numbers = narrowed(one.stix.expression, [event.observation.first for event in one.held], satisfied)
    return [one.held[number] for number in numbers]
