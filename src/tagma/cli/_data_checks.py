"""What the numbers of a corpus mean for training: findings, each with the way out.

One function a section, from what `_data_counts` counted of the training and the evaluation corpus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

from tagma.cli._data_counts import Categories, Clusters, Entities, Labels, Links, Part, Places, Sentences, Trees
from tagma.gold.projective import DELIMITER

if TYPE_CHECKING:
    from tagma.language import Language

FEW_ENTITIES = 50  # examples of a label, up to which it is hardly learnt
FEW_CATEGORIES = 50
# What components that set sentences say that they assign.
SENTENCES = ("doc.sents", "token.is_sent_start", "token.sent_start", "token.dep")
FEW_ARCS = 20
FEW_CLUSTERS = 100
FEW_DOCS, ADVISED_DOCS = 100, 2000
FEW_LINKS = 50
FEW_SENTENCES = 1.1  # in a document
SHOWN = 5  # places of a problem; with --verbose as many as were kept
LISTED = 20  # labels in a sentence
COMMON = 10  # most frequent words
TEXT, GOOD, INFO, WARN, FAIL = "text", "good", "info", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report.

    kind       "good", "warn" and "fail" are counted; "info" and "text" are facts
    detail     what to do about it
    places     where it is, for problems that have places
    details    only shown with --verbose
    """

    kind: str
    title: str
    detail: str = ""
    places: Places | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A component and its settings, as far as they matter for the data."""

    name: str
    labels: tuple[str, ...] = ()
    min_action_freq: int = 0


Findings = Iterator[Finding]


# --- the whole corpus -------------------------------------------------------------------------------------------------


def corpus_findings(train: Part, dev: Part, resumed: bool) -> Findings:
    """Numbers of documents, and texts that are in both corpora."""
    yield Finding(TEXT, f"{many(train.docs, 'training doc')}\n{many(dev.docs, 'evaluation doc')}")
    if not train.docs:
        yield Finding(FAIL, "There are no training docs", "Nothing can be learnt: check paths.train.")
    if not dev.docs:
        yield Finding(
            FAIL, "There are no evaluation docs", "Training cannot tell which model is best: check paths.dev."
        )
    if dev.repeated.count:
        yield Finding(
            WARN,
            f"{many(dev.repeated.count, 'evaluation doc')} with a text that is in the training data as well",
            "Scores on them say nothing about new texts: take them out of one of the two.",
            dev.repeated,
        )
    else:
        yield Finding(GOOD, "No text is in both training and evaluation data")
    if train.docs < FEW_DOCS:
        yield Finding(
            FAIL if not resumed else WARN,
            f"Too few training docs: {train.docs}",
            f"Annotate at least {FEW_DOCS}, better {ADVISED_DOCS}; if many sentences are in one doc, convert with a "
            "smaller --n-sents.",
        )
    elif train.docs < ADVISED_DOCS and not resumed:
        yield Finding(
            WARN,
            f"Few training docs for a new pipeline: {train.docs}",
            f"About {ADVISED_DOCS} are advised: annotate more, or start from a trained pipeline (source).",
        )


def word_findings(train: Part, dev: Part, nlp: Language) -> Findings:
    """Words, tokens that the annotation cuts otherwise, vectors."""
    yield Finding(INFO, f"{many(train.words, 'word')} in the training data ({len(train.word_counts)} unique)")
    common = ", ".join(f"{word!r} ({count})" for word, count in train.word_counts.most_common(COMMON))
    yield Finding(TEXT, f"Most common words: {common}", verbose=True)
    for part, name in ((train, "training"), (dev, "evaluation")):
        if part.misaligned.count:
            yield Finding(
                WARN,
                f"{many(part.misaligned.count, 'misaligned token')} in the {name} data",
                "What is annotated there is not learnt and not scored: adapt the tokenizer's rules or the annotation.",
                part.misaligned,
            )
    vectors = nlp.vocab.vectors
    if not nlp.vocab.vectors_length:
        yield Finding(INFO, "The pipeline has no word vectors")
        return
    rows, width = vectors.shape
    mode = getattr(vectors, "mode", None)
    if mode == "floret":
        sizes = f"pieces of {vectors.minn} to {vectors.maxn} characters"
        yield Finding(INFO, f"{rows} floret vectors for {sizes}, {width} wide")
    elif mode is None:
        yield Finding(INFO, f"Vectors of the class {type(vectors).__name__}, {width} wide")
    else:
        yield Finding(INFO, f"{rows} vectors ({vectors.n_keys} keys), {width} wide")
    lost = sum(train.without_vector.values())
    if lost:
        yield Finding(
            WARN,
            f"{many(lost, 'word')} in the training data without a vector ({lost / train.words:.0%})",
            "Their vectors are zeros: choose vectors made from texts like these.",
        )
        words = ", ".join(f"{word!r} ({count})" for word, count in train.without_vector.most_common(COMMON))
        yield Finding(TEXT, f"Most common of them: {words}", verbose=True)


# --- annotations ------------------------------------------------------------------------------------------------------


def entity_findings(train: Entities, dev: Entities, docs: tuple[int, int], facts: Facts) -> Findings:
    """Labels of entities, and entities that cannot be learnt as they are."""
    labels = train.labels
    yield Finding(INFO, f"{many(len(labels.counts), 'label')} on {labels.counts.total()} entities")
    yield from _listed(labels.counts)
    yield Finding(
        TEXT, f"{many(labels.unknown, 'missing value')} (tokens of which it is not known whether they are in one)"
    )
    yield from _annotated("entities", (labels.docs, dev.labels.docs), docs, facts.name)
    for part, name in ((train, "training"), (dev, "evaluation")):
        yield from _entity_problems(part, name)
    yield from _few(labels, FEW_ENTITIES)
    always = sorted(label for label, count in labels.docs_of.items() if count == labels.docs)
    if always:
        yield Finding(
            WARN,
            f"No training doc is without {_names(always)}",
            "A model cannot learn where there are none: add texts without such entities, annotated as such.",
        )
    elif labels.counts:
        yield Finding(GOOD, "There are training docs without each label")
    yield from _one_sided(labels.counts, dev.labels.counts, facts)


def _entity_problems(part: Entities, name: str) -> Findings:
    problems = [
        (
            FAIL,
            part.broken,
            "docs with malformed entity tags",
            "Let each entity begin with B; doc.set_ents makes such tags.",
        ),
        (FAIL, part.unlabeled, "entities without a label", "Give each a label, or take it out."),
        (FAIL, part.only_space, "entities that are white space", "Take them out."),
        (FAIL, part.with_space, "entities that begin or end in white space", "Trim them to the place named last."),
        (WARN, part.only_punctuation, "entities that are punctuation", "Check them: they are seldom meant."),
        (
            WARN,
            part.across_sentences,
            "entities across sentence boundaries",
            "They are hardly ever predicted: correct the sentences or the entities.",
        ),
        (
            WARN,
            part.misaligned,
            "entities that do not fall on token borders",
            "Their tokens count as unknown: correct the characters, or adapt the tokenizer's rules.",
        ),
    ]
    for kind, places, what, way_out in problems:
        if places.count:
            yield Finding(kind, f"{what[0].upper()}{what[1:]} in the {name} data: {places.count}", way_out, places)
    if not part.with_space.count and not part.only_space.count:
        yield Finding(GOOD, f"No entity is, or is bordered by, white space in the {name} data")
    if not part.across_sentences.count:
        yield Finding(GOOD, f"No entity crosses a sentence boundary in the {name} data")


def tag_findings(train: Labels, dev: Labels, docs: tuple[int, int], facts: Facts, what: str = "tags") -> Findings:
    """Labels of tokens: tags, or features with parts of speech."""
    yield Finding(INFO, f"{many(len(train.counts), 'label')} in the training data")
    yield from _listed(train.counts)
    if len(train.counts) > 1:
        yield Finding(INFO, f"{entropy(train.counts):.4f} is the normalised entropy of the labels")
    yield from _annotated(what, (train.docs, dev.docs), docs, facts.name)
    for part, name in ((train, "training"), (dev, "evaluation")):
        if part.unknown:
            yield Finding(INFO, f"{many(part.unknown, 'token')} without a value in annotated docs of the {name} data")
    rare = sorted(label for label, count in train.counts.items() if count == 1)
    if rare:
        yield Finding(
            WARN,
            f"{many(len(rare), 'label')} with one example: {_names(rare)}",
            "They are not learnt: add examples, or merge labels.",
        )
    yield from _one_sided(train.counts, dev.counts, facts)


def tree_findings(
    train: Trees, dev: Trees, sentences: Sentences, docs: tuple[int, int], words: int, facts: Facts
) -> Findings:
    """Dependency labels before and after lifting, roots, crossing arcs, cycles."""
    count = max(sentences.count, train.trees)
    yield Finding(INFO, f"{many(count, 'sentence')} with {words / max(count, 1):.1f} words on average")
    yield from _annotated("dependencies", (train.labels.docs, dev.labels.docs), docs, facts.name)
    if train.labels.docs and count < FEW_SENTENCES * train.labels.docs:
        yield Finding(
            WARN,
            f"{count / train.labels.docs:.1f} sentences in a training doc",
            "A parser learns where sentences begin from docs with several: tagma convert --n-sents 10.",
        )
    for part, name in ((train, "training"), (dev, "evaluation")):
        share = part.crossing.count / max(part.trees, 1)
        yield Finding(INFO, f"{many(part.crossing.count, 'non-projective tree')} in the {name} data ({share:.1%})")
        if part.cycles.count:
            yield Finding(
                FAIL,
                f"{many(part.cycles.count, 'doc')} of the {name} data with heads in a circle",
                "Every token must lead to a root: correct the heads.",
                part.cycles,
            )
    yield Finding(
        INFO,
        f"{many(len(train.labels.counts), 'label')} in the training data, {len(train.lifted)} in its projective trees",
    )
    yield from _listed(train.labels.counts)
    yield from _few(train.labels, FEW_ARCS, facts)
    lifted = {label: number for label, number in train.lifted.items() if DELIMITER in label and number <= FEW_ARCS}
    if lifted:
        own = sorted({label.split(DELIMITER)[0] for label in lifted})
        yield Finding(
            WARN,
            f"{many(len(lifted), 'label')} of lifted arcs with {FEW_ARCS} examples or fewer, of: {_names(own)}",
            "The parser hardly learns them: make these trees projective before training.",
            train.crossing,
        )
    never_plain = sorted(
        label.split(DELIMITER)[0]
        for label in train.lifted
        if DELIMITER in label and label.split(DELIMITER)[0] not in train.lifted
    )
    if never_plain:
        yield Finding(
            WARN,
            f"Only on arcs that cross others: {_names(sorted(set(never_plain)))}",
            "A projective parser learns these labels only in their lifted form: add examples without crossing arcs.",
        )
    yield from _one_sided(train.labels.counts, dev.labels.counts, facts, both=True)
    for part, name in ((train, "training"), (dev, "evaluation")):
        if len(part.roots) > 1:
            roots = ", ".join(f"{label!r} ({number})" for label, number in part.roots.most_common())
            yield Finding(
                WARN, f"Several labels of roots in the {name} data: {roots}", "Give all roots the same label, ROOT."
            )


def sentence_findings(train: Sentences, dev: Sentences, docs: tuple[int, int], facts: Facts) -> Findings:
    """Sentence boundaries."""
    yield Finding(
        INFO, f"{many(train.count, 'sentence')} with {train.words / max(train.count, 1):.1f} words on average"
    )
    yield from _annotated("sentence boundaries", (train.docs, dev.docs), docs, facts.name)
    if train.docs and train.count < FEW_SENTENCES * train.docs:
        yield Finding(
            WARN,
            f"Training docs of one sentence: {train.single} of {train.docs}",
            "Boundaries are learnt from docs with several sentences: tagma convert --n-sents 10.",
        )
    if dev.docs and dev.single == dev.docs:
        yield Finding(
            WARN,
            "All evaluation docs have one sentence",
            "The score will be too good: boundaries are given away by the docs. tagma convert --n-sents 10.",
        )


def category_findings(
    train: Categories, dev: Categories, docs: tuple[int, int], facts: Facts, exclusive: bool
) -> Findings:
    """Categories of documents; `exclusive` if a document has one of them."""
    yield Finding(INFO, f"{many(len(train.named), 'label')} in the training data")
    yield from _listed(train.labels.counts)
    yield from _annotated("categories", (train.labels.docs, dev.labels.docs), docs, facts.name)
    if exclusive and len(train.named) < 2:
        yield Finding(
            FAIL,
            f"Too few labels to choose from: {len(train.named)}",
            "A textcat decides between two at least: add the others, or take textcat_multilabel.",
        )
    for part, name in ((train, "training"), (dev, "evaluation")):
        if part.undecided.count:
            yield Finding(
                FAIL,
                f"{many(part.undecided.count, 'doc')} of the {name} data with values that are neither 0 nor 1",
                "Decide for one of them, or leave the label out.",
                part.undecided,
            )
        if exclusive and part.several.count:
            yield Finding(
                FAIL,
                f"{many(part.several.count, 'doc')} of the {name} data with several categories",
                "A textcat gives one: take textcat_multilabel, or decide for one of them.",
                part.several,
            )
    if not exclusive and train.labels.docs and not train.several.count:
        yield Finding(
            FAIL if dev.several.count else WARN,
            "No training doc has several categories" + (", but evaluation docs have" if dev.several.count else ""),
            "What comes together is not learnt: add such docs, or take textcat if they exclude each other.",
        )
    yield from _few(train.labels, FEW_CATEGORIES)
    yield from _one_sided(train.named, dev.named, facts, both=True)


def link_findings(train: Links, dev: Links, nlp: Language, name: str) -> Findings:
    """Whether there are links to learn from, and whether the knowledge base has what they are about."""
    linker: Any = nlp.get_pipe(name)
    if getattr(linker.kb, "is_empty", lambda: False)():
        yield Finding(
            FAIL,
            f"{name!r} has an empty knowledge base",
            f"Name one as kb_loader in [initialize.components.{name}]; 'tagma kb' builds one from tables.",
        )
        return
    yield from _sentence_findings(nlp, name, linker)
    for links, what in ((train, "training"), (dev, "evaluation")):
        total = links.linked + links.nil + links.bare
        yield Finding(
            INFO,
            f"{many(links.linked, 'link')} on {total} entities of the {what} data; {_share(links.nil, total)} are NIL, "
            f"{_share(links.bare, total)} have no id",
        )
    if not train.linked:
        yield Finding(
            FAIL,
            "No training doc has links",
            f"{name!r} has nothing to learn from: give entities a kb_id, or 'links' where examples are made of dicts.",
        )
    elif train.linked < FEW_LINKS:
        yield Finding(WARN, f"Few links ({train.linked}) in the training data", "Little is learnt from them: add more.")
    for links, what in ((train, "training"), (dev, "evaluation")):
        yield from _problems(links, what)
    if dev.linked:
        known = dev.linked - dev.no_candidates.count - dev.not_among.count - dev.unknown.count
        yield Finding(
            INFO,
            f"Of the evaluation links {_share(dev.by_prior, dev.linked)} are right by the prior alone, and at most "
            f"{_share(known, dev.linked)} can be; {dev.candidates / dev.linked:.1f} candidates a link",
        )
        if dev.single == dev.linked:
            yield Finding(
                WARN,
                "No evaluation link has more than one candidate",
                "There is nothing to choose between, so a model cannot help: add aliases that entities share.",
            )


def _sentence_findings(nlp: Language, name: str, linker: Any) -> Findings:
    if not linker.incl_context:
        return
    before = nlp.pipe_names[: nlp.pipe_names.index(name)]
    if any(attr in SENTENCES for other in before for attr in nlp.get_pipe_meta(other).assigns):
        yield Finding(GOOD, f"A component in front of {name!r} sets sentences, which are the contexts")
    else:
        yield Finding(
            FAIL,
            f"No component in front of {name!r} sets sentences, which are the contexts",
            "Add one: a sentencizer, a senter or a parser.",
        )


def _problems(links: Links, what: str) -> Findings:
    problems = [
        (
            links.unknown,
            "Links to ids that the knowledge base lacks",
            "Nothing is learnt from them, and they are never predicted: add the entities, or correct the ids.",
        ),
        (
            links.no_candidates,
            "Links of which no candidate is known",
            "They get the id NIL: add their texts as aliases, or look for similar ones (tagma.DiskKB.v1).",
        ),
        (
            links.not_among,
            "Links whose entity is not among the candidates",
            "They cannot be predicted: add the entity to those that the alias stands for.",
        ),
    ]
    for places, title, way_out in problems:
        if places.count:
            share = f"{_share(places.count, links.linked)} of {links.linked}"
            yield Finding(WARN, f"{title}, in the {what} data: {places.count} ({share})", way_out, places)
    if links.linked and not any(places.count for places, *_ in problems):
        yield Finding(GOOD, f"The entity of each link in the {what} data is among its candidates")


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %" if total else "0 %"


def cluster_findings(train: Clusters, dev: Clusters, docs: tuple[int, int], facts: Facts, prefix: str) -> Findings:
    """Clusters of mentions under the prefix of a component."""
    mean = train.mentions / max(train.clusters, 1)
    title = f"{many(train.clusters, 'cluster')} of {mean:.1f} mentions on average, under {prefix}_1, {prefix}_2 …"
    yield Finding(INFO, title)
    lengths = ", ".join(f"{n} of {length}" for length, n in sorted(train.lengths.items())[:SHOWN])
    longest = max(train.lengths, default=0)
    yield Finding(TEXT, f"Mentions by tokens: {lengths}; the longest has {longest}", verbose=True)
    yield from _annotated("clusters", (train.docs, dev.docs), docs, facts.name)
    if train.docs and train.clusters - train.single < FEW_CLUSTERS:
        yield Finding(
            WARN,
            f"Few clusters to learn from: {train.clusters - train.single} of two mentions or more",
            f"Annotate at least {FEW_CLUSTERS}, better some thousand.",
        )
    for part, name in ((train, "training"), (dev, "evaluation")):
        yield from _cluster_problems(part, name)


def _cluster_problems(part: Clusters, name: str) -> Findings:
    if part.single:
        yield Finding(
            INFO,
            f"{many(part.single, 'cluster')} of one mention in the {name} data",
            "They are not predicted, and count as missed in scores: take them out if they are not to count.",
        )
    problems = (
        (FAIL, part.twice, "in two clusters", "A mention stands for one thing: decide for one of them."),
        (
            FAIL,
            part.without_head,
            "of several tokens without a head",
            "Convert with tagma convert, which finds heads, parse the docs, or give coref groups of single tokens.",
        ),
        (
            WARN,
            part.shared,
            "with the head of one in another cluster",
            "A token is in one cluster only, and the last one counts.",
        ),
        (
            WARN,
            part.nested,
            "that overlap one of their own cluster",
            "Hardly ever is a thing named within its own name: check them.",
        ),
        (
            WARN,
            part.across_sentences,
            "that reach over the end of a sentence",
            "A span resolver finds mentions in the sentence of their head: correct sentences or mentions.",
        ),
    )
    for kind, places, what, way_out in problems:
        if places.count:
            yield Finding(kind, f"{many(places.count, 'mention')} {what} in the {name} data", way_out, places)


# --- what annotations have in common ----------------------------------------------------------------------------------


def many(count: int, what: str) -> str:
    """`1 label`, `2 labels`."""
    return f"{count} {what}{'s' * (count != 1)}"


def entropy(counts: Counter[str]) -> float:
    """Entropy of labels over that of as many equally frequent ones: 1 if all are as frequent, 0 for a single one."""
    total = counts.total()
    if len(counts) < 2:
        return 0.0
    return -sum(n / total * log2(n / total) for n in counts.values()) / log2(len(counts))


def _annotated(what: str, annotated: tuple[int, int], docs: tuple[int, int], name: str) -> Findings:
    """Whether the docs have an annotation at all."""
    train, dev = annotated
    if not train:
        yield Finding(
            FAIL,
            f"No training doc has {what}",
            f"{name!r} has nothing to learn from: annotate the data, or take {name!r} out of nlp.pipeline.",
        )
    elif train < docs[0]:
        yield Finding(
            WARN,
            f"Training docs without {what}: {docs[0] - train} of {docs[0]}",
            f"{name!r} learns nothing from them: annotate them, or leave them out.",
        )
    if docs[1] and not dev:
        yield Finding(
            WARN,
            f"No evaluation doc has {what}",
            f"{name!r} cannot be scored, so the best model is chosen without it: annotate the data, or set the weights "
            "of its scores in [training.score_weights] to null.",
        )


def _few(labels: Labels, limit: int, facts: Facts | None = None) -> Findings:
    """Labels with few examples."""
    few = sorted((count, label) for label, count in labels.counts.items() if count <= limit)
    shown = ", ".join(f"{label!r} ({count})" for count, label in few[:LISTED])
    shown += f" and {len(few) - LISTED} more" if len(few) > LISTED else ""
    left_out = sum(count < facts.min_action_freq for count, _ in few) if facts is not None else 0
    besides = (
        f" Those with fewer than {facts.min_action_freq} (min_action_freq) get no label of their own."
        if (facts is not None and left_out)
        else ""
    )
    if few:
        yield Finding(
            WARN,
            f"Few examples ({limit} or fewer) of {many(len(few), 'label')}: {shown}",
            f"They are hardly learnt: add examples, or merge labels.{besides}",
        )
    elif labels.counts:
        yield Finding(GOOD, f"More than {limit} examples of each label")


def _one_sided(train: Counter[str], dev: Counter[str], facts: Facts, both: bool = False) -> Findings:
    """Labels that one of the corpora, or the model, lacks."""
    lacking = sorted(label for label in facts.labels if label not in train)
    if lacking and train:
        yield Finding(
            WARN,
            f"Labels of the model that are not in the training data: {_names(lacking)}",
            "The model forgets them: add examples.",
        )
    only_dev = sorted(dev.keys() - train.keys()) if train else []
    if only_dev:
        yield Finding(
            WARN,
            f"Labels that are in the evaluation data only: {_names(only_dev)}",
            "They are never predicted, and count as mistakes: add training examples, or correct the label.",
        )
    only_train = sorted(train.keys() - dev.keys()) if both and dev else []
    if only_train:
        yield Finding(
            WARN,
            f"Labels that are in the training data only: {_names(only_train)}",
            "How well they are learnt cannot be seen: add evaluation examples.",
        )


def _listed(counts: Counter[str]) -> Findings:
    if counts:
        yield Finding(
            TEXT, "Labels: " + ", ".join(f"{label!r} ({n})" for label, n in counts.most_common()), verbose=True
        )


def _names(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    return ", ".join(map(repr, labels[:LISTED])) + more
