"""The published appendices of the APT1 report, one intrusion for each file, among the breaches of an invented world."""

import backtrail
from backtrail.cli import main
from backtrail_worlds.cli import main as worlds


def test_the_published_families_come_out_as_one_group_and_no_confuser_joins(shared, tmp_path, capsys):
    assert worlds(["make", "--world", "small", "--seed", "3", "--out", str(tmp_path / "w"), "--scale", "0.05"]) == 0
    case = str(tmp_path / "case")
    assert main(["init", case]) == 0
    published = str(shared / "data" / "apt1" / "openioc")
    assert main(["ingest", published, "--per-file", "--grade", "A2", "--case", case]) == 0
    main(["ingest", str(tmp_path / "w" / "evidence"), "--case", case])
    with backtrail.open_case(tmp_path / "case", author="test") as opened:
        found = backtrail.cluster(opened)
        groups = [set(p.members) for p in found.proposals]
        ours = max(groups, key=lambda members: sum(not m.startswith("IN-") for m in members))
        assert len(ours) >= 30 and not any(m.startswith("IN-") for m in ours)
        assert all(len({m.startswith("IN-") for m in members}) == 1 for members in groups)
        weakest = min(
            (link for p in found.proposals for link in p.links if link.a in ours), key=lambda link: link.total
        )
        why = backtrail.explain(opened, weakest.a, weakest.b)
        assert why.bars[0].kind == "md5" and why.bars[0].holders == 2
    capsys.readouterr()
