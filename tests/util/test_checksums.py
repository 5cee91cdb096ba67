"""Checksums of saved models: inside of them, or in a file beside."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import srsly

from tagma.nn import Linear
from tagma.util.checksums import signed, sum_beside, verify, verify_beside

MODEL = Linear(2, 3).initialize().to_bytes()
SIGNED = b"".join(signed(MODEL))


def test_layout() -> None:
    """The digest of the model's own bytes is a fifth key, the last, of a map whose first four are those bytes."""
    message = srsly.msgpack_loads(SIGNED)
    digest = hashlib.sha256(MODEL).digest()
    assert list(message) == ["nodes", "attrs", "params", "shims", "tagma"]
    assert message["tagma"] == {"algorithm": "sha256", "digest": digest}
    assert SIGNED[1 : len(MODEL)] == MODEL[1:]


def test_a_model_reads_what_is_signed() -> None:
    """The fifth key is passed over: the same model comes back."""
    assert Linear(2, 3).from_bytes(SIGNED).to_bytes() == MODEL
    assert Linear(2, 3).can_from_bytes(SIGNED)


def test_what_is_no_model_stays() -> None:
    """Bytes of another kind are not signed."""
    assert signed(b"\x93abc") == (b"\x93abc",)


def test_what_is_checked() -> None:
    """What was signed passes; what was not is neither right nor wrong."""
    assert verify(SIGNED, "it")
    assert not verify(MODEL, "it")
    assert not verify(b"", "it")


@pytest.mark.parametrize("place", range(1, len(SIGNED), 7))
def test_any_changed_byte_is_found(place: int) -> None:
    """Wherever one bit changes, also in the checksum itself, it is E4023 with name and size."""
    changed = SIGNED[:place] + bytes([SIGNED[place] ^ 4]) + SIGNED[place + 1 :]
    with pytest.raises(ValueError, match=rf"\[E4023\] the thing \({len(SIGNED)} bytes\).*inside"):
        verify(changed, "the thing")


def test_a_changed_outline_is_found() -> None:
    """Five keys said to be four are no document; a cut one is E4023, however short."""
    with pytest.raises(ValueError, match="MessagePack"):
        Linear(2, 3).from_bytes(b"\x84" + SIGNED[1:])
    for size in (1, 20, len(SIGNED) - 1):
        with pytest.raises(ValueError, match="E4023"):
            verify(SIGNED[:size], "it")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with its sum beside it, as `sha256sum` writes it."""
    path = tmp_path / "model"
    path.write_bytes(b"abc")
    sum_beside(path).write_text(f"{hashlib.sha256(b'abc').hexdigest()}  model\n")
    return path


def test_sum_beside(file: Path) -> None:
    """What was written passes, and so does a file that has no sum."""
    verify_beside(file, b"abc")
    verify_beside(file.with_name("other"), b"anything")


@pytest.mark.parametrize("data", [b"", b"ab", b"abd", b"abcd"])
def test_other_bytes_are_refused(file: Path, data: bytes) -> None:
    """Any other content is E4023 with the path, the size and the way out."""
    with pytest.raises(ValueError, match=rf"\[E4023\].*model \({len(data)} bytes\).*delete model\.sha256") as error:
        verify_beside(file, data)
    assert str(file) in str(error.value)


def test_a_damaged_sum_is_a_difference(file: Path) -> None:
    """An empty or garbled sum file does not let anything pass."""
    for garbled in (b"", b"\xff\x00"):
        sum_beside(file).write_bytes(garbled)
        with pytest.raises(ValueError, match="E4023"):
            verify_beside(file, b"abc")
