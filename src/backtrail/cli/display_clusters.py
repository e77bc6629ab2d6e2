"""What the evidence puts together, and what of it to decide first, as a person reads it."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import next_step, renders
from backtrail.model.words import number, percent, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtrail.model.weight import Disagreement, Link, Proposal, Question
    from backtrail.verbs.cluster import Clustered
    from backtrail.verbs.review import Reviewed


@renders
def _(result: Clustered, console: Console) -> None:
    console.print(
        f"{result.intrusions:,} intrusions, {result.pairs:,} pairs that share something; "
        f"linked from {result.threshold:.2f} (model {result.model})"
    )
    for place, proposal in enumerate(result.proposals, 1):
        target = f"would join {proposal.group}" if proposal.group else "new group"
        members = ", ".join(proposal.joining if proposal.group else proposal.members)
        console.print(f"\n[bold]{place}. {target}[/] {proposal.id}: {escape(members)}")
        console.print(f"   weakest link {words(proposal.weakest)}, {percent(proposal.weakest)}")
        links = _joining(proposal)
        for link in links[:3]:
            console.print(
                f"   {link.total:+5.1f} bits  {percent(link.probability)}  {escape(link.a)} – {escape(link.b)}  "
                f"[dim]{', '.join(link.families)}; {escape(link.linchpin)}[/]",
                overflow="ellipsis", no_wrap=True,
            )  # fmt: skip
        if len(links) > 3:
            console.print(f"   [dim]and {number(len(links) - 3, 'more link')}[/]")
    _disagreements(console, result.disagreements)
    for doubt in result.doubts:
        console.print(f"\n[bold]{doubt.group} would be parted[/] by the evidence alone:")
        for part in doubt.parts:
            shown = ", ".join(part[:12]) + (" …" if len(part) > 12 else "")
            console.print(f"   {len(part):>4,}  {escape(shown)}")
    if result.checked and not (result.doubts or result.disagreements):
        console.print("the accepted groups are those of a fresh run")
    if result.unlinked:
        shown = ", ".join(result.unlinked[:20]) + (" …" if len(result.unlinked) > 20 else "")
        console.print(f"\nleft alone ({len(result.unlinked):,}): {escape(shown)}")
    if result.proposals:
        first, last = result.proposals[0], _joining(result.proposals[0])[-1]
        console.print()
        next_step(
            console,
            f"backtrail explain {quote(last.a)} {quote(last.b)}",
            f"backtrail assign {first.id} --reason ...",
        )


def _joining(proposal: Proposal) -> Sequence[Link]:
    """The links that a proposal is about: of what would join a group those with what is in it already."""
    joining = set(proposal.joining)
    across = [link for link in proposal.links if proposal.group and (link.a in joining) != (link.b in joining)]
    return across or proposal.links


def _disagreements(console: Console, found: Sequence[Disagreement]) -> None:
    """Links that decisions keep apart: of two groups the surest, and how many there are."""
    between: dict[frozenset[str], list[Disagreement]] = {}
    for one in found:
        between.setdefault(frozenset(one.groups), []).append(one)
    for some in between.values():
        best = max(some, key=lambda d: (d.link.probability, d.link.a, d.link.b))
        more = f", and {number(len(some) - 1, 'pair')} more" if len(some) > 1 else ""
        more += f"; held apart by {escape(best.decision)}" if best.decision else ""
        console.print(
            f"\n[bold]against decisions:[/] {escape(best.link.a)} ({escape(best.groups[0])}) – "
            f"{escape(best.link.b)} ({escape(best.groups[1])})  {percent(best.link.probability)}[dim]{more}[/]"
        )
        console.print(
            f"[dim]backtrail explain {escape(quote(best.link.a))} {escape(quote(best.link.b))}[/]", soft_wrap=True
        )


@renders
def _(result: Reviewed, console: Console) -> None:
    if not result.questions and not result.more:
        console.print("nothing is in doubt: every pair worth telling is decided, or far from even")
    for place, q in enumerate(result.questions, 1):
        one, other = map(_side, (q.one, q.other), q.sizes, q.accepted)
        sides = f"are {one} and {other} one actor's?"
        console.print(f"{place}. [bold]{sides}[/] worth {_about(q.value)}", soft_wrap=True)
        console.print(
            f"   {words(q.link.probability)} {percent(q.link.probability)}, {q.link.total:+.1f} bits"
            f"{_standing(q)}: {escape(q.link.a)} – {escape(q.link.b)}, "
            f"[dim]{', '.join(q.link.families)}; {escape(q.link.linchpin)}[/]",
            overflow="ellipsis", no_wrap=True,
        )  # fmt: skip
        look, no = (" ".join(map(quote, two)) for two in ((q.link.a, q.link.b), (q.one, q.other)))
        console.print(escape(f"   look  backtrail explain {look}"), soft_wrap=True)
        console.print(escape(f"   yes   backtrail {_yes(q)} --reason ..."), soft_wrap=True)
        console.print(escape(f"   no    backtrail apart {no} --reason ...\n"), soft_wrap=True)
    if result.more:
        console.print(f"[dim]{result.more:,} more are worth less: --most[/]")


def _side(name: str, size: int, accepted: int) -> str:
    """One side of a question, with what the evidence would put there told apart from what decisions did."""
    proposed = size - max(accepted, 1)
    if accepted:
        held = number(accepted, "intrusion") + (f", {proposed:,} more proposed" if proposed else "")
        return f"{escape(name)} ({held})"
    return f"{escape(name)} (with {number(proposed, 'other')})" if proposed else escape(name)


def _about(value: float) -> str:
    return "less than one intrusion" if value < 1 else f"about {number(round(value), 'intrusion')}"


def _standing(question: Question) -> str:
    """What the evidence makes of it, where that is not as its bits would have it."""
    return ", joined by the evidence" if question.together else ", one intrusion alone" if question.alone else ""


def _yes(question: Question) -> str:
    """The command that answers yes."""
    if not question.joining:
        return f"merge {quote(question.one)} {quote(question.other)}"
    where = f"--to {question.group}" if question.group else "--new"
    return f"assign {' '.join(map(quote, question.joining))} {where}"
