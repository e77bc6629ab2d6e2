from hypothesis import given
from hypothesis import strategies as st

from backtrail.clusters.suggest.parameters import built_in
from backtrail.clusters.suggest.traits import traits
from backtrail.model.kinds import KINDS
from backtrail.observations import public_suffix


def of(*values):
    return traits(values, public_suffix)


def test_a_host_name_shows_its_zone_its_suffix_and_its_manner():
    found = of(("domain-name", "mail.mofa-gov2.co.uk"))
    assert found["zone"] == {"mofa-gov2.co.uk"}
    assert found["suffix"] == {"co.uk"}
    assert found["host start"] == {"mai"}
    assert found["host words"] == {"mail", "mofa", "gov"}
    assert found["host word pairs"] == {"mail mofa", "mofa gov"}
    assert {"^mail", "2.co.", "o.uk$"} <= found["host 5-gram"]
    assert found["label style"] == {"l6-1d1"}
    assert found["label shape"] == {"a-a0.uk"}
    assert found["sub-label"] == {"mail"}
    assert found["depth"] == {"1"}


def test_a_dynamic_dns_parent_is_a_suffix_and_no_zone():
    assert of(("domain-name", "evil.dyndns.org"))["suffix"] == {"dyndns.org"}
    assert not {"zone", "host start"} & set(of(("domain-name", "dyndns.org")))


def test_a_url_shows_its_host_or_its_address():
    assert of(("url", "http://www.example.com/a/b.php"))["zone"] == {"example.com"}
    found = of(("url", "http://192.0.2.7:8080/a"))
    assert found["address"] == {"192.0.2.7"} and found["network /24"] == {"192.0.2"} and "zone" not in found


def test_a_path_a_file_and_a_debug_path():
    assert of(("url-path", "/a/b1.php?x=1"))["path shape"] == {"/a/a0.a"}
    assert of(("url-path", "/a/b1.php?x=1"))["path depth"] == {"2?"}
    assert of(("url-path", "/a/b1.php?x=1"))["path end"] == {"b1.php"}
    assert of(("url-path", "/"))["path end"] == set()
    assert of(("file-path", r"C:\Windows\update32.exe"))["file name"] == {"update32.exe"}
    assert of(("pdb-path", r"d:\work\rat.pdb"))["debug path part"] == {"d:", "work", "rat.pdb"}


def test_a_record_shows_what_it_tells_of():
    found = of(("md5", "a" * 32), ("md5", "b" * 32), ("domain-name", "x.example.com"))
    assert found["reported"] == {"md5", "domain-name"}
    assert found["reported in number"] == {"domain-name:1 + md5:1"}


def test_techniques_show_their_parents_and_what_is_used_with_them():
    found = of(*(("technique", number) for number in ("T1105", "T1059.001", "T1003")), ("software", "Mimikatz"))
    assert found["technique parent"] == {"t1105", "t1059", "t1003"}
    assert found["two techniques"] == {"t1003 + t1059.001", "t1003 + t1105", "t1059.001 + t1105"}
    assert "two software" not in found


def test_a_catalogue_of_techniques_is_no_habit():
    assert "two techniques" not in of(*(("technique", f"T{number}") for number in range(1000, 1200)))


def test_every_trait_has_a_weight():
    values = [(kind, "http://a.b-c1.example.com/d/e.php") for kind in KINDS]
    values += [("domain-name", "a.b-c1.example.com"), ("ip-port", "192.0.2.1:80"), ("file-path", r"c:\a\b.exe")]
    assert set(of(*values)) <= set(built_in().traits)


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.text(max_size=40)), max_size=20), st.randoms())
def test_order_and_repetition_mean_nothing_and_no_text_breaks_it(values, chance):
    unique = list(dict.fromkeys(values))
    found = traits(unique, public_suffix)
    chance.shuffle(unique)
    assert traits(unique, public_suffix) == found
    assert traits([*values, *values], public_suffix) == found


def test_what_is_said_twice_counts_once():
    values = [("domain-name", "News.Example"), ("md5", "a" * 32)]
    assert of(*values, *values, ("domain-name", "news.example")) == of(*values)
