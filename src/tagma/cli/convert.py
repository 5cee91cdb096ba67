"""tagma convert: files in other formats to the `.spacy` files that training reads."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import example, existing_path, walk_directory, write_beside
from tagma.cli._report import Printer
from tagma.util.paths import COMPRESSED, check_place, read_text

# Function names in tagma.training.converters, by the name of the format, which is also the ending of its files.
CONVERTERS = {
    "conllubio": "conllu_to_docs",
    "conllu": "conllu_to_docs",
    "conll": "conll_ner_to_docs",
    "conll2012": "conll2012_to_docs",
    "ner": "conll_ner_to_docs",
    "iob": "iob_to_docs",
    "json": "json_to_docs",
}
# Options that a format looks at, beside --n-sents.
USED = {
    "conllubio": ("morphology", "merge_subtokens", "ner_map"),
    "conllu": ("morphology", "merge_subtokens", "ner_map"),
    "conll": ("seg_sents", "model"),
    "conll2012": ("model",),
    "ner": ("seg_sents", "model"),
    "iob": (),
    "json": ("model",),
}
AUTO = "auto"

INSPECTED = 20  # lines that tell the formats iob and ner apart


class FileTypes(StrEnum):
    json = "json"
    spacy = "spacy"


@app.command("convert", epilog=example("tagma convert data/ewt/en_ewt-ud-dev.conllu.xz . --n-sents 10"))
def convert_cli(
    input_path: Annotated[
        Path, Arg(help="File, also .xz or .gz, or folder.", callback=existing_path, show_default=False)
    ],
    output_dir: Annotated[Path, Arg(help="Folder to write to; '-' prints JSON.", file_okay=False)] = Path("-"),
    file_type: Annotated[FileTypes, Opt("--file-type", "-t", help="What to write.")] = FileTypes.spacy,
    n_sents: Annotated[int, Opt("--n-sents", "-n", min=0, help="Sentences in a document; 0 keeps them together.")] = 1,
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
    """Convert a file, or each file of a folder, to files in an existing folder.

    Raises SystemExit(1) with the reason for wrong paths and formats, and for a folder some of whose files are not in
    their format, when the others are written; ValueError with file and line for a single file.
    """
    import tagma.training.converters as converters

    msg = msg or Printer(silent=silent)
    input_path = Path(input_path)
    files = _input_files(input_path, converter, msg)
    converter = _choose_converter(files, converter, msg)
    _check(output_dir, file_type, ner_map, msg)
    given: dict[str, Any] = {"seg_sents": seg_sents, "model": model, "morphology": morphology}
    given |= {"merge_subtokens": merge_subtokens, "ner_map": ner_map, "lang": lang}
    _warn_of_unused([name for name, value in given.items() if value], converter, msg)
    to_docs = getattr(converters, CONVERTERS[converter])
    settings = {
        "n_sents": n_sents,
        "seg_sents": seg_sents,
        "append_morphology": morphology,
        "merge_subtokens": merge_subtokens,
        "model": model,
        "no_print": silent,
        "ner_map": _label_map(Path(ner_map)) if ner_map else None,
        "lang": lang,
    }
    together: list[Any] = []
    failed: list[str] = []
    for path in files:
        text = ""
        try:
            text = read_text(path)
            if converter in ("ner", "iob", "conll"):
                converter = _look_inside(text, converter, msg)
                to_docs = getattr(converters, CONVERTERS[converter])
            docs = list(to_docs(text, **settings))
            if not docs:
                raise ValueError("there are no sentences in it")
        except ValueError as error:
            reason = str(error) if str(path) in str(error) else f"{path}: {error}"
            if len(files) == 1 or concatenate:
                raise ValueError(reason) from error
            failed.append(reason)
            continue
        if concatenate:
            together += docs
        else:
            _write(docs, output_dir, _relative(path, input_path), file_type, msg)
    if concatenate:
        _write(together, output_dir, Path(input_path.name), file_type, msg)
    if failed:
        title = f"{len(failed)} of {len(files)} files could not be converted; the others were written."
        msg.fail_and_exit(title, "\n".join(failed))


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
            shown = ", ".join(ending or "(none)" for ending in endings)
            msg.fail_and_exit("The files have several endings; choose one with --converter.", shown)
        converter = endings[0]
        if converter not in CONVERTERS:
            known = ", ".join(f".{name}" for name in CONVERTERS)
            is_ready = " A .spacy file needs no converting: training reads it." * (converter == "spacy")
            msg.fail_and_exit(
                f"No format is known by the name of {files[0]}.",
                f"These endings work, also with {' or '.join(COMPRESSED)} behind: {known}. For another name, give "
                f"the format with --converter.{is_ready}",
            )
    if converter not in CONVERTERS:
        msg.fail_and_exit(f"No converter for {converter!r}", f"Choose one with --converter: {', '.join(CONVERTERS)}.")
    return converter


def _check(output_dir: str | Path, file_type: str, ner_map: Path | None, msg: Printer) -> None:
    if file_type not in FileTypes.__members__:
        msg.fail_and_exit(f"Unknown file type {file_type!r}", f"Choose one of: {', '.join(FileTypes.__members__)}.")
    if str(output_dir) == "-":
        if file_type == "spacy":
            message = "Files of type .spacy are not text and cannot be printed."
            Printer().fail_and_exit(message, "Give a folder to write to, or choose --file-type json.")
    else:
        check_place(output_dir, folder=True)
        if not Path(output_dir).exists():
            msg.fail_and_exit(f"The output folder {output_dir} is not there.", f"Make it: mkdir -p {output_dir}")
    if ner_map is not None and not Path(ner_map).exists():
        msg.fail_and_exit("Label map not found", str(ner_map))


def _ending(path: Path) -> str:
    """`conllu`, for `a.conllu` and for `a.conllu.xz`."""
    return (path.with_suffix("") if path.suffix in COMPRESSED else path).suffix[1:]


def _relative(path: Path, input_path: Path) -> Path:
    relative = path.relative_to(input_path) if input_path.is_dir() else Path(path.name)
    return relative.with_suffix("") if relative.suffix in COMPRESSED else relative


def _warn_of_unused(given: list[str], converter: str, msg: Printer) -> None:
    unused = [name for name in given if name not in USED[converter]]
    if unused:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in unused)
        msg.warn(f"The format {converter} makes no use of {options}")


def _label_map(path: Path) -> dict[str, str]:
    try:
        labels = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"The label map {path} is not JSON: {error}") from error
    if not isinstance(labels, dict):
        raise ValueError(f'The label map {path} is no object of the form {{"old label": "new label"}}')
    return labels


def _look_inside(text: str, converter: str, msg: Printer) -> str:
    """What the first lines are: `conll2012` (with coreference), `iob` (a sentence in each line) or `ner` (a token)."""
    if text.lstrip().startswith("#begin document"):
        msg.info("Documents with mentions: format conll2012")
        return "conll2012"
    if converter == "conll":
        return converter
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
        data = json.dumps([docs_to_json(docs)], indent=2, ensure_ascii=False).encode("utf8")
        count = 1
    else:
        data = DocBin(docs=docs, store_user_data=True).to_bytes()
        count = len(docs)
    if str(output_dir) == "-":
        Printer().text(data.decode("utf8"))
        return
    path = (Path(output_dir) / relative).with_suffix(f".{file_type}")
    write_beside(path, data)
    msg.good(f"Generated output file ({count} document{'s' * (count != 1)}): {path}")
