"""The two transition systems in plain Python, the slow way: what the compiled ones are compared with.

A class is named as in `moves.names`: "S", "D", "L-nsubj", "R-dobj", "B-ROOT" for the parser; "B-PER", "I-PER", "L-PER",
"U-PER", "U-", "O" for entities. Lists are short here, so everything is searched for again at every step: that a token's
gold head is on the stack is asked of the stack.

Nivre (2003), An Efficient Algorithm for Projective Dependency Parsing; Nivre and Fernández-González (2014), Arc-Eager
Parsing with the Tree Constraint (tokens without head go back to the buffer); Goldberg and Nivre (2012), A Dynamic
Oracle for Arc-Eager Dependency Parsing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

INVALID = 9000.0


@dataclass(frozen=True)
class Presets:
    """What the Doc says beforehand, a value for each token."""

    sent_starts: Sequence[int]  # 1 starts a sentence, -1 does not, 0 open
    ent_iobs: Sequence[int]  # 3 begins an entity, 1 continues it, 2 outside, 0 open
    ent_types: Sequence[str]
    is_space: Sequence[bool]

    @classmethod
    def of(cls, doc: Any) -> "Presets":
        """What a Doc says."""
        starts = [{True: 1, False: -1, None: 0}[token.is_sent_start] for token in doc]
        iobs, types = [token.ent_iob for token in doc], [token.ent_type_ for token in doc]
        return cls(starts, iobs, types, [token.is_space for token in doc])

    @classmethod
    def none(cls, n: int) -> "Presets":
        """A Doc of n words without annotation."""
        return cls([0] * n, [0] * n, [""] * n, [False] * n)


@dataclass
class State:
    """A partial analysis of a Doc."""

    presets: Presets
    buffer: list[int]  # front first
    heads: list[int]
    deps: list[str]
    stack: list[int] = field(default_factory=list)  # top last
    attached: list[int] = field(default_factory=list)  # tokens with a head, in the order of their arcs
    unshiftable: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)  # sentence starts found by the parser
    ents: list[tuple[int, int, str]] = field(default_factory=list)  # end -1 while open
    history: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, presets: Presets) -> "State":
        """The initial state."""
        n = len(presets.sent_starts)
        return cls(presets, buffer=list(range(n)), heads=[-1] * n, deps=[""] * n)

    def copy(self) -> "State":
        """An independent state."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)[1:]}
        return replace(self, **{name: part.copy() for name, part in parts.items()})

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to do."""
        return not self.stack and not self.buffer

    def s(self, k: int) -> int:
        """The k-th token of the stack, from 0 at the top; -1 for none."""
        return self.stack[-1 - k] if k < len(self.stack) else -1

    def b(self, k: int) -> int:
        """The k-th token of the buffer; -1 for none."""
        return self.buffer[k] if k < len(self.buffer) else -1

    def left(self, head: int, k: int) -> int:
        """The left child that was attached k-th from last, from 1; -1 for none."""
        return ([-1] * k + [c for c in self.attached if self.heads[c] == head and c < head])[-k]

    def right(self, head: int, k: int) -> int:
        """The right child that was attached k-th from last, from 1; -1 for none."""
        return ([-1] * k + [c for c in self.attached if self.heads[c] == head and c > head])[-k]

    def starts(self, token: int) -> bool:
        """Whether a sentence starts here, by the Doc or by a BREAK."""
        return token >= 0 and (self.presets.sent_starts[token] == 1 or token in self.marked)

    def cannot_start(self, token: int) -> bool:
        """Whether the Doc says that no sentence starts here."""
        return token >= 0 and self.presets.sent_starts[token] == -1

    def attach(self, head: int, child: int, label: str) -> None:
        """Adds an arc in place of the child's arc."""
        if child in self.attached:
            self.attached.remove(child)
        self.attached.append(child)
        self.heads[child], self.deps[child] = head, label

    @property
    def open_entity(self) -> tuple[int, str] | None:
        """Start and label of the open entity."""
        return (self.ents[-1][0], self.ents[-1][2]) if self.ents and self.ents[-1][1] == -1 else None

    def features(self, n: int) -> list[int]:
        """The n tokens that the network sees; -1 for none."""
        b0, b1, s0, s1, s2 = self.b(0), self.b(1), self.s(0), self.s(1), self.s(2)
        start = self.open_entity[0] if self.open_entity else -1
        inside = b0 >= 0 and start >= 0
        if n == 3:
            return [b0, start, b0 - 1 if inside else -1]
        if n == 6:
            return ([b0] + (list(range(start, b0)) if inside else []) + [-1] * 5)[:6]
        left, right = self.left, self.right
        if n == 8:
            return [b0, b1, s0, s1, s2, left(b0, 1), left(s0, 1), right(s0, 1)]
        children = [left(s0, 1), right(s0, 1), left(b0, 1), right(s0, 2)]
        return [b0, b1, s0, s1, s2, *children, left(s1, 1), left(s1, 2), right(s1, 1), right(s1, 2)]


