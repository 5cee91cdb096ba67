"""Docs as JSON."""

import json
from typing import Any

import pytest

from tagma.schemas import DocJSONSchema
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


def test_json_round_trip(parsed: Doc) -> None:
    """from_json reads what to_json writes; partial annotation is E1040, other data E1038 with validation."""
    parsed.cats = {"x": 0.5}
    parsed.set_ents([Span(parsed, 0, 1, label="P")])
    parsed.spans["g"] = [Span(parsed, 0, 2, label="L", kb_id="K")]
    data = json.loads(json.dumps(parsed.to_json()))
    copy = Doc(parsed.vocab).from_json(data, validate=True)
    assert copy.to_json() == data
    del data["tokens"][0]["tag"]
    with pytest.raises(ValueError, match="E1040"):
        Doc(parsed.vocab).from_json(data)
    with pytest.raises(ValueError, match="E1038"):
        Doc(parsed.vocab).from_json({"text": 3}, validate=True)
    for other in ({"text": "a"}, {}, ["a"]):
        with pytest.raises(ValueError, match=r"E1038.* needed"):
            Doc(parsed.vocab).from_json(other)


TWO = {"text": "a b", "tokens": [{"id": 0, "start": 0, "end": 1}, {"id": 1, "start": 2, "end": 3}]}


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"text": "a  b", "tokens": [{"start": 0, "end": 1}, {"start": 3, "end": 4}]}, "E1038"),
        ({"text": " a", "tokens": [{"start": 1, "end": 2}]}, "E1038"),
        ({"text": "a", "tokens": [{"start": 0, "end": 1, "tag": 5}]}, "E1038"),
        ({"text": "a", "tokens": [{"start": 0}]}, "E1038"),
        ({**TWO, "spans": {"k": [5]}}, "E1038"),
        ({**TWO, "ents": {}}, "E1038"),
        ({**TWO, "underscore_token": {"x": [{"start": 0}]}}, "E1038"),
        ({"text": "a", "tokens": [{"start": 0, "end": 1, "head": 0}]}, "E1017"),
        ({"text": "a", "tokens": [{"start": 0, "end": 1, "pos": "NP"}]}, "E1021"),
        ({**TWO, "sents": [{"start": 1, "end": 3}]}, "E1039"),
        ({**TWO, "ents": [{"start": 0, "end": 2, "label": "X"}]}, "E1039"),
    ],
)
def test_bad_json(vocab: Vocab, data: dict[str, Any], code: str, validate: bool) -> None:
    """Nothing is lost silently, with or without validation."""
    with pytest.raises(ValueError, match=code):
        Doc(vocab).from_json(data, validate=validate)


def test_what_else_is_there_is_passed_over(vocab: Vocab) -> None:
    """Further keys say nothing; extensions that are not defined are."""
    doc = Doc(vocab).from_json({**TWO, "more": 5, "_": {"from_json_test": 1}}, validate=True)
    assert doc._.from_json_test == 1
    Doc.remove_extension("from_json_test")


def test_the_schema_knows_what_is_written(parsed: Doc) -> None:
    """`tagma.schemas.DocJSONSchema` takes what `to_json` gives, and refuses what `from_json` refuses."""
    parsed.cats = {"x": 0.5}
    parsed.spans["g"] = [Span(parsed, 0, 2, label="L")]
    DocJSONSchema(**parsed.to_json())
    with pytest.raises(ValueError, match="tokens"):
        DocJSONSchema.model_validate({"text": "a"})
