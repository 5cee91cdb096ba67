"""What the commands print: marked lines, dividers and tables, on stdout.

Colour is used on terminals only. `NO_COLOR` and `ANSI_COLORS_DISABLED` switch it off, `WASABI_LOG_FRIENDLY` too;
`WASABI_NO_PRETTY` also drops the icons and the wrapping at 80 columns.
"""

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn, TextIO, TypeVar

Item = TypeVar("Item")
WIDTH = 80
KINDS = {
    "good": ("✔", "[+]", 32),
    "info": ("ℹ", "[i]", 34),
    "warn": ("⚠", "[!]", 33),
    "fail": ("✘", "[x]", 31),
}


class Printer:
    """Prints unless silent; a failure that exits then carries its text in the SystemExit.

    stream   where to; None is stdout, as it is at the moment of printing
    """

    def __init__(self, silent: bool = False, pretty: bool = True, stream: TextIO | None = None) -> None:
        self.silent = silent
        self.stream = stream
        self.pretty: bool = pretty and not os.environ.get("WASABI_NO_PRETTY")

    def text(self, text: str = "") -> None:
        if not self.silent:
            print(text, file=self.stream)

    def good(self, title: str, detail: str = "") -> None:
        self._line("good", title, detail)

    def info(self, title: str, detail: str = "") -> None:
        self._line("info", title, detail)

    def warn(self, title: str, detail: str = "") -> None:
        self._line("warn", title, detail)

    def fail(self, title: str, detail: str = "") -> None:
        self._line("fail", title, detail)

    def fail_and_exit(self, title: str, detail: str = "", status: int = 1) -> NoReturn:
        """Print the failure between blank lines and leave; silent, the text goes with the SystemExit."""
        if self.silent:
            raise SystemExit(f"{title}\n{detail}".strip())
        print(file=self.stream)
        self._line("fail", title, detail)
        print(file=self.stream)
        raise SystemExit(status)

    def divider(self, title: str) -> None:
        line = f" {title} ".center(WIDTH, "=") if self.pretty else title
        if not self.silent:
            print(f"\n{self._paint(line, 1)}", file=self.stream)

    def table(
        self,
        rows: Iterable[Sequence[Any]],
        *,
        header: Sequence[str] = (),
        align: Sequence[str] = (),
        max_width: int = 30,
        gap: int = 3,
    ) -> None:
        """Columns padded to their widest cell, `align` "l" or "r" for each (left where not given)."""
        if self.silent:
            return
        cells = [[_cut(str(cell), max_width) for cell in row] for row in ([header] if header else []) + list(rows)]
        if not cells:
            return
        widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(max(map(len, cells)))]
        sides = [align[i] if i < len(align) else "l" for i in range(len(widths))]
        print(file=self.stream)
        for number, row in enumerate(cells):
            print(_row(row, widths, sides, gap), file=self.stream)
            if header and number == 0:
                print(_row(["-" * w for w in widths], widths, sides, gap), file=self.stream)
        print(file=self.stream)

    def named(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names with a text each; nothing is cut: a text that does not fit beside its name stands below it."""
        if self.silent:
            return
        print(file=self.stream)
        for name, text in pairs:
            line = f"{name}   {text}"
            if not self.pretty or (len(line) <= WIDTH and "\n" not in text):
                print(line.rstrip(), file=self.stream)
                continue
            print(name, file=self.stream)
            print(textwrap.indent(_wrap(text, WIDTH - 4), "    "), file=self.stream)
        print(file=self.stream)

    def _line(self, kind: str, title: str, detail: str) -> None:
        if self.silent:
            return
        icon, plain, colour = KINDS[kind]
        if self.pretty:
            icon = icon if can_encode(icon, self.stream) else plain
            title = _wrap(f"{icon} {title}")
            detail = _wrap(detail)
        print(self._paint(title, colour), file=self.stream)
        if detail:
            print(detail, file=self.stream)

    def _paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self.pretty and colours_wanted(self.stream) else text


def progress(items: Iterable[Item], what: str = "documents", silent: bool = False) -> Iterator[Item]:
    """The items, with their count and the time on stderr; hidden where that is not a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn(what), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        for item in items:
            yield item
            bar.advance(task)


def colours_wanted(stream: TextIO | None = None) -> bool:
    off = ("NO_COLOR", "ANSI_COLORS_DISABLED", "WASABI_LOG_FRIENDLY", "WASABI_NO_PRETTY")
    return (stream or sys.stdout).isatty() and not any(os.environ.get(name) for name in off)


def can_encode(text: str, stream: TextIO | None = None) -> bool:
    try:
        text.encode((stream or sys.stdout).encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _wrap(text: str, width: int = WIDTH) -> str:
    """Each line of `text` broken at `width` columns; paths and commands stay whole, so that they can be copied."""
    return "\n".join(
        line
        if line.startswith(("tagma ", "pip "))
        else textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)
        for line in text.split("\n")
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _row(cells: Sequence[str], widths: Sequence[int], sides: Sequence[str], gap: int) -> str:
    padded = [c.rjust(w) if side == "r" else c.ljust(w) for c, w, side in zip(cells, widths, sides, strict=False)]
    return (" " * gap).join(padded).rstrip()
