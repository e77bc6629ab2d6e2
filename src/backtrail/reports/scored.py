"""A score in words: its answer, its rows, and what the answer hangs on. What the SVG and the HTML of it share."""

from backtrail.model.waterfall import Row, Waterfall
from backtrail.model.words import percent, words
from backtrail.reports.shown import middle, shown, told

_TITLE, _VALUE, _IDLE = 40, 42, 30
"""Letters of a name in the title, of a value that is left out, of one that weighs nothing."""


def titled(waterfall: Waterfall) -> str:
    """The answer in one line, with its probability."""
    return f"{middle(told(waterfall.of), _TITLE)}: {worded(waterfall.probability)}"


def worded(probability: float) -> str:
    """A probability in words and as a number."""
    return f"{words(probability)}, {percent(probability)}"


def summed(waterfall: Waterfall) -> str:
    """What the bars add up to."""
    model = f"; model {waterfall.model}" if waterfall.model else ""
    return f"The prior and one bar for each item add up to {signed(waterfall.total)} bits{model}."


def valued(row: Row, most: int) -> str:
    """The values of a row, strongest first, as far as there is room."""
    texts: list[str] = []
    for value in row.values:
        text = shown(row.kind, value, most)
        if texts and len("; ".join([*texts, text])) > most - 4:
            return "; ".join(texts) + "; …"
        texts.append(text)
    return "; ".join(texts)


def named(row: Row) -> str:
    """The name of a row; one that speaks against says in which way."""
    told_apart = {"against": ": contradicts", "absent": ": absent", "rarer": ": rarer there"}
    return told(row.label) + told_apart.get(row.sort, "")


def noted(row: Row) -> str:
    """What was done to an item, what it rests on, and whether it is cheap to fake."""
    ids = ", ".join(id[:12] for id in row.evidence[:3]) + (" …" if len(row.evidence) > 3 else "")
    cheap = "cheap to fake" if row.spoof == "low" else ""
    return told("; ".join(one for one in (*row.notes, cheap, ids) if one))


def footed(waterfall: Waterfall) -> list[str]:
    """Sentences below: what the answer hangs on, the others, what weighs nothing, and what was not looked for."""
    said = [f"Without {_left_out(w.label, w.kind, w.value)}: {worded(w.probability)}." for w in waterfall.without]
    if waterfall.ungraded:
        low, high = map(percent, waterfall.ungraded)
        said.append(f"By what ungraded sources are worth: {low} to {high}.")
    if waterfall.rivals:
        said.append("Instead: " + "; ".join(f"{told(name)} {worded(p)}" for name, p in waterfall.rivals[:3]) + ".")
    if waterfall.idle:
        some = [f"{row.label} {valued(row, _IDLE)} ({told(row.notes[-1])})" for row in waterfall.idle[:2] if row.notes]
        more = len(waterfall.idle) - len(some)
        count = f"Without weight: {'; '.join(some)}"
        said.append(count + (f"; and {more} more." if more else "."))
    if waterfall.uncollected:
        families = ", ".join(waterfall.uncollected)
        said.append(f"Not looked for, or nothing found on one side, so that absence says nothing: {families}.")
    return said


def _left_out(label: str, kind: str, value: str) -> str:
    return f"{label} {shown(kind, value, _VALUE)}" if value else told(label)


def signed(bits: float) -> str:
    """Bits with their sign, as a minus that is as wide as a plus."""
    return f"{bits:+.1f}".replace("-", "−")
