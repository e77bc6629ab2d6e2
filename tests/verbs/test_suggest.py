import math
from importlib.resources import files

import pytest
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented

import backtrail
from backtrail.clusters.suggest.parameters import parse
from backtrail.model.errors import ConflictError, NotFoundError, UsageError
from backtrail.verbs.model import diff_model, fit_model, show_model

ROW = "{id},{kind},{value},{day}\n"


@pytest.fixture
def case(tmp_path):
    """Three groups of five, accepted, and two intrusions to ask about."""
    folder = tmp_path / "case"
    backtrail.create_case(folder)
    reports = [r for r in invented(6, seed=3) if r.group]
    with backtrail.open_case(folder, author="test") as opened:
        for r in reports:
            rows = [ROW.format(id=r.id, kind="domain-name", value=v, day=r.date) for v in sorted(r.traits["host"])]
            rows += [ROW.format(id=r.id, kind="url-path", value=v, day=r.date) for v in sorted(r.traits["path"])]
            file = tmp_path / f"{r.id}.csv"
            file.write_text("intrusion,type,value,first_seen\n" + "".join(rows))
            backtrail.ingest(opened, [file], intrusion=r.id, tlp="GREEN")
        for group in ("HERON", "LYNX", "OTTER"):
            members = [f"{group}-{n}" for n in range(5)]
            backtrail.assign(opened, members, new=True, reason="a test")
        yield opened


def test_the_group_of_an_intrusion_is_suggested_and_nothing_is_assigned(case):
    before = backtrail.digest(case).digest
    found = backtrail.suggest(case, "LYNX-5")
    assert "LYNX-0" in backtrail.show(case, found.candidates[0].group).group.members
    assert math.fsum(c.probability for c in found.candidates) == pytest.approx(1)
    assert None in {c.group for c in found.candidates} and found.group is None
    assert backtrail.digest(case).digest == before


def test_a_member_is_compared_as_if_it_were_in_no_group(case):
    found = backtrail.suggest(case, "LYNX-1")
    named = {e for c in found.candidates for b in c.bars for p in b.parts for e in p.evidence}
    assert found.group and named and "LYNX-1" not in named


def test_what_was_decided_is_told_and_no_refused_assignment_is_proposed(case):
    first = backtrail.suggest(case, "LYNX-5")
    group = first.candidates[0].group
    assert first.proposed == group and not first.apart
    said = backtrail.apart(case, "LYNX-5", "LYNX-2", reason="two crews")
    again = backtrail.suggest(case, "LYNX-5")
    assert again.apart == {group: said.id} and again.proposed is None
    with pytest.raises(ConflictError):
        backtrail.assign(case, ["LYNX-5"], to=group, reason="no")
    backtrail.outlier(case, ["OTTER-5"], reason="somebody else")
    assert backtrail.suggest(case, "OTTER-5").outlier


def test_outliers_teach_what_nobody_known_looks_like(case):
    before = next(c for c in backtrail.suggest(case, "LYNX-5").candidates if c.group is None)
    backtrail.outlier(case, ["OTTER-5", "HERON-5"], reason="somebody else")
    after = next(c for c in backtrail.suggest(case, "LYNX-5").candidates if c.group is None)
    assert {bar.trait for bar in before.bars} <= {bar.trait for bar in after.bars}
    assert any(part.evidence for bar in after.bars for part in bar.parts)


def test_every_part_is_followed_to_what_was_observed_on_both_sides(case):
    found = backtrail.suggest(case, "LYNX-5")
    looked = 0
    for bar in (b for c in found.candidates for b in c.bars if b.family not in ("", "several", "reporting")):
        for part in bar.parts:
            seen = [backtrail.show(case, id).observation for id in part.observations]
            assert {"LYNX-5", *part.evidence} == {o.intrusion for o in seen}, (bar.trait, part)
            words = part.value.strip("^$").split(" + ")
            if bar.trait in ("host", "zone", "host words", "path segment"):
                assert all(any(word in o.value for word in words) for o in seen)
            looked += len(seen)
    assert looked > 50


def test_what_is_not_weighed_is_told_with_the_reason(case, tmp_path):
    backtrail.grade(case, "unnamed", "E5", reason="made up")
    for one in (found := backtrail.suggest(case, "LYNX-5")).ignored:
        assert one.reason == "only sources of reliability E say so"
        assert {backtrail.show(case, id).observation.value for id in one.evidence} == {one.value}
    drawn = found.waterfall()
    assert len(drawn.idle) == len(found.ignored) >= 4 and all(row.bits == 0 for row in drawn.idle)


