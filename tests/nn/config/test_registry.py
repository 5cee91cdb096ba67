"""The face of the config room; most of what registries do is tested in tests/test_registry.py."""

from __future__ import annotations

import subprocess
import sys

import catalogue
import pytest

from tagma.nn.config import ConfigValidationError, registry


def test_importing_reads_no_config() -> None:
    """The registries, and the door to them, need neither confection nor pydantic nor catalogue."""
    code = (
        "import sys; from tagma.nn.config import Registry, registry, suggest; registry.layers\n"
        "print([name for name in ('confection', 'pydantic', 'catalogue') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_promises() -> None:
    """A block names exactly one function; its arguments come apart in positional and named ones."""
    block = {"@layers": "chain.v1", "*": {"a": 1, "b": 2}, "x": 3}
    assert registry.is_promise(block)
    assert not registry.is_promise({"x": 3})
    assert registry.get_constructor(block) == ("layers", "chain.v1")
    assert registry.parse_args(block) == ([1, 2], {"x": 3})
    with pytest.raises(ConfigValidationError, match="one registered function"):
        registry.get_constructor({**block, "@losses": "x"})


def test_registries_of_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that somebody made with catalogue itself is asked like the others."""
    made = catalogue.create("tagma_tests", "colours")
    monkeypatch.setattr(registry, "colours", made, raising=False)
    try:
        made.register("red", func=len)
        assert registry.get("colours", "red") is len
        with pytest.raises(ValueError, match=r"\[E893\] No function 'rde' in .*'colours'; did you mean 'red'"):
            registry.get("colours", "rde")
    finally:
        catalogue.REGISTRY.pop(("tagma_tests", "colours", "red"), None)
