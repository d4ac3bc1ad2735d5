"""Names to people, people to contacts, and what is weak about them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.oncall.page_story import START, cast, minutes, person, policy, rota
from triage.core.oncall.checks import reaches_nobody, single_point_of_failure, uncovered_rotas
from triage.core.oncall.people import ContactMethod, Medium, Person, contacts_by
from triage.core.oncall.policy import EscalationPolicy, default_levels
from triage.core.oncall.rota import Away


def test_contacts_are_chosen_by_medium_in_their_order():
    assert [one.name for one in contacts_by(person("ana"), {Medium.VOICE, Medium.PUSH})] == ["push", "call"]


def test_without_a_contact_of_the_medium_all_of_them_ring():
    assert [one.name for one in contacts_by(person("ana"), {Medium.CHAT})] == ["push", "mail", "call"]


def test_settings_never_show_in_a_representation():
    assert "hunter2" not in repr(ContactMethod("push", "ntfy", {"token": "hunter2"}))


def test_everybody_means_people_and_not_channels():
    names = [one.name for one in cast().members(("everybody",), (), START)]
    assert names == ["ana", "ben", "cem", "dora"]


def test_nobody_is_a_member_twice():
    assert [one.name for one in cast().members(("primary", "ana", "ben", "ben"), (), START)] == ["ana", "ben"]


def test_a_broadcast_list_that_names_itself_ends():
    assert [one.name for one in cast().members(("broadcast",), ("broadcast", "ben"), START)] == ["ben"]


def test_the_broadcast_goes_to_all_there_are_when_its_list_stands_for_nobody():
    plan = policy(broadcast=("gone",))
    assert len(cast().broadcast_members(plan, START)) == 5


def test_the_last_broadcast_pause_repeats():
    plan = EscalationPolicy("emergency", ())
    assert [plan.broadcast_pause(count) for count in (1, 2, 3, 4)] == [minutes(10), minutes(30), minutes(60), minutes(60)]


def test_default_levels_cover_everybody_in_three_fallbacks():
    levels = default_levels(("primary",), ("ana", "ben", "cem", "dora", "eva"))
    assert [(level.at, level.targets) for level in levels] == [
        (minutes(0), ("primary",)),
        (minutes(2), ("primary",)),
        (minutes(5), ("ana", "dora")),
        (minutes(10), ("ben", "eva")),
        (minutes(15), ("cem",)),
    ]
    assert [level.again for level in levels] == [False, True, False, False, False]


def test_default_levels_prefer_the_other_rotas():
    levels = default_levels(("primary", "secondary", "leads", "directors", "board"), ("ana",))
    assert [level.targets for level in levels[2:]] == [("secondary",), ("leads",), ("directors",)]


def test_two_contacts_in_one_failure_domain_are_one():
    twice = Person("ana", "Ana", (ContactMethod("a", "email", failure_domain="mail"), ContactMethod("b", "email", failure_domain="mail")))
    assert single_point_of_failure(twice) == "every contact method depends on mail"
    assert single_point_of_failure(person("ana", mail=Medium.MAIL)) == "one contact method only"
    assert single_point_of_failure(person("ana")) == ""
    assert single_point_of_failure(replace(person("team", mail=Medium.MAIL), human=False)) == ""


def test_a_rota_with_nobody_or_nobody_reachable_is_uncovered():
    empty = replace(rota("primary", "ana"), away=(Away("ana", START, START + timedelta(days=1)),))
    mute = (Person("ana", "Ana", ()),)
    assert uncovered_rotas(cast(empty), START) == ("primary",)
    assert uncovered_rotas(cast(people=mute), START) == ("primary",)
    assert uncovered_rotas(cast(), START) == ()


@pytest.mark.parametrize(
    "address", ["oncall@example.com", "https://ntfy.example.org/team", "https://Example.net:8443", ["a@b.test", "b@example.com"]]
)
def test_an_address_of_the_examples_reaches_nobody(address):
    assert reaches_nobody(ContactMethod("one", "any", {"priority": 5, "to": address}))


@pytest.mark.parametrize("address", ["ana@notexample.com", "ana@example.com.wise.test", "https://wise.test/example.com.html"])
def test_an_address_that_only_looks_like_an_example_may_reach_somebody(address):
    assert not reaches_nobody(ContactMethod("one", "any", {"to": address}))
