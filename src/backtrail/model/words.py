"""Words of estimative probability (ICD 203), always with their range in the sentence (rules WD-1, WD-2)."""

BANDS = (
    (0.05, "almost no chance (1–5 %)"),
    (0.20, "very unlikely (5–20 %)"),
    (0.45, "unlikely (20–45 %)"),
    (0.55, "roughly even chance (45–55 %)"),
    (0.80, "likely (55–80 %)"),
    (0.95, "very likely (80–95 %)"),
)
"""Upper edge and words of each band but the last, almost certain."""

_LAST = "almost certain (95–99 %)"


def words(probability: float) -> str:
    """The word for a probability; shared edges belong to the higher band.

    >>> words(0.88)
    'very likely (80–95 %)'
    """
    return next((text for edge, text in BANDS if probability < edge), _LAST)


def lexicon() -> tuple[tuple[str, str], ...]:
    """All words with their ranges, least likely first.

    >>> lexicon()[-1]
    ('almost certain', '95–99 %')
    """
    texts = (*(text for _, text in BANDS), _LAST)
    return tuple((word, range.rstrip(")")) for word, _, range in (text.partition(" (") for text in texts))


def band(probability: float) -> int:
    """Number of the band that a probability lies in, 0 for almost no chance to 6 for almost certain.

    >>> band(0.88) - band(0.5)
    2
    """
    return sum(probability >= edge for edge, _ in BANDS)


def percent(probability: float) -> str:
    """A probability as printed, clamped to 1-99 % (rule WD-3)."""
    return f"{min(max(probability, 0.01), 0.99):.2f}"


def number(count: int, noun: str) -> str:
    """A count with its noun.

    >>> number(1, "pair"), number(2000, "pair")
    ('1 pair', '2,000 pairs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
