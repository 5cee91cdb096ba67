"""Checksums beside files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tagma.util.checksums import verify_checksum, write_checksum


def test_format(tmp_path: Path) -> None:
    """The sum is written as `sha256sum` does."""
    (tmp_path / "model").write_bytes(b"abc")
    write_checksum(tmp_path / "model")
    expected = f"{hashlib.sha256(b'abc').hexdigest()}  model\n"
    assert (tmp_path / "model.sha256").read_text() == expected


def test_equal_and_unknown_files_pass(tmp_path: Path) -> None:
    """What was written passes, and so does a file that has no sum."""
    file = tmp_path / "model"
    verify_checksum(file, b"anything")
    file.write_bytes(b"abc")
    write_checksum(file)
    verify_checksum(file, b"abc")


@pytest.mark.parametrize("data", [b"", b"ab", b"abd", b"abcd"])
def test_other_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    """Any other content is E4023 with the path, the size and the way out."""
    file = tmp_path / "model"
    file.write_bytes(b"abc")
    write_checksum(file)
    with pytest.raises(ValueError, match=rf"\[E4023\].*model \({len(data)} bytes\).*delete model\.sha256") as error:
        verify_checksum(file, data)
    assert str(file) in str(error.value)


def test_a_damaged_sum_is_a_difference(tmp_path: Path) -> None:
    """An empty or garbled sum file does not let anything pass."""
    file = tmp_path / "model"
    for garbled in (b"", b"\xff\x00"):
        (tmp_path / "model.sha256").write_bytes(garbled)
        with pytest.raises(ValueError, match="E4023"):
            verify_checksum(file, b"abc")
