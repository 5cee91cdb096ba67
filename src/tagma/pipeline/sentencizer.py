"""sentencizer: sentences end with punctuation. A rule, no model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tagma.nn.types import ArrayList
from tagma.pipeline._token_loss import flatten
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.pipe import Pipe
from tagma.pipeline.senter import senter_score
from tagma.strings import get_string_id
from tagma.tokens import Doc
from tagma.tokens.columns import gather, write
from tagma.util.paths import ensure_path
from tagma.util.serialize import reading, unpack_map

# Code points of sentence-final punctuation in the scripts of the world, as (first, last) in hexadecimal.
FINAL_PUNCTUATION = (
    "21 2E 3F 589 61F 6D4 700-702 7F9 964-965 104A-104B 1362 1367-1368 166E 1735-1736 1803 1809 1944-1945 1AA8-1AAB "
    "1B5A-1B5B 1B5E-1B5F 1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2E2E 2E3C 3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 "
    "A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE52 FE56-FE57 FF01 FF0E FF1F FF61 10A56-10A57 11047-11048 "
    "110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF 11238-11239 1123B-1123C 112A9 1144B-1144C 115C2-115C3 "
    "115C9-115D7 11641-11642 1173C-1173E 11A42-11A43 11A9B-11A9C 11C41-11C42 16A6E-16A6F 16AF5 16B37-16B38 16B44 1BC9F "
    "1DA88"
)


def _characters(ranges: str) -> list[str]:
    characters = []
    for item in ranges.split():
        first, _, last = item.partition("-")
        characters += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return characters


@factory(
    "sentencizer",
    assigns=["token.is_sent_start", "doc.sents"],
    default_score_weights={"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
)
class Sentencizer(Pipe):
    """Starts a sentence at the first token, and after final punctuation at the next token that is none.

    punct_chars    Texts of the tokens that end a sentence; by default `Sentencizer.default_punct_chars`.
    overwrite      Also replace starts that are there already.
    """

    default_punct_chars: ClassVar[list[str]] = _characters(FINAL_PUNCTUATION)

    def __init__(
        self,
        name: str = "sentencizer",
        *,
        punct_chars: list[str] | None = None,
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = senter_score,
    ) -> None:
        self.name = name
        self.punct_chars: set[str] = set(punct_chars) if punct_chars else set(self.default_punct_chars)
        self.overwrite: bool = overwrite
        self.scorer = scorer

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs batch by batch, in order; a batch that fails goes to the error handler."""
        return self._in_batches(stream, batch_size, lambda docs: self.set_annotations(docs, self.predict(docs)))

    def predict(self, docs: Sequence[Doc]) -> ArrayList[Any]:
        """For each doc where sentences start: bool (n_tokens,)."""
        docs = list(docs)
        features, lengths = gather(docs, ["ORTH", "IS_PUNCT"])
        final = np.isin(features[:, 0], np.asarray([get_string_id(text) for text in self.punct_chars], dtype="uint64"))
        starts = np.zeros(len(final), dtype=bool)
        ends = np.cumsum(lengths)
        firsts = (ends - lengths)[lengths > 0]
        # How many final tokens came before each token: between two words, any means that a sentence ended there.
        before: np.ndarray[Any, Any] = np.cumsum(final) - final
        words = np.flatnonzero(~final & (features[:, 1] == 0))
        since = np.empty(len(words), dtype=before.dtype)
        since[1:] = before[words[:-1]]
        doc_of = np.repeat(firsts, lengths[lengths > 0])[words]
        is_first_word = np.ones(len(words), dtype=bool)
        is_first_word[1:] = doc_of[1:] != doc_of[:-1]
        since[is_first_word] = before[doc_of[is_first_word]]
        starts[words[before[words] > since]] = True
        starts[firsts] = True
        return ArrayList.from_flat(starts, lengths)

    def set_annotations(self, docs: Doc | Sequence[Doc], batch_tag_ids: Sequence[Any]) -> None:
        """Write the starts of the whole batch at once: 1 at a start, -1 elsewhere."""
        docs = [docs] if isinstance(docs, Doc) else list(docs)
        if not docs:
            return
        starts, _ = flatten([np.asarray(starts, dtype=bool) for starts in batch_tag_ids])
        write(docs, "sent_start", np.where(starts, 1, -1).astype("int8"), overwrite=self.overwrite)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The settings as MessagePack."""
        import srsly

        packed: bytes = srsly.msgpack_dumps(self._settings())
        return packed

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Sentencizer:
        """Load what `to_bytes` wrote."""
        with reading("sentencizer"):
            self._set(unpack_map(bytes_data, "sentencizer"))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the settings to a JSON file, `path` with the suffix .json."""
        import srsly

        srsly.write_json(ensure_path(path).with_suffix(".json"), self._settings())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Sentencizer:
        """Load what `to_disk` wrote."""
        import srsly

        file = ensure_path(path).with_suffix(".json")
        with reading(f"sentencizer in {file}"):
            self._set(srsly.read_json(file))
        return self

    def _settings(self) -> dict[str, Any]:
        return {"punct_chars": sorted(self.punct_chars), "overwrite": self.overwrite}

    def _set(self, settings: dict[str, Any]) -> Sentencizer:
        """Take over settings; for those that are missing, the default characters, and `overwrite` as it is."""
        settings = {"punct_chars": self.default_punct_chars, "overwrite": self.overwrite, **settings}
        chars = set(settings["punct_chars"])
        if not all(isinstance(char, str) for char in chars):
            raise ValueError(f"'punct_chars' is {settings['punct_chars']!r}, and must be characters")
        self.punct_chars, self.overwrite = chars, bool(settings["overwrite"])
        return self


make_sentencizer: Callable[..., Sentencizer] = maker(Sentencizer)
