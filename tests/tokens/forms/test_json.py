"""Docs as JSON."""

import json

import pytest

from tagma.tokens import Doc, Span


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
