"""The cloze task: words of a text are hidden, and a network is to tell from the others what stood there.

    docs ── hide 15 % ──▶ docs' ── tok2vec, output layers ──▶ guesses (n_tokens, nO)

The loss is over all tokens; gradients flow back from the hidden ones alone. What is to be guessed is the word's vector
(`get_vectors_loss`) or its first and last characters (`get_characters_loss`), always of the word that stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.ml._character_embed import utf8_bytes
from tagma.ml.staticvectors import lookup_vectors
from tagma.nn import Model, chain
from tagma.nn.types import Floats2d
from tagma.tokens import Doc
from tagma.tokens.columns import gather
from tagma.vectors import Mode

if TYPE_CHECKING:
    from tagma.nn import Ops
    from tagma.nn.loss import Loss
    from tagma.vocab import Vocab

__all__ = ["build_masked_language_model", "get_characters_loss", "get_vectors_loss"]

MASK = "[MASK]"
MASKED, RANDOM = 0.8, 0.1  # of the hidden words; the others stay as they are
MAX_WORDS = 10_000  # random words are drawn from so many
BYTES = 256
Distance = Callable[[Floats2d, Floats2d], tuple[Floats2d, float]]


def build_masked_language_model(
    vocab: Vocab, wrapped_model: Model[list[Doc], Floats2d], mask_prob: float = 0.15
) -> Model[list[Doc], Floats2d]:
    """Show a network docs in which words are hidden, and train it on these alone.

    mask_prob    Share of the words that are hidden. Of these 80 % become "[MASK]", 10 % a random word: a frequent one
                 of `vocab` if it knows probabilities, else any of it; or, if it has no words, one of the same batch.
    Refs: "wrapped". Raises ValueError E4320 for a share that is none.
    """
    if not 0 < mask_prob < 1:
        raise ValueError(Errors.E4320.format(mask_prob=mask_prob))
    model: Model[list[Doc], Floats2d] = Model(
        "masked-language-model",
        forward,
        init=init,
        layers=[wrapped_model],
        dims=dict.fromkeys(wrapped_model.dim_names),
        refs={"wrapped": wrapped_model},
        attrs={"random_words": RandomWords(vocab), "mask_prob": mask_prob},
    )
    return model


def forward(
    model: Model[list[Doc], Floats2d], docs: Sequence[Doc], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    """Docs to what is guessed of each token, float32 (n_tokens, nO). Words are hidden when predicting, too."""
    hidden, seen = hide(docs, model.attrs["random_words"], model.attrs["mask_prob"])
    if is_train and hidden.any() and (head := _head_of(model)) is not None:
        return _forward_in_two(model, head, seen, np.flatnonzero(hidden), np.flatnonzero(~hidden))
    guesses, backprop_wrapped = model.layers[0](seen, is_train)
    counts = model.ops.asarray(hidden.reshape((-1, 1)).astype("float32"))

    def backprop(d_guesses: Floats2d) -> Any:
        d_guesses *= counts
        return backprop_wrapped(d_guesses)

    return guesses, backprop


def _forward_in_two(
    model: Model[list[Doc], Floats2d],
    head: Model[Floats2d, Floats2d],
    seen: Sequence[Doc],
    hidden: np.ndarray[Any, Any],
    shown: np.ndarray[Any, Any],
) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    """As `forward`; the layers behind tok2vec are trained on the hidden rows, and only guess in the others.

    Of the others no gradient comes back: their guesses are for the loss that is told.
    """
    ops = model.ops
    tok2vec, output = model.layers[0].layers
    vectors, backprop_tok2vec = tok2vec.begin_update(seen)
    rows, backprop_rows = output.layers[0].begin_update(vectors)
    trained, backprop_head = head.begin_update(ops.as_contig(rows[hidden]))
    guesses = ops.alloc2f(len(rows), trained.shape[1])
    guesses[hidden] = trained
    if len(shown):
        guesses[shown] = head.predict(ops.as_contig(rows[shown]))

    def backprop(d_guesses: Floats2d) -> Any:
        d_rows = ops.alloc2f(*rows.shape)
        d_rows[hidden] = backprop_head(ops.as_contig(d_guesses[hidden]))
        d_guesses[shown] = 0
        return backprop_tok2vec(backprop_rows(d_rows))

    return guesses, backprop


def _head_of(model: Model[Any, Any]) -> Model[Floats2d, Floats2d] | None:
    """Where refs say that the network is chain(tok2vec, chain(list2array, *layers)), these layers; else None.

    They are the network's own nodes, in a chain that is no part of it.
    """
    tok2vec, output = model.maybe_get_ref("tok2vec"), model.maybe_get_ref("output_layer")
    if tok2vec is None or output is None or list(model.layers[0].layers) != [tok2vec, output]:
        return None
    layers = output.layers
    return chain(*layers[1:]) if len(layers) > 2 and layers[0].name == "list2array" else None


def init(model: Model[list[Doc], Floats2d], X: Any = None, Y: Any = None) -> None:
    """The wrapped network's shapes, which are those of the model."""
    wrapped = model.layers[0]
    wrapped.initialize(X=X, Y=Y)
    for dim in wrapped.dim_names:
        if wrapped.has_dim(dim):
            model.set_dim(dim, wrapped.get_dim(dim))


