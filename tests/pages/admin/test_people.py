"""The pages of people, for admins: what they ask, refuse and tell."""

from tests.pages.reading import page
from tests.world import World


def test_an_unknown_successor_is_told_beside_the_field(world: World) -> None:
    user_id = world.person(world.user()).user_id
    browser = world.browser(world.user(admin=True))
    answer = browser.submit(f"/admin/people/{user_id}/deactivate", successor="no@example.test")
    assert answer.status_code == 400
    error = page(answer).the("p", id="successor-error").text
    assert error == "Nobody signs in with this e-mail yet: an admin can invite them."
