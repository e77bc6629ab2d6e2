"""Who appears in two kinds of evidence is a persona; who owns a domain alone is not told."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.times import Interval
from backtrail.model.weight import Bar, Explanation
from backtrail.profiles import personas
from backtrail.profiles.personas import Appearance, persons
from backtrail.verbs.persons import _bystander, _links, model


def appearance(id: str, evidence="registration", *, handle="", mail="", name="", phone="", ours=True) -> Appearance:
    kinds = ("persona", "registrant-email", "registrant-name", "registrant-phone")
    values = tuple((kind, value) for kind, value in zip(kinds, (handle, mail, name, phone), strict=True) if value)
    return Appearance(
        id=id, evidence=evidence, values=values, at=("a.example",), seen=Interval("2011-01-01", "2011-01-01"),
        places=(f"at {id}",), ours=ours,
    )  # fmt: skip


def link(a: str, b: str, total: float) -> Explanation:
    bar = Bar(kind="persona", value="heron", family="identity", strength="A", spoof="med", bits=total, raw=total)
    return Explanation(a=a, b=b, prior=0.0, total=total, probability=0.9, bars=(bar,))


CROWD = [appearance(f"other {n}", mail=f"someone{n}@mail.example", ours=False) for n in range(40)]


def test_a_handle_in_registrations_malware_and_accounts_is_one_persona():
    ours = [
        appearance("registration 1", handle="heron", mail="heron@mail.example", name="li wei"),
        appearance("malware heron", "malware", handle="heron"),
        appearance("log-in heron", "log-in", handle="heron"),
        appearance("registration 2", handle="smith22", mail="smith22@mail.example", name="john smith"),
    ]
    profile = personas("UNC-1", [*ours, *CROWD], list(_links([*ours, *CROWD])))
    assert [row[0] for row in profile.rows] == ["heron"]
    told = {n.id: n for n in profile.numbers}
    assert told["personas"].value == 1 and told["registrants"].value == 2
    assert told["personas"].parts == ("at log-in heron", "at malware heron", "at registration 1")
    assert "smith22" not in str(profile.rows) and any(
        "1 persons appear as registrants alone" in x for x in profile.limits
    )


def test_a_misspelt_name_with_the_same_mailbox_and_telephone_is_the_same_person():
    ours = [
        appearance("registration 1", mail="heron@mail.example", name="li wei", phone="+1555"),
        appearance("registration 2", mail="heron@mail.example", name="li wie", phone="+1555"),
        appearance("log-in x", "log-in", handle="nobody"),
    ]
    found = persons(ours, _links([*ours, *CROWD]))
    assert [len(one.appearances) for one in found] == [2, 1]
    assert found[0].of("registrant-name") == ("li wei", "li wie")


def test_a_handle_that_many_unrelated_people_have_links_nobody():
    ours = [appearance("registration 1", handle="happy"), appearance("log-in happy", "log-in", handle="happy")]
    common = [appearance(f"x{n}", handle="happy", ours=False) for n in range(30)]
    assert not list(_links([*ours, *common, *CROWD]))
    profile = personas("UNC-1", [*ours, *common], [])
    assert not profile.enough and not profile.numbers


def test_others_appearances_are_never_told():
    theirs = [appearance("registration 1", handle="heron", ours=False), appearance("m", "malware", handle="heron")]
    assert not personas("UNC-1", theirs, [link("m", "registration 1", 9.0)]).enough


def test_resellers_privacy_services_and_victims_are_bystanders():
    mail = [("registrant-email", "x@privacyguard.example")]
    assert "hides who pays" in _bystander(mail, {"a.example"}, set())
    assert "sell them" in _bystander([("registrant-email", "x@y.example")], {f"{n}.example" for n in range(51)}, set())
    assert "victims" in _bystander([("registrant-name", "Acme Ltd")], {"a.example"}, {"acme ltd"})
    assert "victims" in _bystander([("registrant-email", "it@acme.example")], {"a.example"}, {"acme.example"})
    assert _bystander([("registrant-email", "it@other.example")], {"a.example"}, {"acme.example"}) == ""


def test_the_model_of_persons_knows_only_what_belongs_to_a_person():
    assert set(model().kinds) == {"registrant-email", "registrant-phone", "registrant-name", "persona"}
    assert model().link < 0.8 and "for persons" in model().version


@given(st.permutations(range(6)), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=10))
def test_persons_do_not_depend_on_order_and_lose_nobody(order, pairs):
    crowd = [appearance(f"r{n}", handle=f"h{n}") for n in range(6)]
    links = [link(f"r{a}", f"r{b}", 5.0 + a) for a, b in pairs if a != b]
    one = persons(crowd, links)
    two = persons([crowd[n] for n in order], reversed(links))
    sets = [{frozenset(a.id for a in p.appearances) for p in some} for some in (one, two)]
    assert sets[0] == sets[1]
    assert sum(len(p.appearances) for p in one) == 6
    assert all(len(p.links) == len(p.appearances) - 1 for p in one)