class RandomWords:
    """Words to put in the place of others, drawn by their probability in the vocabulary as it is now.

    keys    uint64 (n_words,), n_words at most 10,000
    """

    def __init__(self, vocab: Vocab) -> None:
        known = [(lexeme.orth, lexeme.prob) for lexeme in vocab if lexeme.prob != 0.0][:MAX_WORDS]
        self.keys: np.ndarray[Any, Any] = np.array([key for key, _ in known], dtype="uint64")
        shares = np.exp(np.array([probability for _, probability in known], dtype="float64"))
        self.shares: np.ndarray[Any, Any] = shares / shares.sum() if len(known) else shares

    def draw(self, number: int, instead: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """So many keys; of `instead`, all alike, if the vocabulary has none."""
        keys = self.keys if len(self.keys) else instead
        shares = self.shares if len(self.keys) else None
        drawn: np.ndarray[Any, Any] = np.random.choice(keys, number, p=shares)
        return drawn


def hide(docs: Sequence[Doc], random_words: RandomWords, mask_prob: float) -> tuple[np.ndarray[Any, Any], list[Doc]]:
    """Which tokens are hidden, bool (n_tokens,), and docs of the same length in which they are.

    The new docs have words and spaces and nothing else.
    """
    keys, lengths = gather(docs, ["ORTH"])
    words = keys[:, 0].copy()
    hidden = np.random.uniform(0.0, 1.0, len(words)) < mask_prob
    places = np.flatnonzero(hidden)
    roll = np.random.uniform(0.0, 1.0, len(places))
    vocab = docs[0].vocab
    random = places[(roll >= MASKED) & (roll < MASKED + RANDOM)]
    if len(random):
        words[random] = random_words.draw(len(random), keys[:, 0])
    words[places[roll < MASKED]] = vocab.strings.add(MASK)
    ends = np.cumsum(lengths)
    return hidden, [
        Doc(vocab, words=words[end - length : end].tolist(), spaces=doc.column("spacy").astype(bool).tolist())
        for doc, length, end in zip(docs, lengths.tolist(), ends.tolist(), strict=True)
    ]


def get_characters_loss(ops: Ops, docs: Sequence[Doc], prediction: Floats2d, nr_char: int) -> tuple[float, Floats2d]:
    """Loss of distributions over the bytes of each token, and its gradient over the scores behind them.

    prediction    float32 (n_tokens, nr_char·256): for each of the first and last `nr_char` UTF-8 bytes of a word, from
                  both ends in turn, the probabilities of its values; 255 where the word is shorter.
    The loss is the sum of the squared differences, the gradient the difference over the number of tokens.
    """
    targets, _ = utf8_bytes(docs, nr_char)
    columns = ops.asarray(targets + np.arange(nr_char, dtype="int32") * BYTES)
    gradient = prediction.copy()
    gradient[ops.xp.arange(len(gradient))[:, None], columns] -= 1
    flat = gradient.reshape(-1)
    loss = float(ops.xp.dot(flat, flat))
    gradient *= 1.0 / max(len(gradient), 1)
    return loss, gradient


def get_vectors_loss(
    ops: Ops, docs: Sequence[Doc], prediction: Floats2d, distance: Loss[Floats2d, Floats2d, Floats2d, float] | Distance
) -> tuple[float, Floats2d]:
    """Distance of guesses from the vectors of the tokens, zeros for those without, and its gradient.

    prediction    float32 (n_tokens, width of the vectors)
    Raises ValueError E850 for a table of a kind that has no vectors for words.
    """
    mode = getattr(docs[0].vocab.vectors, "mode", None)
    if mode not in (Mode.default, Mode.floret):
        raise ValueError(Errors.E850.format(mode=mode))
    targets, _ = lookup_vectors(ops, docs, "ORTH")
    gradient, loss = distance(prediction, targets)
    return float(loss), gradient
