"""What operations may be refused with: one answer for each status, with its codes.

Those that most operations have in common are kept once, and referred to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.api.openapi import headers, schemas, texts
from app.api.openapi.descriptions import ContractDescription, Description, Fault
from app.api.openapi.schemas import JsonSchema, Part

Codes = Mapping[int, frozenset[str]]


def of(each: Description, shape: JsonSchema, answer: JsonSchema) -> Part:
    """Return what an operation may be refused with, by status; `shape` is that of its errors.

    A status by which it says itself that nothing was done may have its own `answer` instead.
    """
    codes = _codes(each.contract, each.all_faults)
    usual = _codes(each.contract, each.usual_faults)
    found: Part = {}
    for status in sorted(codes):
        own = _answer(each.contract, status, codes[status], shape)
        if status in each.answer.statuses:
            own["content"] = schemas.as_json(
                {"anyOf": [answer, _narrowed(each.contract, codes[status], shape)]}
            )
        elif usual.get(status) == codes[status]:
            own = {"$ref": f"#/components/responses/{_name(status, shape)}"}
        found[str(status)] = own
    return found


def shared(operations: Iterable[tuple[Description, JsonSchema]]) -> Part:
    """Return the answers that are referred to, by their names."""
    found: Part = {}
    for each, shape in operations:
        for status, codes in _codes(each.contract, each.usual_faults).items():
            found[_name(status, shape)] = _answer(each.contract, status, codes, shape)
    return dict(sorted(found.items()))


def _name(status: int, shape: JsonSchema) -> str:
    return f"{schemas.name_in(shape)}{status}"


def _codes(contract: ContractDescription, faults: Iterable[Fault]) -> Codes:
    codes: dict[int, set[str]] = defaultdict(set)
    for status, code in map(contract.worded, faults):
        codes[status].update({code} - {""})
    return {status: frozenset(each) for status, each in codes.items()}


def _narrowed(contract: ContractDescription, codes: Iterable[str], shape: JsonSchema) -> JsonSchema:
    known = sorted(codes)
    if not known:
        return shape
    return {"allOf": [shape], "properties": {contract.code_member: {"enum": known}}}


def _answer(
    contract: ContractDescription, status: int, codes: Iterable[str], shape: JsonSchema
) -> Part:
    return {
        "description": texts.ERRORS[status],
        **headers.beside((*headers.OF_ERRORS.get(status, ()), *contract.answer_headers)),
        "content": schemas.as_json(_narrowed(contract, codes, shape)),
    }
