from collections.abc import Callable, Iterable
from re import Match

from tagma.tokenizer.regexes import Expression

_Function = Callable[[str], Match[str] | bool | Iterable[Match[str]] | None]

SEARCH: tuple[str, ...]
FIND_ALL: tuple[str, ...]

class Rule:
    """One of the five rule functions of a tokenizer, called with strings or natively with code points."""

    def __init__(
        self,
        function: _Function | Expression | None,
        methods: tuple[str, ...],
    ) -> None: ...
    @property
    def callable(self) -> _Function | None:
        """The function, to be called from Python; None if there is no rule."""
    @property
    def is_native(self) -> bool:
        """Whether the pattern runs without Python."""
    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of everything found in a text, by the way that tokenizing goes (a search finds one at most)."""

def match_width(match: Match[str] | bool | None) -> int:
    """Length of what a rule function has found; 0 for nothing, 1 for a bare True."""
