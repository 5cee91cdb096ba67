"""entity_ruler: entities by patterns: token patterns of a matcher, and phrases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.matcher.levenshtein import levenshtein_compare
from tagma.pipeline._phrases import phrase_docs
from tagma.pipeline._settings import check_settings
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.span_ruler import LEVENSHTEIN, FuzzyCompare, Pattern, Ruler
from tagma.scorer import get_ner_prf
from tagma.tokens import Span
from tagma.util.serialize import from_disk, reading, to_disk, unpack

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline

DEFAULT_SEPARATOR = "||"


@scorer("spacy.entity_ruler_scorer.v1")
def entity_ruler_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """ents_p/r/f and ents_per_type."""
    return get_ner_prf(examples, **kwargs)


@factory(
    "entity_ruler",
    default_config={
        "phrase_matcher_attr": None,
        "matcher_fuzzy_compare": LEVENSHTEIN,
        "validate": False,
        "overwrite_ents": False,
        "ent_id_sep": DEFAULT_SEPARATOR,
    },
    assigns=["doc.ents", "token.ent_type", "token.ent_iob"],
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
    settings=["phrase_matcher_attr", "matcher_fuzzy_compare", "validate", "overwrite_ents", "ent_id_sep", "scorer"],
)
class EntityRuler(Ruler):
    """Adds entities where patterns match; of matches that share tokens the longest counts, then the first.

    phrase_matcher_attr    Attribute by which phrases are compared; their text, if None.
    matcher_fuzzy_compare  Comparison of FUZZY patterns.
    validate               Check patterns when they are added.
    overwrite_ents         Let matches replace entities that are there; else these stay.
    ent_id_sep             Stands between label and id in the keys of the matchers.
    patterns               Patterns to begin with.
    """

    def __init__(
        self,
        nlp: Pipeline,
        name: str = "entity_ruler",
        *,
        phrase_matcher_attr: int | str | None = None,
        matcher_fuzzy_compare: FuzzyCompare = levenshtein_compare,
        validate: bool = False,
        overwrite_ents: bool = False,
        ent_id_sep: str = DEFAULT_SEPARATOR,
        patterns: list[Pattern] | None = None,
        scorer: Callable[..., Any] | None = entity_ruler_score,
    ) -> None:
        self.nlp = nlp
        self.name = name
        self.overwrite: bool = overwrite_ents
        self.phrase_matcher_attr = phrase_matcher_attr
        self.matcher_fuzzy_compare = matcher_fuzzy_compare
        self._validate = validate
        self.ent_id_sep: str = ent_id_sep
        self.scorer = scorer
        self.clear()
        if patterns is not None:
            self.add_patterns(patterns)

    def __len__(self) -> int:
        """The number of patterns."""
        return sum(map(len, (*self.token_patterns.values(), *self.phrase_patterns.values())))

    def __contains__(self, label: str) -> bool:
        """Whether there are patterns with a label, which has its id behind it if there is one."""
        return label in self.token_patterns or label in self.phrase_patterns

    def clear(self) -> None:
        """Take out all patterns."""
        self.token_patterns: dict[str, list[Any]] = defaultdict(list)
        self.phrase_patterns: dict[str, list[Doc]] = defaultdict(list)
        self._ent_ids: dict[int, tuple[str, str]] = {}  # label and id of the keys that have one
        self._new_matchers()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the patterns, sorted."""
        return tuple(sorted({self._split(key)[0] for key in (*self.token_patterns, *self.phrase_patterns)}))

    @property
    def ent_ids(self) -> tuple[str, ...]:
        """The ids of the patterns, sorted."""
        ids = (self._split(key)[1] for key in (*self.token_patterns, *self.phrase_patterns))
        return tuple(sorted({found for found in ids if found is not None}))

    @property
    def patterns(self) -> list[Pattern]:
        """All patterns, those of tokens first."""
        listed = [(key, pattern) for key, patterns in self.token_patterns.items() for pattern in patterns]
        listed += [(key, doc.text) for key, docs in self.phrase_patterns.items() for doc in docs]
        found: list[Pattern] = []
        for key, pattern in listed:
            label, ent_id = self._split(key)
            found.append({"label": label, "pattern": pattern, **({"id": ent_id} if ent_id else {})})
        return found

    def _key(self, label: str, ent_id: Any) -> str:
        return f"{label}{self.ent_id_sep}{ent_id}" if isinstance(ent_id, str) else label

    def _split(self, key: str) -> tuple[str, str | None]:
        label, separator, ent_id = key.rpartition(self.ent_id_sep)
        return (label, ent_id) if separator else (key, None)

    def add_patterns(self, patterns: list[Pattern]) -> None:
        """Add patterns: {"label": "ORG", "pattern": "Apple", "id": "apple"}; a phrase, or a token pattern.

        Phrases are annotated by the components in front of this one. Raises ValueError: E097 for other patterns, E4516
        for other labels, and those of matchers.
        """
        phrases: list[tuple[str, str]] = []
        tokens: list[tuple[str, list[Any]]] = []
        for entry in patterns:
            if not isinstance(entry["label"], str):
                raise ValueError(Errors.E4516.format(name=self.name, label=entry["label"], id=entry.get("id")))
            key = self._key(entry["label"], entry.get("id"))
            if isinstance(entry["pattern"], str):
                phrases.append((key, entry["pattern"]))
            elif isinstance(entry["pattern"], list):
                tokens.append((key, entry["pattern"]))
            else:
                raise ValueError(Errors.E097.format(pattern=entry["pattern"]))
            if isinstance(entry.get("id"), str):
                self._ent_ids[self.nlp.vocab.strings.add(key)] = (entry["label"], entry["id"])
        for key, pattern in tokens:
            self.matcher.add(key, [pattern])
            self.token_patterns[key].append(pattern)
        docs = phrase_docs(self.nlp, self, [text for _, text in phrases], self.phrase_matcher_attr)
        for (key, _), doc in zip(phrases, docs, strict=True):
            self.phrase_matcher.add(key, [doc])
            self.phrase_patterns[key].append(doc)

    def remove(self, ent_id: str) -> None:
        """Take out the patterns of an id. Raises ValueError E1024 if there are none."""
        keys = [self._key(*pair) for pair in self._ent_ids.values() if pair[1] == ent_id]
        if not keys:
            raise ValueError(Errors.E1024.format(attr_type="ID", label=ent_id, component=self.name))
        for key in keys:
            self.token_patterns.pop(key, None)
            self.phrase_patterns.pop(key, None)
            del self._ent_ids[self.nlp.vocab.strings[key]]
        self._take_out(keys)

    def match(self, doc: Doc) -> list[tuple[int, int, int]]:
        """(key, start, end) of each match, once, the longest first, then the earliest. Warns W036 without patterns."""
        return sorted(set(self._found(doc)), key=lambda match: (match[1] - match[2], match[1]))

    def set_annotations(self, doc: Doc, matches: list[tuple[int, int, int]]) -> None:
        """Add entities for the matches."""
        taken: set[int] = set()
        new: list[Span] = []
        for key, start, end in matches:
            if start in taken or end - 1 in taken:
                continue
            if not self.overwrite and any(token.ent_type for token in doc[start:end]):
                continue
            label, ent_id = self._ent_ids.get(key, (key, ""))
            new.append(Span(doc, start, end, label=label, span_id=ent_id))
            taken.update(range(start, end))
        kept = [entity for entity in doc.ents if taken.isdisjoint(range(entity.start, entity.end))]
        doc.ents = [*kept, *new]

    # Files

    def _settings(self) -> dict[str, Any]:
        return {
            "overwrite": self.overwrite,
            "phrase_matcher_attr": self.phrase_matcher_attr,
            "ent_id_sep": self.ent_id_sep,
        }

    def _set(self, settings: dict[str, Any]) -> None:
        check_settings(self._settings(), settings)
        self.overwrite = settings.get("overwrite", False)
        self.phrase_matcher_attr = settings.get("phrase_matcher_attr")
        self.ent_id_sep = settings.get("ent_id_sep") or DEFAULT_SEPARATOR
        self.clear()

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Settings and patterns."""
        import srsly

        packed: bytes = srsly.msgpack_dumps({**self._settings(), "patterns": self.patterns})
        return packed

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> EntityRuler:
        """Load what `to_bytes` wrote, in place of what is here."""
        what = f"patterns of {self.name!r}"
        with reading(what):
            saved = unpack(bytes_data, what)
            if isinstance(saved, dict):
                self._set(saved)
                self.add_patterns(saved.get("patterns", []))
            else:
                self.clear()
                self.add_patterns(saved)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write settings and patterns to a folder; to a file that ends in .jsonl the patterns, one in a line."""
        import srsly

        path = Path(path)
        if path.suffix == ".jsonl":
            srsly.write_jsonl(path, self.patterns)
            return
        writers: dict[str, Callable[[Path], Any]] = {
            "cfg": lambda file: srsly.write_json(file, self._settings()),
            "patterns": lambda file: srsly.write_jsonl(file.with_suffix(".jsonl"), self.patterns),
        }
        to_disk(path, writers, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> EntityRuler:
        """Load what `to_disk` wrote, in place of what is here. Raises ValueError E146 if nothing is at the path."""
        import srsly

        path = Path(path)
        file = path if path.suffix == ".jsonl" else path.with_suffix(".jsonl")
        if not path.is_dir() and not file.is_file():
            raise ValueError(Errors.E146.format(path=path))
        if not path.is_dir():
            self._load(file, self._settings())
            return self
        settings: dict[str, Any] = {}
        readers: dict[str, Callable[[Path], Any]] = {
            "cfg": lambda file: settings.update(srsly.read_json(file) if file.is_file() else {}),
            "patterns": lambda file: self._load(file.with_suffix(".jsonl"), settings),
        }
        from_disk(path, readers, exclude)
        return self

    def _load(self, file: Path, settings: dict[str, Any]) -> None:
        import srsly

        with reading(file):
            self._set(settings)
            self.add_patterns(list(srsly.read_jsonl(file)))


make_entity_ruler: Callable[..., EntityRuler] = maker(EntityRuler)
make_entity_ruler_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(entity_ruler_score)
