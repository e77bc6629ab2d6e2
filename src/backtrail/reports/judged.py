"""Figures of judgements: what is claimed and how sure, how well that holds, why this answer, and what if it is fake."""

from collections.abc import Sequence

from backtrail.model.hypothesis import Assessment
from backtrail.model.weight import Calibration
from backtrail.reports.figures import rendered
from backtrail.reports.findings import Figure
from backtrail.reports.text import Piece
from backtrail.reports.words import words


def strip(claims: Sequence[tuple[str, float | None, str]], assessments: Sequence[Assessment]) -> Figure | None:
    """Every judgement of a report over the bands of ICD 203; None where there is no probability at all.

    Args:
        claims: Sentences with their probability, and the confidence in them.
        assessments: Questions that were rated; each tells its likeliest answer.
    """
    from backtrail.reports.figures import judgements

    told = [judgements.Judged(text, p, p, p, sure) for text, p, sure in claims if p is not None]
    for one in assessments:
        leader = one.hypotheses[0]
        told.append(judgements.Judged(one.sentence, leader.posterior, leader.low, leader.high, one.confidence))
    return _figure(
        "judgements", judgements.draw(told), "judgements", f"{len(told)} judgement{'' if len(told) == 1 else 's'}"
    )


def calibrated(measured: Calibration | None) -> Figure | None:
    """How well probabilities of links hold; None where nobody measured it."""
    from backtrail.reports.figures import calibration

    if measured is None:
        return None
    count = f"{sum(one.pairs for one in measured.bins):,} pairs of {measured.worlds} generated cases"
    return _figure("calibration", calibration.draw(measured), "calibration", count)


def board(number: int, assessment: Assessment) -> Figure | None:
    """The board of a question."""
    from backtrail.reports.figures import board as drawing

    count = f"{len(assessment.hypotheses)} answers, {len(assessment.items)} items, {_analysts(assessment)}"
    return _figure("board", drawing.draw(assessment), f"board-{number}", count, assessment.question.text)


def robustness(number: int, assessment: Assessment) -> Figure | None:
    """What a question's likeliest answer hangs on."""
    from backtrail.reports.figures import robustness as drawing

    leader = assessment.hypotheses[0].text
    return _figure("robustness", drawing.draw(assessment), f"robustness-{number}", _analysts(assessment), leader)


def _analysts(assessment: Assessment) -> str:
    count = len(assessment.analysts)
    return f"{count} analyst{'' if count == 1 else 's'}"


def _figure(kind: str, drawn: object, id: str, count: str, subject: str = "") -> Figure | None:
    from backtrail.reports.figures.drawing import Drawing

    if not isinstance(drawn, Drawing):
        return None
    said = words().judgement[kind]
    return Figure(
        id=id,
        title=(Piece(said.title.format(subject=subject, count=count)),),
        about=(Piece(said.about.format(subject=subject, count=count)),),
        svg=rendered(drawn, id, said.alt.format(subject=subject, count=count)),
        columns=drawn.columns,
        rows=drawn.rows,
    )
