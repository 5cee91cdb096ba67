"""tagma apply: annotate texts with a trained pipeline and save the documents."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import Code, GpuId, example, existing_path, import_code, setup_gpu, walk_directory, write_beside
from tagma.cli._report import Printer, progress
from tagma.errors import Errors
from tagma.util.paths import check_place, read_json_lines, read_text


@app.command("apply", epilog=example("tagma apply ./model/model-best texts.jsonl annotated.spacy --batch-size 64"))
def apply_cli(
    model: Annotated[str, Arg(help="Folder or name of the pipeline.", show_default=False)],
    data_path: Annotated[
        Path,
        Arg(help=".spacy, .jsonl or text file, or a folder of them.", callback=existing_path, show_default=False),
    ],
    output_file: Annotated[Path, Arg(help="The .spacy file to write.", dir_okay=False, show_default=False)],
    code_path: Code = None,
    text_key: Annotated[str, Opt("--text-key", "-tk", help="Field of the text in .jsonl files.")] = "text",
    force_overwrite: Annotated[bool, Opt("--force", "-F", help="Overwrite the output.")] = False,
    use_gpu: GpuId = -1,
    batch_size: Annotated[int, Opt("--batch-size", "-b", min=1, help="Documents in a batch.")] = 1,
    n_process: Annotated[int, Opt("--n-process", "-n", help="Number of processes.")] = 1,
) -> None:
    """Annotate documents and save them in one .spacy file."""
    msg = Printer()
    output_file = spacy_file(output_file, msg)
    import_code(code_path)
    if output_file.exists() and not force_overwrite:
        msg.fail_and_exit("The output exists already; --force overwrites it.", str(output_file))
    setup_gpu(use_gpu, silent=True)
    apply(data_path, output_file, model, text_key, batch_size, n_process)


def apply(data_path: Path, output_file: Path, model: str, json_field: str, batch_size: int, n_process: int) -> None:
    """Annotate `.spacy` documents and `.jsonl` texts in the order of their files, then every other file as one text.

    The output is written at the end, in one piece. Raises SystemExit(1) for a line without the field `json_field`, and
    for an output file with another ending than .spacy.
    """
    from tagma import util
    from tagma.tokens import DocBin

    msg = Printer()
    files = walk_directory(Path(data_path))
    output_file = spacy_file(Path(output_file), msg)
    check_place(output_file)
    binary = DocBin(store_user_data=True)
    if not files:
        msg.warn("No input files found: the output is empty.", str(data_path))
    else:
        nlp = util.load_model(model)
        streams: list[Iterable[Any]] = []
        plain: list[Path] = []
        for path in files:
            if path.suffix == ".spacy":
                streams.append(_read_docs(path, nlp.vocab))
            elif path.suffix == ".jsonl":
                streams.append(_checked(read_jsonl(path, json_field, msg), nlp.max_length))
            else:
                plain.append(path)
        texts = chain(*streams, _checked(((str(path), read_text(path)) for path in plain), nlp.max_length))
        for doc in progress(nlp.pipe(texts, batch_size=batch_size, n_process=n_process)):
            binary.add(doc)
    write_beside(output_file, binary.to_bytes())
    msg.good(f"Saved {len(binary)} document{'s' * (len(binary) != 1)}", str(output_file))


def spacy_file(path: Path, msg: Printer) -> Path:
    """The path with the ending .spacy, which is added where there is none; under another the file would mislead."""
    if not path.suffix:
        return path.with_suffix(".spacy")
    if path.suffix != ".spacy":
        msg.fail_and_exit(
            f"The output is a .spacy file, and cannot be named {path.suffix}", f"Name it {path.with_suffix('.spacy')}"
        )
    return path


def read_jsonl(path: Path, field: str, msg: Printer) -> Iterator[tuple[str, str]]:
    """Place, and field of the line, for each line that is not empty."""
    for number, record in read_json_lines(path):
        place = f"{path}, line {number}"
        if not isinstance(record, dict):
            shown = json.dumps(record, ensure_ascii=False)[:60]
            msg.fail_and_exit(f"{place}: not an object", f'Each line is {{"{field}": "…"}}, and this one {shown}')
        if field not in record:
            have = ", ".join(record) or "none"
            msg.fail_and_exit(f"{place}: no field {field!r}", f"It has: {have}. Choose the field with --text-key.")
        if not isinstance(record[field], str):
            shown = json.dumps(record[field], ensure_ascii=False)[:60]
            msg.fail_and_exit(f"{place}: the field {field!r} holds no text", f"It is {shown}.")
        yield place, record[field]


def _checked(texts: Iterable[tuple[str, str]], max_length: int) -> Iterator[str]:
    """The texts, or an error with the place of the first that cannot be annotated."""
    for place, text in texts:
        if len(text) > max_length:
            what = f"The text in {place}"
            raise ValueError(Errors.E088.format(what=what, length=len(text), max_length=max_length))
        try:
            text.isascii() or text.encode()
        except UnicodeEncodeError as error:
            char = f"U+{ord(text[error.start]):04X}"
            raise ValueError(f"{place}: {Errors.E4015.format(char=char, position=error.start)}") from None
        yield text


def _read_docs(path: Path, vocab: Any) -> Iterator[Any]:
    from tagma.tokens import DocBin

    try:
        yield from DocBin().from_disk(path).get_docs(vocab)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
