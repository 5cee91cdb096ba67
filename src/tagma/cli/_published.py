"""Published pipelines: which versions fit this library, and where their files are.

`TAGMA_COMPATIBILITY_URL` and `TAGMA_DOWNLOAD_URL` name other places than those of `tagma.about`, such as a mirror.
"""

import json
import os
import re
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from packaging.version import InvalidVersion, Version

from tagma import about
from tagma.cli._report import Printer
from tagma.errors import Errors
from tagma.util.versions import get_base_version, get_minor_version, is_prerelease_version

TABLE = "TAGMA_COMPATIBILITY_URL"
FILES = "TAGMA_DOWNLOAD_URL"
SCHEMES = ("http", "https", "file")
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
LONGEST = 32 * 2**20  # bytes of a table; the published one has less than one MB
PATIENCE = 30  # seconds without an answer


def table_url() -> str:
    """Where the table of compatible versions is."""
    return os.environ.get(TABLE) or about.__compatibility__


def files_url() -> str:
    """The address below which the files of published pipelines are."""
    return os.environ.get(FILES) or about.__download_url__


def minor_version() -> str:
    """The key of the table for this library: the minor version of its spaCy level, or a prerelease as it is."""
    level = about.__spacy_version__
    return level if is_prerelease_version(level) else get_minor_version(get_base_version(level)) or level


def fetch_table(msg: Printer) -> dict[str, dict[str, list[str]]]:
    """{minor version: {package: versions, newest first}}. Raises SystemExit(1) where there is no such table."""
    address = table_url()
    try:
        text = _read(address)
    except (HTTPError, URLError, OSError, ValueError) as error:
        reason = f"HTTP status {error.code}" if isinstance(error, HTTPError) else str(error)
        msg.fail_and_exit(f"Couldn't fetch the table of compatible versions: {reason}", f"{address}\n{_way_out()}")
    try:
        table = json.loads(text)["spacy"]
        return {minor: {name: [str(v) for v in found] for name, found in table[minor].items()} for minor in table}
    except (ValueError, KeyError, TypeError, AttributeError):
        msg.fail_and_exit("This is no table of compatible versions", address)


def _read(address: str) -> bytes:
    """Raises ValueError for another scheme than http, https and file, and for more bytes than a table has."""
    if urlsplit(address).scheme not in SCHEMES:
        raise ValueError(f"only {', '.join(SCHEMES)} addresses are read")
    with urlopen(address, timeout=PATIENCE) as answer:
        if getattr(answer, "status", None) not in (None, 200):
            raise ValueError(f"HTTP status {answer.status}")
        data: bytes = answer.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ValueError(f"it has more than {LONGEST} bytes")
    return data


def _way_out() -> str:
    return (
        f"Without a network: pip install FILE for a wheel that you have, or set {TABLE} and {FILES} to a mirror; "
        "--direct with a version needs no table."
    )


def get_compatibility(msg: Printer | None = None) -> dict[str, list[str]]:
    """{package: versions that fit this library, newest first}. Raises SystemExit(1) if there is no such list."""
    msg = msg or Printer()
    table, minor = fetch_table(msg), minor_version()
    if minor not in table:
        msg.fail_and_exit(f"No pipelines are listed for level {minor} of spaCy", table_url())
    return table[minor]


def get_version(model: str, comp: dict[str, list[str]], msg: Printer | None = None) -> str:
    """The newest version of a pipeline that fits. Raises SystemExit(1) if there is none."""
    from tagma.nn.config import suggest

    versions = comp.get(require_name(model, msg))
    if not versions:
        near = suggest(model, comp)
        (msg or Printer()).fail_and_exit(
            f"No compatible package is listed for {model!r}{near or '.'}", f"Level {about.__spacy_version__} of spaCy"
        )
    return require_version(versions[0], msg)


def get_latest_version(model: str, msg: Printer | None = None) -> str:
    """The newest version of a pipeline that fits, by the table as it is now. Raises SystemExit(1)."""
    return get_version(model, get_compatibility(msg), msg)


def get_model_filename(model_name: str, version: str, sdist: bool = False) -> str:
    """`en_x-1.0.0/en_x-1.0.0-py3-none-any.whl`: a file's address below that of all."""
    stem = f"{model_name}-{version}"
    return f"{stem}/{stem}{'.tar.gz' if sdist else '-py3-none-any.whl'}"


def require_name(name: str, msg: Printer | None = None) -> str:
    """A name that a package can have. Raises SystemExit(1) for others: paths, options, addresses."""
    if not NAME.fullmatch(name) or ".." in name:
        (msg or Printer()).fail_and_exit(
            f"{name!r} is no name of a package", "Letters, digits, '_', '-' and '.', such as en_core_web_sm."
        )
    return name


def require_version(version: str, msg: Printer | None = None) -> str:
    """A version by the rules of Python packages. Raises SystemExit(1) for anything else."""
    try:
        Version(version)
    except InvalidVersion:
        (msg or Printer()).fail_and_exit(f"{version!r} is no version of a package", "Such as 3.8.0.")
    return version


def address_of(filename: str, base: str | None = None) -> str:
    """The whole address of a file. Raises ValueError E4440 if it would lie elsewhere, or pip would do more with it."""
    base = (base or files_url()).rstrip("/") + "/"
    parts = filename.split("/")
    plain = all(part and part not in (".", "..") and not re.search(r"[\\?#%@:\s]", part) for part in parts)
    if urlsplit(base).scheme not in SCHEMES or not plain:
        raise ValueError(Errors.E4440.format(filename=filename, base=base, schemes=", ".join(SCHEMES)))
    return base + filename


def release_of(name: str, version: str) -> str:
    """The page about a release of a published pipeline."""
    return f"{about.__release_url__}/{name}-{version}"