class System:
    """What both systems share; a subclass has `is_valid`, `act` and `cost` for a class."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)

    def is_valid(self, state: State, name: str) -> bool:
        """Whether a class may be applied."""
        raise NotImplementedError

    def act(self, state: State, move: str, label: str) -> None:
        """The effect of a class."""
        raise NotImplementedError

    def valid(self, state: State) -> list[bool]:
        """For each class whether it may be applied."""
        return [self.is_valid(state, name) for name in self.names]

    def apply(self, state: State, name: str) -> None:
        """Applies a valid class."""
        assert self.is_valid(state, name), name
        self.act(state, *split(name))
        state.history.append(name)


def split(name: str) -> tuple[str, str]:
    """Move and label of a class."""
    move, _, label = name.partition("-")
    return move, label


@dataclass(frozen=True)
class GoldParse:
    """Gold heads and labels (None where not known, a root is its own head), and for each token if a sentence starts."""

    heads: Sequence[int | None]
    labels: Sequence[str | None]
    sent_starts: Sequence[bool | None]


class ArcEager(System):
    """Dependency trees and sentences."""

    def is_valid(self, state: State, name: str) -> bool:
        move, label = split(name)
        b0, b1, s0 = state.b(0), state.b(1), state.s(0)
        if move == "S":
            may_push = len(state.buffer) >= 2 and not state.starts(b0) and b0 not in state.unshiftable
            return (not state.stack and bool(state.buffer)) or may_push
        if move == "D":
            return bool(state.stack) and not (len(state.stack) == 1 and state.cannot_start(b0))
        if move == "B":
            return len(state.buffer) >= 2 and b1 == b0 + 1 and not state.starts(b1) and not state.cannot_start(b1)
        can_attach = bool(state.stack) and bool(state.buffer) and not state.starts(b0)
        return can_attach and (label != "subtok" or s0 == b0 - 1)

    def act(self, state: State, move: str, label: str) -> None:
        if move == "S":
            state.stack.append(state.buffer.pop(0))
        elif move == "D":
            s0, alone = state.stack.pop(), len(state.stack) == 0
            if state.heads[s0] < 0 and not alone:
                state.buffer.insert(0, s0)
                state.unshiftable.add(s0)
        elif move == "L":
            state.attach(state.b(0), state.s(0), label)
            state.unshiftable.discard(state.b(0))
            state.stack.pop()
        elif move == "R":
            state.attach(state.s(0), state.b(0), label)
            state.stack.append(state.buffer.pop(0))
        else:
            state.marked.add(state.b(1))

    def known(self, gold: GoldParse) -> GoldParse:
        """The gold parse with the labels that the system has."""
        labels: list[str | None] = []
        for child, (head, label) in enumerate(zip(gold.heads, gold.labels, strict=True)):
            if head is not None and label is not None:
                move = "B" if head == child else "L" if head > child else "R"
                if f"{move}-{label}" not in self.names:
                    label = "ROOT" if head == child else "dep"
            labels.append(label)
        return GoldParse(gold.heads, labels, gold.sent_starts)

    def costs(self, state: State, gold: GoldParse) -> list[float]:
        """For each class the number of gold arcs and sentence starts that it loses; INVALID if it is not valid.

        `gold` is as `known` returns it.
        """
        head = [-1 if h is None or h == i else h for i, h in enumerate(gold.heads)]  # the arcs that can be lost
        near = state.buffer[: next((i for i, b in enumerate(state.buffer) if state.starts(b)), None)]
        b0, b1, s0, s1 = state.b(0), state.b(1), state.s(0), state.s(1)

        def arcs(token: int, others: Sequence[int]) -> int:
            """Gold arcs between a token and others, both ways."""
            return (head[token] in others) + sum(head[other] == token for other in others)

        misses_break = self.is_valid(state, "B-ROOT") and gold.sent_starts[b1] is True
        push = arcs(b0, state.stack) + misses_break if state.buffer else INVALID
        pop = arcs(s0, near) if state.stack else INVALID
        has_head = s0 >= 0 and state.heads[s0] >= 0

        def cost(move: str, label: str) -> float:
            if move == "S":
                return push
            if move == "D":
                return 0 if state.starts(b0) else pop if has_head else pop - arcs(s0, state.stack)
            if move == "L":
                lost = pop + ((head[s0] == s1) if has_head else arcs(s0, state.stack))
                return lost - (head[s0] == b0 and label == gold.labels[s0])
            if move == "R":
                if head[b0] == s0:
                    return push - (label == gold.labels[b0])
                return push + (head[b0] in near and b0 not in state.unshiftable)
            across = sum(arcs(s, near) - (head[b0] == s) - (head[s] == b0) for s in state.stack)
            return across + (gold.sent_starts[b1] is False)

        return [float(cost(*split(name))) if self.is_valid(state, name) else INVALID for name in self.names]

    def oracle(self, state: State, gold: GoldParse) -> list[str]:
        """The cheapest classes up to the end, the first of equal ones; they are applied to the state."""
        gold = self.known(gold)
        while not state.is_final:
            costs = self.costs(state, gold)
            if min(costs) > 0:
                break
            self.apply(state, self.names[costs.index(min(costs))])
        return state.history


@dataclass(frozen=True)
class GoldEntities:
    """A BILUO tag for each token, None where not known; entities (start, end, label) that are known to be wrong."""

    tags: Sequence[str | None]
    wrong: Sequence[tuple[int, int, str]] = ()


class Biluo(System):
    """Entities."""

    def is_valid(self, state: State, name: str) -> bool:
        move, label = split(name)
        presets, b0, b1 = state.presets, state.b(0), state.b(1)
        iob, kind = (presets.ent_iobs[b0], presets.ent_types[b0]) if b0 >= 0 else (0, "")
        next_iob = presets.ent_iobs[b1] if b1 >= 0 else 0
        next_starts = b1 >= 0 and presets.sent_starts[b1] == 1
        is_space = b0 >= 0 and presets.is_space[b0]
        opened = state.open_entity
        if move == "O":
            return opened is None and iob not in (1, 3)
        if move == "U":
            if not label:
                return iob == 3 and not kind
            if opened or next_iob == 1:
                return False
            return label == kind if iob == 3 else not is_space
        if not label:
            return False
        if move == "B":
            if opened or len(state.buffer) < 2 or iob == 1:
                return False
            if iob == 3:
                return label == kind and next_iob == 1
            return next_iob != 3 and not next_starts and not is_space
        if opened is None:
            return False
        if move == "L":
            if iob == 1 and next_iob != 1:
                return label == kind
            return opened[1] == label and next_iob != 1
        if len(state.buffer) < 2 or opened[1] != label or iob == 3 or next_iob == 3:
            return False
        return (next_iob == 1 and label == kind) if iob == 1 else not next_starts

    def act(self, state: State, move: str, label: str) -> None:
        b0 = state.buffer.pop(0)
        if move in ("B", "U"):
            state.ents.append((b0, -1 if move == "B" else b0 + 1, label))
        elif move == "L":
            start, _, opened_as = state.ents[-1]
            state.ents[-1] = (start, b0 + 1, opened_as)

    def costs(self, state: State, gold: GoldEntities) -> list[float]:
        """For each class how it departs from the gold entities that can still be found; INVALID if it is not valid."""
        return [self.cost(state, gold, name) if self.is_valid(state, name) else INVALID for name in self.names]

    def cost(self, state: State, gold: GoldEntities, name: str) -> float:
        """The cost of a valid class."""
        move, label = split(name)
        b0, b1, opened = state.b(0), state.b(1), state.open_entity
        tag = gold.tags[b0]
        if move == "O":
            return float(tag is not None and tag[0] in "BU")
        if move in ("B", "U"):
            departs = tag is not None and tag != name
            spans = [span for span in gold.wrong if (span[0], span[2]) == (b0, label)]
            is_wrong = len(state.buffer) < 3 if move == "B" else (b0, b0 + 1, label) in spans
            return float(departs + (bool(spans) and is_wrong))
        assert opened is not None
        is_lost = gold.tags[opened[0]] not in (f"B-{opened[1]}", f"U-{opened[1]}")
        if move == "L":
            return float(
                (tag is not None and tag[0] == "I" and not is_lost) + ((opened[0], b0 + 1, label) in gold.wrong)
            )
        following = "O" if b1 < 0 else gold.tags[b1]
        can_go_on = following in ("O", None)
        if tag is None or tag[0] in "BI":
            return 0.0
        return float(not {"L": is_lost and can_go_on, "O": can_go_on, "U": following == "O"}[tag[0]])
