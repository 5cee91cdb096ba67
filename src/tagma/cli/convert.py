"""tagma convert: files in other formats to the `.spacy` files that training reads."""

import gzip
import json
import lzma
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._util import Arg, Opt, Printer, app, example, existing_path, walk_directory, write_beside

# Function names in tagma.training.converters, by the name of the format, which is also the ending of its files.
CONVERTERS = {
    "conllubio": "conllu_to_docs",
    "conllu": "conllu_to_docs",
    "conll": "conll_ner_to_docs",
    "ner": "conll_ner_to_docs",
    "iob": "iob_to_docs",
    "json": "json_to_docs",
}
COMPRESSED: dict[str, Any] = {".xz": lzma.open, ".gz": gzip.open}
AUTO = "auto"

INSPECTED = 20  # lines that tell the formats iob and ner apart


class FileTypes(StrEnum):
    json = "json"
    spacy = "spacy"


@app.command("convert", epilog=example("tagma convert data/ewt/en_ewt-ud-dev.conllu.xz ./corpus --n-sents 10"))
def convert_cli(
    input_path: Annotated[
        Path, Arg(help="File, also .xz or .gz, or folder.", callback=existing_path, show_default=False)
    ],
    output_dir: Annotated[Path, Arg(help="Folder to write to; '-' prints JSON.")] = Path("-"),
    file_type: Annotated[FileTypes, Opt("--file-type", "-t", help="What to write.")] = FileTypes.spacy,
    n_sents: Annotated[int, Opt("--n-sents", "-n", help="Sentences in a document; 0 keeps them together.")] = 1,
    seg_sents: Annotated[bool, Opt("--seg-sents", "-s", help="Find sentences (conll, ner).")] = False,
    model: Annotated[
        str | None, Opt("--model", "--base", "-b", help="Pipeline that finds the sentences and gives the vocabulary.")
    ] = None,
    morphology: Annotated[bool, Opt("--morphology", "-m", help="Append the features to the tag (conllu).")] = False,
    merge_subtokens: Annotated[
        bool, Opt("--merge-subtokens", "-T", help="Make one token of a multiword token (conllu).")
    ] = False,
    converter: Annotated[
        str, Opt("--converter", "-c", help=f"Format: {', '.join(CONVERTERS)}; auto goes by the ending.")
    ] = AUTO,
    ner_map: Annotated[
        Path | None,
        Opt("--ner-map", "-nm", help='JSON file {"old label": "new label"}; "" drops one.', callback=existing_path),
    ] = None,
    lang: Annotated[str | None, Opt("--lang", "-l", help="Language, for converters that tokenize.")] = None,
    concatenate: Annotated[bool, Opt("--concatenate", "-C", help="One output for the whole folder.")] = False,
) -> None:
    """Convert corpora for training: CoNLL-U and other formats to .spacy (or .json)."""
    silent = str(output_dir) == "-"
    convert(
        input_path,
        output_dir,
        file_type=file_type.value,
        n_sents=n_sents,
        seg_sents=seg_sents,
        model=model,
        morphology=morphology,
        merge_subtokens=merge_subtokens,
        converter=converter,
        ner_map=ner_map,
        lang=lang,
        concatenate=concatenate,
        silent=silent,
        msg=Printer(silent=silent),
    )


def convert(
    input_path: Path,
    output_dir: str | Path,
    *,
    file_type: str = "json",
    n_sents: int = 1,
    seg_sents: bool = False,
    model: str | None = None,
    morphology: bool = False,
    merge_subtokens: bool = False,
    converter: str = AUTO,
    ner_map: Path | None = None,
    lang: str | None = None,
    concatenate: bool = False,
    silent: bool = True,
    msg: Printer | None = None,
) -> None:
    """Convert a file, or each file of a folder. Raises SystemExit(1) with the reason for wrong paths and formats,
    ValueError with file and line for a file that is not in its format.
    """
    import tagma.training.converters as converters

    msg = msg or Printer(silent=silent)
    input_path = Path(input_path)
    files = _input_files(input_path, converter, msg)
    converter = _choose_converter(files, converter, msg)
    _check(input_path, output_dir, file_type, ner_map, msg)
    to_docs = getattr(converters, CONVERTERS[converter])
    settings = {
        "n_sents": n_sents,
        "seg_sents": seg_sents,
        "append_morphology": morphology,
        "merge_subtokens": merge_subtokens,
        "model": model,
        "no_print": silent,
        "ner_map": json.loads(Path(ner_map).read_text(encoding="utf8")) if ner_map else None,
        "lang": lang,
    }
    together: list[Any] = []
    for path in files:
        text = _read(path)
        if converter in ("ner", "iob"):
            converter = _look_inside(text, converter, msg)
            to_docs = getattr(converters, CONVERTERS[converter])
        try:
            docs = list(to_docs(text, **settings))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if concatenate:
            together += docs
        else:
            _write(docs, output_dir, _relative(path, input_path), file_type, msg)
    if concatenate:
        _write(together, output_dir, Path(input_path.name), file_type, msg)


