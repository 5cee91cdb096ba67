"""Pipelines in folders and as bytes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from tagma.errors import Errors
from tagma.language_state import Names
from tagma.language_training import WithTraining
from tagma.loading import CONFIG_SECTION_ORDER, load_config
from tagma.nn.config import Config
from tagma.objects import plain_numbers
from tagma.paths import replace_dir
from tagma.serialize import from_bytes, from_disk, to_bytes, to_disk

__all__ = ["WithFiles"]


class WithFiles(WithTraining):
    """A pipeline that can be saved and loaded."""

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the pipeline into a folder, completely or not at all; `exclude` names components or files."""
        writers: dict[str, Callable[[Path], Any]] = {}
        writers["tokenizer"] = lambda file: self.tokenizer.to_disk(file, exclude=["vocab"])
        writers["meta.json"] = lambda file: _write_json(file, _for_json(self.meta))
        writers["config.cfg"] = lambda file: self.config.to_disk(file, interpolate=False)
        for name, proc in self._components:
            if hasattr(proc, "to_disk"):
                writers[name] = functools.partial(proc.to_disk, exclude=["vocab"])
        writers["vocab"] = lambda folder: self.vocab.to_disk(folder)
        with replace_dir(path) as folder:
            to_disk(folder, writers, _names(exclude))

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: Names = (),
        overrides: dict[str, Any] = {},  # noqa: B006 - never changed
    ) -> Self:
        """Load data into a pipeline with the same components; `exclude` names components or files.

        overrides    dotted settings in place of those of the saved config
        """
        path = Path(path)
        if not path.exists():
            raise OSError(Errors.E052.format(path=path))
        readers: dict[str, Callable[[Path], Any]] = {}
        readers["config.cfg"] = lambda file: self._read_config(file, overrides)
        readers["meta.json"] = self._read_meta
        excluded = _names(exclude)
        readers["vocab"] = lambda folder: self._read_vocab(folder, excluded)
        readers["tokenizer"] = lambda file: self.tokenizer.from_disk(file, exclude=["vocab"])
        for name, proc in self._components:
            if hasattr(proc, "from_disk"):
                readers[name] = functools.partial(proc.from_disk, exclude=["vocab"])
        from_disk(path, readers, excluded if (path / "vocab").exists() else [*excluded, "vocab"])
        self._path = path
        self._link_components()
        return self

    def _read_config(self, file: Path, overrides: dict[str, Any]) -> None:
        if file.exists():
            self.config = load_config(file, overrides=overrides)

    def _read_meta(self, file: Path) -> None:
        import srsly

        if file.exists():
            meta = srsly.read_json(file)
            self.meta.update(meta)
            # The name is not part of the vectors' own files.
            self.vocab.vectors.name = meta.get("vectors", {}).get("name")

    def _read_vocab(self, folder: Path, exclude: list[str]) -> None:
        name = self.vocab.vectors.name
        self.vocab.from_disk(folder, exclude=exclude)
        self.vocab.vectors.name = name

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipeline as bytes; `exclude` names components or parts."""
        import srsly

        getters: dict[str, Callable[[], bytes]] = {}
        getters["vocab"] = lambda: self.vocab.to_bytes()
        getters["tokenizer"] = lambda: self.tokenizer.to_bytes(exclude=["vocab"])
        getters["meta.json"] = lambda: srsly.json_dumps(_for_json(self.meta))
        getters["config.cfg"] = lambda: self.config.to_str(interpolate=False).encode("utf8")
        for name, proc in self._components:
            if hasattr(proc, "to_bytes"):
                getters[name] = functools.partial(proc.to_bytes, exclude=["vocab"])
        return to_bytes(getters, _names(exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` gave into a pipeline with the same components."""
        import srsly

        def read_meta(data: Any) -> None:
            meta = srsly.json_loads(data)
            self.meta.update(meta)
            self.vocab.vectors.name = meta.get("vectors", {}).get("name")

        def read_config(data: Any) -> None:
            text = data.decode("utf8") if isinstance(data, bytes) else data
            self.config = Config(section_order=CONFIG_SECTION_ORDER).from_str(text, interpolate=False)

        setters: dict[str, Callable[[bytes], Any]] = {}
        setters["config.cfg"] = read_config
        setters["meta.json"] = read_meta
        setters["vocab"] = lambda data: self.vocab.from_bytes(data)
        setters["tokenizer"] = lambda data: self.tokenizer.from_bytes(data, exclude=["vocab"])
        for name, proc in self._components:
            if hasattr(proc, "from_bytes"):
                setters[name] = functools.partial(proc.from_bytes, exclude=["vocab"])
        from_bytes(bytes_data, setters, _names(exclude))
        self._link_components()
        return self


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain_numbers(meta).items() if not key.startswith("_")}


def _write_json(file: Path, value: Any) -> None:
    import srsly

    srsly.write_json(file, value)
