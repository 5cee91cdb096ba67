"""Saving and loading a pipeline: a folder with config.cfg, meta.json, vocab, tokenizer and one entry a component."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.paths import replace_dir
from tagma.serialize import from_bytes as read_bytes
from tagma.serialize import from_disk as read_disk
from tagma.serialize import to_bytes as write_bytes

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["from_bytes", "from_disk", "to_bytes", "to_disk"]


def to_disk(nlp: Language, path: Path, exclude: list[str]) -> None:
    """Write everything into a new folder beside `path`, then put it in place."""
    import srsly

    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path} is a file; give the path of a folder to save the pipeline to")
    with replace_dir(path) as folder:
        if "tokenizer" not in exclude and hasattr(nlp.tokenizer, "to_disk"):
            nlp.tokenizer.to_disk(folder / "tokenizer", exclude=["vocab"])
        if "meta.json" not in exclude:
            srsly.write_json(folder / "meta.json", nlp.meta)
        if "config.cfg" not in exclude:
            nlp.config.to_disk(folder / "config.cfg", interpolate=False)
        for name, proc in nlp._components:
            if name not in exclude and hasattr(proc, "to_disk"):
                proc.to_disk(folder / name, exclude=["vocab"])
        if "vocab" not in exclude:
            nlp.vocab.to_disk(folder / "vocab")


def from_disk(nlp: Language, path: Path, exclude: list[str], overrides: dict[str, Any]) -> Language:
    """Read config, meta data, vocabulary, tokenizer and components, in this order."""
    import srsly

    if not path.is_dir():
        raise OSError(Errors.E052.format(path=path))

    def read_config(file: Path) -> None:
        from tagma.language import SECTION_ORDER
        from tagma.nn import Config

        if file.exists():
            nlp.config = Config(section_order=SECTION_ORDER).from_disk(file, interpolate=False, overrides=overrides)

    def read_meta(file: Path) -> None:
        if not file.exists():
            return
        data = srsly.read_json(file)
        nlp.meta.update(data)
        nlp.vocab.vectors.name = data.get("vectors", {}).get("name")

    def read_vocab(folder: Path) -> None:
        if folder.exists():
            nlp.vocab.from_disk(folder, exclude=exclude)

    readers: dict[str, Callable[[Path], Any]] = {"config.cfg": read_config, "meta.json": read_meta, "vocab": read_vocab}
    if hasattr(nlp.tokenizer, "from_disk"):
        readers["tokenizer"] = lambda file: nlp.tokenizer.from_disk(file, exclude=["vocab"])
    for name, proc in nlp._components:
        if hasattr(proc, "from_disk"):
            readers[name] = lambda folder, proc=proc: proc.from_disk(folder, exclude=["vocab"])
    if not (path / "vocab").exists() and "vocab" not in exclude:
        exclude = [*exclude, "vocab"]
    read_disk(path, readers, exclude)
    nlp._path = path
    nlp._link_components()
    return nlp


def to_bytes(nlp: Language, exclude: list[str]) -> bytes:
    """A msgpack map with the same names as the files of the folder."""
    import srsly

    getters: dict[str, Callable[[], Any]] = {
        "vocab": nlp.vocab.to_bytes,
        "meta.json": lambda: srsly.json_dumps(nlp.meta),
        "config.cfg": lambda: nlp.config.to_bytes(interpolate=False),
    }
    if hasattr(nlp.tokenizer, "to_bytes"):
        getters["tokenizer"] = lambda: nlp.tokenizer.to_bytes(exclude=["vocab"])
    for name, proc in nlp._components:
        if hasattr(proc, "to_bytes"):
            getters[name] = lambda proc=proc: proc.to_bytes(exclude=["vocab"])
    return write_bytes(getters, exclude)


def from_bytes(nlp: Language, data: bytes, exclude: list[str]) -> Language:
    """Read what `to_bytes` wrote."""
    import srsly

    def read_config(text: bytes) -> None:
        from tagma.language import SECTION_ORDER
        from tagma.nn import Config

        nlp.config = Config(section_order=SECTION_ORDER).from_bytes(text, interpolate=False)

    def read_meta(text: str) -> None:
        meta = srsly.json_loads(text)
        nlp.meta.update(meta)
        nlp.vocab.vectors.name = meta.get("vectors", {}).get("name")

    setters: dict[str, Callable[[Any], Any]] = {
        "config.cfg": read_config,
        "meta.json": read_meta,
        "vocab": lambda part: nlp.vocab.from_bytes(part, exclude=exclude),
    }
    if hasattr(nlp.tokenizer, "from_bytes"):
        setters["tokenizer"] = lambda part: nlp.tokenizer.from_bytes(part, exclude=["vocab"])
    for name, proc in nlp._components:
        if hasattr(proc, "from_bytes"):
            setters[name] = lambda part, proc=proc: proc.from_bytes(part, exclude=["vocab"])
    read_bytes(data, setters, exclude)
    nlp._link_components()
    return nlp
