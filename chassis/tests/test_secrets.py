"""Secrets that are given away are recognised by their digest alone."""

from triskel.chassis.secrets import digest_of, new_secret


def test_a_secret_is_in_no_way_in_its_digest_and_no_other_has_it() -> None:
    made = {new_secret() for _ in range(100)} | {new_secret(24)}
    assert len(made) == len({digest_of(each) for each in made}) == 101
    for each in made:
        assert len(digest_of(each)) == 32
        assert each.encode() not in digest_of(each)


def test_a_digest_stays_the_same_so_that_links_that_were_given_away_go_on_working() -> None:
    kept = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of("abc").hex() == kept