def _input_files(input_path: Path, converter: str, msg: Printer) -> list[Path]:
    if not input_path.exists():
        msg.fail_and_exit("Input file or folder not found", str(input_path))
    files = walk_directory(input_path)
    if input_path.is_dir() and converter != AUTO:
        files = [path for path in files if _ending(path).endswith(converter)]
    if not files:
        msg.fail_and_exit("No input files found", f"{input_path} (format: {converter})")
    return files


def _choose_converter(files: list[Path], converter: str, msg: Printer) -> str:
    endings = sorted({_ending(path) for path in files})
    if converter == AUTO:
        if len(endings) > 1:
            msg.fail_and_exit("The files have several endings; choose one with --converter.", ", ".join(endings))
        converter = endings[0]
    if converter not in CONVERTERS:
        msg.fail_and_exit(f"No converter for {converter!r}", f"Choose one with --converter: {', '.join(CONVERTERS)}.")
    return converter


def _check(input_path: Path, output_dir: str | Path, file_type: str, ner_map: Path | None, msg: Printer) -> None:
    if file_type not in FileTypes.__members__:
        msg.fail_and_exit(f"Unknown file type {file_type!r}", f"Choose one of: {', '.join(FileTypes.__members__)}.")
    if str(output_dir) == "-":
        if file_type == "spacy":
            message = "Files of type .spacy are not text and cannot be printed."
            Printer().fail_and_exit(message, "Give a folder to write to, or choose --file-type json.")
    elif not Path(output_dir).exists():
        msg.fail_and_exit("Output folder not found", str(output_dir))
    if ner_map is not None and not Path(ner_map).exists():
        msg.fail_and_exit("Label map not found", str(ner_map))


def _ending(path: Path) -> str:
    """`conllu`, for `a.conllu` and for `a.conllu.xz`."""
    return (path.with_suffix("") if path.suffix in COMPRESSED else path).suffix[1:]


def _relative(path: Path, input_path: Path) -> Path:
    relative = path.relative_to(input_path) if input_path.is_dir() else Path(path.name)
    return relative.with_suffix("") if relative.suffix in COMPRESSED else relative


def _read(path: Path) -> str:
    try:
        if path.suffix in COMPRESSED:
            with COMPRESSED[path.suffix](path, "rt", encoding="utf8") as file:
                return str(file.read())
        return path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: byte {error.start}") from error


def _look_inside(text: str, converter: str, msg: Printer) -> str:
    """`iob` (a sentence in each line) or `ner` (a token in each line), whichever the first lines are."""
    formats = {name for line in text.split("\n", INSPECTED)[:INSPECTED] for name in _formats(line.split())}
    if len(formats) != 1:
        msg.warn("Cannot tell whether a line is a token or a sentence.", f"Going by the format: {converter}")
        return converter
    [found] = formats
    msg.info(f"A {'sentence' if found == 'iob' else 'token'} in each line: format {found}")
    return found


def _formats(columns: list[str]) -> Iterator[str]:
    """What a line with these columns can be: word|tag somewhere, or words with a tag in the last column."""
    if any(word and _is_entity_tag(tag) for word, _, tag in (column.rpartition("|") for column in columns)):
        yield "iob"
    if len(columns) > 1 and _is_entity_tag(columns[-1]):
        yield "ner"


def _is_entity_tag(text: str) -> bool:
    return text == "O" or (text.startswith(("B-", "I-")) and len(text) > 2)


def _write(docs: list[Any], output_dir: str | Path, relative: Path, file_type: str, msg: Printer) -> None:
    from tagma.tokens import DocBin
    from tagma.training import docs_to_json

    if file_type == "json":
        data = json.dumps([docs_to_json(docs)] if docs else [], indent=2, ensure_ascii=False).encode("utf8")
        count = 1
    else:
        data = DocBin(docs=docs, store_user_data=True).to_bytes()
        count = len(docs)
    if str(output_dir) == "-":
        print(data.decode("utf8"))
        return
    path = (Path(output_dir) / relative).with_suffix(f".{file_type}")
    write_beside(path, data)
    if not docs:
        msg.warn("No sentences found: the output is empty.", str(path))
    else:
        msg.good(f"Generated output file ({count} document{'s' * (count != 1)}): {path}")
