"""What bots send from pages: they see the page, and count nowhere."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from app.events import bots
from app.models import Experiment
from tests.events import audit
from tests.serving.site import COLLECT, Site, did, saw, towards

PERSONS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
]
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PAGE = {"Origin": "http://localhost"}


def sent(
    site: Site,
    experiment: Experiment,
    user_agent: str,
    origin: dict[str, str] = PAGE,
    **body: object,
) -> list[str]:
    """Have a page send that a visitor came and bought: why each event is dropped."""
    events = [saw(experiment, "visitor-1"), did("purchase", "visitor-1")]
    headers = {**site.headers, **origin, "User-Agent": user_agent}
    answer = site.client.post(COLLECT, json={"events": events, **body}, headers=headers)
    assert answer.status_code == 202
    assert answer.json
    return [each["reason"] for each in answer.json["dropped"]]


@pytest.fixture
def experiment(site: Site) -> Experiment:
    site.goal("purchase")
    return site.experiment(towards("purchase"))


def test_a_bot_sees_the_page_and_counts_nowhere(site: Site, experiment: Experiment) -> None:
    asked = site.ask(experiment, "visitor-1", headers={**site.headers, "User-Agent": GOOGLEBOT})
    assert asked.status_code == 200
    assert sent(site, experiment, GOOGLEBOT) == ["bot", "bot"]
    assert audit.exposed(site.world, experiment) == {}


@pytest.mark.parametrize("user_agent", [*PERSONS, ""])
def test_what_a_persons_browser_sends_is_counted(
    site: Site, experiment: Experiment, user_agent: str
) -> None:
    assert sent(site, experiment, user_agent) == []
    assert len(audit.exposed(site.world, experiment)) == 1


@pytest.mark.parametrize("origin", [PAGE, {}], ids=["from a page", "handed on by a program"])
def test_a_browser_that_says_that_a_program_leads_it_counts_nowhere(
    site: Site, experiment: Experiment, origin: dict[str, str]
) -> None:
    assert sent(site, experiment, PERSONS[0], origin, automated=True) == ["bot", "bot"]
    assert audit.exposed(site.world, experiment) == {}


def test_a_program_that_sends_for_visitors_is_no_bot(site: Site, experiment: Experiment) -> None:
    headers = {**site.headers, "User-Agent": "python-requests/2.32"}
    answer = site.send(saw(experiment, "visitor-1"), headers=headers)
    assert (answer.json or {})["accepted"] == 1


def test_the_list_knows_its_own_and_a_user_agent_without_end_is_looked_at_in_part() -> None:
    known = [each["instances"][0] for each in CRAWLER_USER_AGENTS_DATA if each["instances"]]
    unknown = [each for each in known if not bots.is_bot(each)]
    assert len(known) > 500
    assert unknown == []
    assert not bots.is_bot(f"{PERSONS[0]}{' ' * bots.LONGEST}Googlebot")
