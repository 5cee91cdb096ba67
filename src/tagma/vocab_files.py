"""How a Vocab is saved: strings, vectors and lookups, in a folder or as bytes; and its pickle.

For the methods of `Vocab` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.strings import StringStore
from tagma.util.serialize import Part, Parts, part_of

if TYPE_CHECKING:
    from tagma.vocab import Vocab


def parts(vocab: Vocab) -> Parts:
    """What is saved, by the names that `exclude` knows."""
    store = vocab.strings
    return Parts(
        strings=Part(
            to_bytes=lambda: store.to_bytes().decode("utf8"),
            from_bytes=store.from_bytes,
            to_disk=lambda file: store.to_disk(file.with_suffix(".json")),
            from_disk=lambda file: store.from_disk(file.with_suffix(".json")),
        ),
        vectors=_beside(part_of(vocab.vectors, optional=True, exclude=["strings"])),
        lookups=_beside(part_of(vocab.lookups)),
    )


def add_strings(store: StringStore, saved: Iterable[str]) -> None:
    """Add the texts of a saved store. What Docs and components already use stays known."""
    for string in saved:
        store.add(string, allow_transient=False)


def _beside(part: Part) -> Part:
    """The part, with its files in the folder of the others and not below its name."""
    return part._replace(to_disk=_one_up(part.to_disk), from_disk=_one_up(part.from_disk))


def _one_up(form: Callable[[Path], Any] | None) -> Callable[[Path], Any] | None:
    return None if form is None else lambda file: form(file.parent)


def pickled(vocab: Vocab) -> tuple[Any, ...]:
    """What `__reduce__` returns. Functions go through cloudpickle, so that those of a script can be pickled, too."""
    import srsly

    functions = srsly.pickle_dumps((vocab.lex_attr_getters, vocab.get_noun_chunks))
    state = (vocab.to_bytes(), functions, vocab.cfg, vocab.writing_system, vocab.vectors)
    return _unpickled, (type(vocab), *state)


def _unpickled(
    cls: type[Vocab], data: bytes, functions: bytes, cfg: dict[str, Any], writing_system: Any, vectors: Any
) -> Vocab:
    import srsly

    getters, get_noun_chunks = srsly.pickle_loads(functions)
    vocab = cls(lex_attr_getters=getters, writing_system=writing_system, get_noun_chunks=get_noun_chunks)
    vocab.cfg.update(cfg)
    vocab.from_bytes(data, exclude=["vectors"])
    vocab.vectors = vectors
    return vocab
