"""What the pages say of an action and of a refusal, and where its button goes."""

import pytest

from app.api.admin import statuses as admin
from app.api.v2 import statuses as v2
from app.lifecycle import EDGES, Action, Edge, Reason, Refusal, RefusalCode, Slots
from app.models import Status
from app.pages.actions.words import WORDS, Endpoint
from app.pages.common.words import refusal_words

OFFERS = {
    Endpoint.V2: list(v2.OFFERS.values()),
    Endpoint.ADMIN: list(admin.OFFERS.values()),
}
OF_STATUSES = [edge for edge in EDGES if not edge.decides]
BY_STATUS = [each for each in OF_STATUSES if each.action is not Action.UNREDRAFT]


def test_each_action_has_words_of_its_own() -> None:
    assert set(WORDS) == set(Action)


@pytest.mark.parametrize("edge", BY_STATUS, ids=lambda edge: edge.action)
def test_the_endpoint_of_a_button_offers_its_action(edge: Edge) -> None:
    offered = [
        offer.actions.get(edge.origin)
        for offer in OFFERS[WORDS[edge.action].endpoint]
        if offer.target is edge.target
    ]
    assert offered == [edge.action]


def test_what_decides_or_decides_again_goes_where_actions_are_taken_by_their_names() -> None:
    taken = {action for action, words in WORDS.items() if words.endpoint is Endpoint.ACTION}
    assert taken == {edge.action for edge in EDGES if edge.decides} | {Action.UNREDRAFT}


def test_no_two_actions_lead_from_the_same_status_to_the_same() -> None:
    pairs = {(edge.origin, edge.target) for edge in OF_STATUSES}
    assert len(pairs) == len(OF_STATUSES)


# Those with numbers and no word of a status are said as the rules say them.
SAID_AS_THEY_ARE = {Reason.TRAFFIC_NOT_HIGHER}


@pytest.mark.parametrize("reason", sorted(set(Reason) - SAID_AS_THEY_ARE))
def test_each_reason_has_a_sentence_in_the_words_of_the_pages(reason: Reason) -> None:
    told = Refusal(
        RefusalCode.INVALID_TRANSITION,
        reason,
        "",
        slots=Slots("Sandbox", 2, 2, ()),
        status=Status.RUNNING,
    )
    sentence = refusal_words.sentence(told)
    assert sentence
    assert not {"running", "stopped"} & set(sentence.lower().replace(".", " ").split())
