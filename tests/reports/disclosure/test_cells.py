"""No small cell is told or can be worked out: checked by solving for it as a reader would, over many tables."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile
from backtrail.reports.disclosure import Relation, after, bounds, protected, suppressed

K = 5


def table(matrix):
    """Cells and sums of a matrix with totals of rows, of columns, and of all."""
    cells, relations = {}, []
    rows, columns = range(len(matrix)), range(len(matrix[0]))
    for r in rows:
        for c in columns:
            cells[f"{r},{c}"] = matrix[r][c]
        cells[f"{r},all"] = sum(matrix[r])
        relations.append(Relation(f"{r},all", tuple(f"{r},{c}" for c in columns)))
    for c in columns:
        cells[f"all,{c}"] = sum(matrix[r][c] for r in rows)
        relations.append(Relation(f"all,{c}", tuple(f"{r},{c}" for r in rows)))
    cells["all"] = sum(map(sum, matrix))
    relations.append(Relation("all", tuple(f"{r},all" for r in rows)))
    relations.append(Relation("all", tuple(f"all,{c}" for c in columns)))
    return cells, relations


matrices = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=2, max_size=4)
)


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_what_is_withheld_cannot_be_worked_out(matrix):
    cells, relations = table(matrix)
    out = suppressed(cells, relations, K)
    small = {id for id, value in cells.items() if 0 < value < K}
    assert small <= out
    told = dict.fromkeys(small - {relation.total for relation in relations}, (1, K - 1))
    for id in small:
        low, high = bounds(cells, relations, out, told, id)
        assert high - low >= 1 - 1e-9, (id, low, high)


def test_one_small_cell_takes_another_with_it():
    cells, relations = table([[20, 3], [20, 20]])
    out = suppressed(cells, relations, K)
    assert "0,1" in out and len(out) >= 4


def test_nothing_small_nothing_withheld():
    cells, relations = table([[20, 30], [20, 20]])
    assert suppressed(cells, relations, K) == frozenset()


def sectors(*rows):
    years = tuple(str(2010 + n) for n in range(len(rows[0]) - 1))
    return Profile(
        kind="victims", group="G", finding="f", enough=True, columns=("sector", "victims", *years, "intrusions"),
        rows=tuple((name, str(sum(counts)), *(str(c or "") for c in counts), "IN-1") for name, *counts in rows),
        numbers=tuple(
            Counted(id=f"sector:{name}", value=sum(counts), unit="organizations", parts=("IN-1",))
            for name, *counts in rows
        ),
    )  # fmt: skip


def test_small_sectors_stand_together_and_no_name_of_an_intrusion_stays():
    found = protected({"victims": sectors(("Energy", 9, 8), ("Space", 1, 0), ("Law", 0, 2), ("Media", 2, 1))}, K)[
        "victims"
    ]
    assert [row[0] for row in found.rows] == ["Energy", "sectors of fewer victims, together"]
    assert [n.id for n in found.numbers] == ["sector:Energy"]
    assert all(row[-1] == "" for row in found.rows)


def test_a_single_small_sector_does_not_stand_alone():
    found = protected({"victims": sectors(("Energy", 9, 8), ("Law", 6, 7), ("Space", 1, 0))}, K)["victims"]
    assert [row[0] for row in found.rows] == ["Energy", "sectors of fewer victims, together"]


def widths(profile, total, k):
    """How much room a reader who knows the number of victims has for each count that is told as few."""
    cells, relations, out, told = {"all": total}, [], set(), {}
    for name, *counts, _ in profile.rows:
        ids = [f"{name} {n}" for n in range(len(counts))]
        relations.append(Relation(ids[0], tuple(ids[1:])))
        cells |= {id: int(cell or 0) if cell.isdigit() or not cell else 0 for id, cell in zip(ids, counts, strict=True)}
        out |= {id for id, cell in zip(ids, counts, strict=True) if cell and not cell.isdigit()}
        told |= {id: (1, k - 1) for id, cell in zip(ids, counts, strict=True) if cell == f"<{k}"}
    relations.append(Relation("all", tuple(f"{row[0]} 0" for row in profile.rows)))
    ends = [bounds(cells, relations, out, told, id) for id in told]
    return [high - low for low, high in ends]


def test_the_number_of_all_victims_does_not_give_back_a_total_that_is_withheld():
    """Of 14 victims 4 are in one row and 7 in another: a withheld total would be 3, and its small cells 1 each."""
    given = sectors(("IT", 4, 0, 0), ("Aerospace", 1, 1, 1), ("Law", 3, 0, 4))
    found = protected({"victims": given}, 3)["victims"]
    (space,) = [row for row in found.rows if row[0] == "Aerospace"]
    assert space[2:5] == ("<3", "<3", "<3")
    assert sum(row[1] == "–" for row in found.rows) > 1
    assert min(widths(found, 14, 3)) >= 1


@settings(max_examples=60, deadline=None)
@given(matrices, st.sampled_from([3, 5]))
def test_no_small_cell_of_sectors_can_be_worked_out_from_the_number_of_victims(matrix, k):
    given = sectors(*((f"S{n}", *counts) for n, counts in enumerate(matrix) if sum(counts)), ("S", k, *matrix[0][1:]))
    found = protected({"victims": given}, k)["victims"]
    total = sum(int(row[1]) for row in given.rows)
    assert all(width >= 1 - 1e-9 for width in widths(found, total, k))


def test_a_table_that_the_number_of_victims_would_solve_is_not_shown():
    given = sectors(("Energy", 1, 1, 1, 1, 1))
    found = protected({"victims": given}, K)["victims"]
    assert found.rows == () and found.numbers == ()


def test_small_counts_of_intrusions_are_told_as_few():
    profile = Profile(kind="lifecycle", group="G", finding="f", enough=True, columns=("technique", "intrusions"),
                      rows=(("T1", "4"), ("T2", "50")),
                      numbers=(Counted(id="technique:T1", value=4, unit="intrusions", parts=("IN-1",)),))  # fmt: skip
    found = protected({"lifecycle": profile}, K)["lifecycle"]
    assert found.rows == (("T1", "<5"), ("T2", "50"))
    assert (found.numbers[0].value, found.numbers[0].parts) == ("<5", ())


def test_what_is_made_of_a_few_intrusions_is_left_out():
    gap = Counted(id="dwell_gap_median", value=120, unit="days", parts=("IN-1", "IN-2"))
    many = Counted(id="dwell_median", value=230, unit="days", parts=tuple(f"IN-{n}" for n in range(1, 9)))
    seen = Counted(id="techniques", value=2, unit="techniques", parts=("O-1", "O-2"))
    profile = Profile(kind="dwell", group="G", finding="f", enough=True, numbers=(gap, many, seen))
    found = protected({"dwell": profile}, K, {f"IN-{n}" for n in range(1, 9)})["dwell"]
    assert [n.id for n in found.numbers] == ["dwell_median", "techniques"]


def test_a_release_that_differs_by_a_few_tells_the_earlier_number():
    before = sectors(("Energy", 9, 8), ("Law", 6, 7))
    total = Counted(id="victims_total", value=30, unit="organizations")
    before = replace(before, numbers=(*before.numbers, total))
    now = sectors(("Energy", 9, 9), ("Law", 6, 17))
    now = replace(now, numbers=(*now.numbers, replace(total, value=41)))
    told = after(now, before, K)
    assert [row[1:4] for row in told.rows] == [("17", "9", "8"), ("23", "6", "17")]
    assert {n.id: n.value for n in told.numbers} == {"sector:Energy": 17, "sector:Law": 23, "victims_total": 41}
