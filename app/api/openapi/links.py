"""Links: which operations can be asked for with what another has made."""

from collections.abc import Iterable

from app.api.openapi.descriptions import PLACE, Description, name_of
from app.api.openapi.schemas import Part


def of(each: Description, others: Iterable[Description]) -> Part:
    """Return the member `links` of an answer that names what was made, and none of any other."""
    if each.gives is None:
        return {}
    name, member = each.gives
    given = {place: f"$request.path.{name_of(place)}" for place in PLACE.findall(each.rule)}
    given[name] = f"$response.body#/{member}"
    asked = {
        other.id: PLACE.findall(other.rule) for other in others if other.contract is each.contract
    }
    return {
        "links": {
            identity: {
                "operationId": identity,
                "parameters": {name_of(place): given[place] for place in places if place in given},
            }
            for identity, places in asked.items()
            if name in places
        }
    }
