"""JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import srsly
from hypothesis import given
from hypothesis import strategies as st

from tagma.util.json_text import parse_json, read_json

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(width=16, allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=VALUES)
def test_what_srsly_writes_is_read(value: Any) -> None:
    """Values come back from what this library and the peer save."""
    text = srsly.json_dumps(value)
    assert parse_json(text) == parse_json(text.encode("utf8")) == srsly.json_loads(text)


@pytest.mark.parametrize("data", [b"", b"{", b"{} x", b'"\xff"', b"[" * 100_000])
def test_no_json(data: bytes, tmp_path: Path) -> None:
    """Whatever is wrong is a ValueError."""
    with pytest.raises(ValueError, match=r"line 1|codec|too deep"):
        parse_json(data)
    with pytest.raises(ValueError, match="not int"):
        parse_json(2**63)  # type: ignore[arg-type]
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ValueError, match=r"line 1|codec|too deep"):
        read_json(tmp_path / "file")
