"""tagma kb: a knowledge base from tables of entities and aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import example, existing_path
from tagma.cli._report import Printer
from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.kb.build import Built, Encodes
    from tagma.kb.tables import Row
    from tagma.nn.types import Floats2d

TABLES = "CSV, TSV, JSON Lines or Parquet."


class Format(StrEnum):
    """What is written: a folder for any number of entities, or one that is read into memory, here or in spaCy."""

    disk = "disk"
    memory = "memory"


@app.command(
    "kb",
    epilog=example("tagma kb entities.csv ./kb --aliases aliases.csv --vectors ./vectors"),
)
def kb_cli(
    entities: Annotated[
        Path,
        Arg(
            help=f"Table of entities: id, and name, aliases, description, freq, vector where known. {TABLES}",
            callback=existing_path,
            show_default=False,
        ),
    ],
    output_dir: Annotated[Path, Arg(help="Folder for the knowledge base.", file_okay=False, show_default=False)],
    aliases: Annotated[
        list[Path] | None,
        Opt("--aliases", "-a", help=f"Table of alias, entity, and prior or count; may be given often. {TABLES}"),
    ] = None,
    vectors: Annotated[
        str | None,
        Opt("--vectors", "-v", help="Pipeline with word vectors: an entity has the mean of its description's."),
    ] = None,
    width: Annotated[
        int, Opt("--width", "-w", min=1, help="Width of hashed vectors, where neither table nor pipeline has some.")
    ] = 64,
    columns: Annotated[
        str, Opt("--columns", "-c", help="Columns of a CSV of entities that has no line with their names.")
    ] = "",
    alias_columns: Annotated[str, Opt("--alias-columns", help="The same for CSVs of aliases.")] = "",
    trigrams: Annotated[
        bool, Opt("--trigrams", "-t", help="Index aliases, to find mentions that are written similarly.")
    ] = False,
    ignore_unknown: Annotated[
        bool, Opt("--ignore-unknown", "-U", help="Leave out aliases of entities that are not in the table.")
    ] = False,
    format: Annotated[
        Format, Opt("--format", "-F", help="disk: for any size, opened at once; memory: as spaCy has it.")
    ] = Format.disk,
) -> None:
    """Build a knowledge base for entity linking.

    An entity is called by its name, its aliases (a|b in a CSV) and those of the second table. Priors come from that
    table's prior or count, or else from freq. A config names the folder in
    [initialize.components.entity_linker.kb_loader], by @misc = "tagma.DiskKB.v1" and path, or, of the format memory, by
    "spacy.KBFromFile.v1" and kb_path.
    """
    built = kb(
        entities,
        output_dir,
        aliases=aliases or (),
        vectors=vectors,
        width=width,
        columns=_names(columns),
        alias_columns=_names(alias_columns),
        trigrams=trigrams,
        ignore_unknown=ignore_unknown,
        format=format.value,
        say=Printer().text,
    )
    msg = Printer()
    if built.unknown:
        msg.warn(f"Aliases of entities that are not in the table, left out: {built.unknown:,}")
    if not built.aliases:
        msg.warn(
            "There are no aliases, so that no mention will find an entity",
            "Give names in columns 'name' and 'aliases', or a second table (--aliases).",
        )
    if built.without_vector:
        msg.warn(
            f"Entities without a vector: {built.without_vector:,}",
            "Nothing tells them from others but their priors; give them a description or a vector.",
        )
    what = f"Entities: {built.entities:,}, aliases: {built.aliases:,}, width of vectors: {built.width}"
    msg.good(what, str(output_dir.resolve()))


def kb(
    entities: str | Path,
    output_dir: str | Path,
    *,
    aliases: Sequence[str | Path] = (),
    vectors: str | Path | None = None,
    width: int = 64,
    columns: Sequence[str] = (),
    alias_columns: Sequence[str] = (),
    trigrams: bool = False,
    ignore_unknown: bool = False,
    format: str = "disk",
    say: Callable[[str], Any] = lambda text: None,
) -> Built:
    """Build the knowledge base of tables in a folder. Arguments as in the command, errors as in `build_kb`."""
    from tempfile import TemporaryDirectory

    from tagma.kb.build import build_kb, to_memory
    from tagma.kb.disk import DiskKB
    from tagma.kb.tables import read_table
    from tagma.vocab import Vocab

    def rows() -> Iterator[Row]:
        return read_table(entities, columns)

    def build(folder: str | Path) -> Built:
        called = chain.from_iterable(read_table(path, alias_columns) for path in aliases)
        return build_kb(
            folder,
            rows(),
            called,
            encode=_encoder(vectors, width, rows),
            with_trigrams=trigrams,
            ignore_unknown=ignore_unknown,
            say=say,
        )

    if format == "disk":
        return build(output_dir)
    with TemporaryDirectory() as folder:
        built = build(folder)
        vocab = Vocab()
        to_memory(DiskKB(vocab, folder), vocab).to_disk(output_dir)
    return built


def _encoder(vectors: str | Path | None, width: int, rows: Callable[[], Iterator[Row]]) -> Encodes:
    """What makes vectors of descriptions: a pipeline's word vectors, or hashed directions of words."""
    from tagma.kb.build import HashedVectors

    if vectors is not None:
        return _PipelineVectors(vectors)
    if any(row.values.get("vector") for row, _ in zip(rows(), range(1), strict=False)):
        return HashedVectors(width)  # for entities without a vector, if the width is theirs
    return HashedVectors(width).learn(row.text("description") or row.text("name") for row in rows())


class _PipelineVectors:
    """The mean of the word vectors of a text. Raises ValueError E4497 for a pipeline without such."""

    def __init__(self, name: str | Path) -> None:
        from tagma.util import load_model

        self.nlp = load_model(name)
        self.width: int = self.nlp.vocab.vectors_length
        if not self.width:
            raise ValueError(Errors.E4497.format(place=f"the pipeline {name}"))

    def __call__(self, texts: Sequence[str]) -> Floats2d:
        import numpy as np

        return np.array([self.nlp.make_doc(text).vector for text in texts], dtype="float32")


def _names(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",") if name.strip()]