def test_no_assignment_is_proposed_that_hangs_on_context_alone(case):
    found = backtrail.suggest(case, "LYNX-5")
    first = found.candidates[0]

    def proposed(linchpin: str, without: float) -> str | None:
        return replace(found, candidates=(replace(first, linchpin=linchpin, without=without),)).proposed

    context = next(bar.trait for bar in first.bars if bar.strength == "D")
    telling = next(bar.trait for bar in first.bars if bar.strength in ("B", "C"))
    assert proposed(telling, 0.1) == proposed(context, 0.9) == first.group
    assert proposed(context, 0.1) is None


def test_what_only_an_unreliable_source_says_is_not_weighed(case):
    backtrail.grade(case, "unnamed", "E5", reason="made up")
    found = backtrail.suggest(case, "LYNX-5")
    assert found.collected == ("infrastructure",), "it was looked for, and is not believed"
    assert not any(p for c in found.candidates for b in c.bars if b.trait != "links" for p in b.parts)


def test_a_public_tool_is_one_wherever_it_lies(case, tmp_path):
    for name in ("LYNX-5", "LYNX-1"):
        table = tmp_path / f"{name}.csv"
        table.write_text("type,value\nfile-path,C:/Windows/Temp/gsecdump.exe\n")
        backtrail.ingest(case, [table], intrusion=name)
    (one,) = backtrail.suggest(case, "LYNX-5").ignored
    assert one.kind == "file-path" and one.reason.startswith("anybody's: on")
    assert not any(b.trait.startswith("file") for c in backtrail.suggest(case, "LYNX-5").candidates for b in c.bars)


def test_links_are_one_of_the_bars_as_explain_has_them(case):
    found = backtrail.suggest(case, "LYNX-5")
    for candidate in found.candidates:
        bars = [bar for bar in candidate.bars if bar.trait == "links"]
        assert candidate.bits == math.fsum(one.bits for one in candidate.bars)
        assert len(bars) == (candidate.group is not None)
        for bar in bars:
            told = backtrail.explain(case, "LYNX-5", candidate.group)
            assert {told.a, told.b} == {"LYNX-5", *bar.parts[0].evidence}
            assert bar.note == f"the surest pair has {told.total:+.1f} bits"
            [row] = [row for row in found.waterfall(candidate.group).rows if row.label == "links"]
            assert row.sort == ("for" if bar.bits >= 0 else "against")


def test_what_is_not_shown_is_summed_up(case):
    found = backtrail.suggest(case, "LYNX-5", most=1)
    assert math.fsum([found.rest, *(c.probability for c in found.candidates)]) == pytest.approx(1)
    assert found.rest > 0 and backtrail.suggest(case, "LYNX-5").rest == 0.0
    for wrong in ({"most": 0}, {"sure": 50}, {"said": "nobody", "sure": 101}):
        with pytest.raises(UsageError):
            backtrail.suggest(case, "LYNX-5", **wrong)


def test_what_cannot_be_answered_says_why(case, tmp_path):
    with pytest.raises(NotFoundError, match="did you mean"):
        backtrail.suggest(case, "LYNX-55")
    with pytest.raises(NotFoundError, match="no such file"):
        backtrail.suggest(case, "LYNX-5", model=tmp_path / "none.toml")
    empty = backtrail.create_case(tmp_path / "empty")
    with backtrail.open_case(tmp_path / "empty", author="t") as opened:
        file = tmp_path / "one.csv"
        file.write_text("intrusion,type,value\nA,domain-name,a.example.com\n")
        backtrail.ingest(opened, [file], intrusion="A")
        with pytest.raises(UsageError, match="no group is accepted"):
            backtrail.suggest(opened, "A")
    assert empty


def test_a_model_is_learned_shown_and_compared(case, tmp_path):
    out = tmp_path / "ours.toml"
    fitted = fit_model(case, out)
    assert (fitted.groups, fitted.members) == (3, 15)
    assert parse(out.read_text()).version == fitted.version
    assert {row.name: row.value for row in show_model(out)}["version"] == fitted.version
    names = {row.name for row in diff_model(out)}
    assert "version" in names and len(names) < len(show_model())
    assert not diff_model(out, out)
    assert backtrail.suggest(case, "LYNX-5", model=out).model == fitted.version
    with pytest.raises(ConflictError):
        fit_model(case, out)


