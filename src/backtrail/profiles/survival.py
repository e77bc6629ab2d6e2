"""How long things last when the end of some was not seen: the estimate of Kaplan and Meier (*JASA* 53, 1958)."""

from collections.abc import Sequence

Lasted = tuple[int, bool]
"""Days, and whether the end was seen; without it, at least so long."""


def curve(lasted: Sequence[Lasted]) -> list[tuple[int, float]]:
    """Share that lasts longer than each day at which an end was seen.

    >>> curve([(10, True), (20, True), (30, False), (40, True)])
    [(10, 0.75), (20, 0.5), (40, 0.0)]
    """
    alive, surviving = len(lasted), 1.0
    found: dict[int, float] = {}
    for days, ended in sorted(lasted, key=lambda one: (one[0], not one[1])):
        if ended:
            surviving *= 1 - 1 / alive
            found[days] = surviving
        alive -= 1
    return list(found.items())


def steps(lasted: Sequence[Lasted]) -> tuple[tuple[int, float], ...]:
    """The curve as it is drawn: from all of them on day 0 to the last day on which anything was watched.

    >>> steps([(10, True), (30, False)])
    ((0, 1.0), (10, 0.5), (30, 0.5))
    """
    found = sorted({0: 1.0, **dict(curve(lasted))}.items())
    last = max(days for days, _ in lasted)
    return (*found, (last, found[-1][1])) if found[-1][0] < last else tuple(found)


def quantile(lasted: Sequence[Lasted], share: float) -> int | None:
    """Days by which a share has ended; None when the curve does not come so far down.

    Args:
        lasted: Days, and whether the end was seen.
        share: 0 to 1.

    >>> quantile([(10, True), (20, True), (30, False), (40, True)], 0.5)
    20
    """
    return next((days for days, surviving in curve(lasted) if surviving <= 1 - share + 1e-12), None)


def surviving(lasted: Sequence[Lasted], days: int) -> float | None:
    """Share that lasts longer than some days; None where nothing was watched for so long.

    >>> surviving([(10, True), (20, True), (30, False), (40, True)], 25)
    0.5
    """
    if not any(day >= days for day, _ in lasted) and any(not ended for _, ended in lasted):
        return None
    return next((share for day, share in reversed(curve(lasted)) if day <= days), 1.0)