def test_the_weights_of_pairs_are_shown_and_compared_too(tmp_path):
    shown = {row.name: row.value for row in show_model()}
    assert shown["match.prior"] == -3.0 and shown["match.classes.A"] == 10.0 and "traits.zone.shared_unknown" in shown
    text = (files("backtrail.clusters") / "model.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace("prior = -3.0", "prior = -5.0"))
    assert [(row.name, row.value, row.other) for row in diff_model(own)] == [("match.prior", -5.0, -3.0)]
    with pytest.raises(NotFoundError):
        show_model(tmp_path / "none.toml")


def test_what_the_analyst_said_first_stands_beside_the_answer(case):
    found = backtrail.suggest(case, "LYNX-5", most=1, said="UNC-0001", sure=60)
    assert (found.said, found.sure) == ("UNC-0001", 60)
    assert "UNC-0001" in {c.group for c in found.candidates}
    assert backtrail.suggest(case, "LYNX-5", said="nobody", sure=10).said == "nobody"
    with pytest.raises(NotFoundError):
        backtrail.suggest(case, "LYNX-5", said="UNC-0099", sure=60)
    with pytest.raises(UsageError, match="percentage"):
        backtrail.suggest(case, "LYNX-5", said="nobody", sure=160)


def test_blind_mode_asks_nobody_in_a_pipe(case, capsys):
    from backtrail.cli import main

    assert main(["suggest", "LYNX-5", "--blind", "--case", str(case.folder)]) == 2
    assert "--said" in capsys.readouterr().err
    assert main(["suggest", "LYNX-5", "--blind", "--said", "nobody", "--sure", "5", "--case", str(case.folder)]) == 0
    assert "you said nobody, 5 % sure" in capsys.readouterr().out


def test_a_suggestion_is_drawn(case, tmp_path):
    file = tmp_path / "drawn" / "why.svg"
    found = backtrail.suggest(case, "LYNX-5", svg=file)
    assert found.file == str(file) and file.read_text("utf-8") == found.svg()
    fall, best = found.waterfall(), found.candidates[0]
    assert math.fsum(row.bits for row in fall.rows) == fall.total == best.bits
    assert fall.rows[0].label == "prior" and len(fall.rows) == len(best.bars)
    assert f"LYNX-5 in {best.group}" in found._repr_html_() and f"LYNX-5 in {best.group}" in found.svg()
    assert {name for name, _ in fall.rivals} == {c.group or "nobody known" for c in found.candidates[1:]}
    other = found.candidates[-1].group or found.candidates[-2].group
    assert found.waterfall(other).of == f"LYNX-5 in {other}"
    with pytest.raises(NotFoundError):
        found.svg("UNC-0099")


def test_a_pair_is_drawn_and_only_into_an_svg(case, tmp_path, capsys):
    from backtrail.cli import main

    file = tmp_path / "why.svg"
    found = backtrail.explain(case, "LYNX-5", "LYNX-1", svg=file)
    assert found.file == str(file) and file.read_text("utf-8") == found.svg() == found.svg()
    assert "LYNX-5 – LYNX-1" in found._repr_html_() and "<script" not in found._repr_html_()
    assert backtrail.explain(case, "LYNX-5", "LYNX-1").file is None
    with pytest.raises(UsageError, match="let it end in"):
        backtrail.explain(case, "LYNX-5", "LYNX-1", svg=tmp_path / "why.png")
    for command in (["explain", "LYNX-5", "LYNX-1"], ["suggest", "LYNX-5"]):
        assert main([*command, "--svg", str(tmp_path / "why.png"), "--case", str(case.folder)]) == 2
        assert ".svg" in capsys.readouterr().err
        assert main([*command, "--svg", str(file), "--case", str(case.folder)]) == 0
        assert f"written: {file}" in capsys.readouterr().out.replace("\n", "")
    assert sorted(one.name for one in tmp_path.glob("*why*")) == ["why.svg"]


def test_what_an_intrusion_in_no_group_is_linked_to_more_surely_comes_first(case, tmp_path):
    for name in ("LYNX-5", "NEW-1"):
        table = tmp_path / f"{name}.csv"
        table.write_text("type,value,first_seen\nmutex,only-these-two,2012-04-01\nmutex,and-this,2012-04-01\n")
        backtrail.ingest(case, [table], intrusion=name, grade="A1")
    before = backtrail.suggest(case, "LYNX-4")
    assert before.partner is None
    found = backtrail.suggest(case, "LYNX-5")
    assert found.partner and found.partner.member == "NEW-1" and found.proposed is None
    backtrail.outlier(case, ["NEW-1"], reason="somebody else")
    assert backtrail.suggest(case, "LYNX-5").partner is None
