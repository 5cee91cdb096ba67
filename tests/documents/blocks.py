"""The Python blocks of the documents that users of the peer bring along, and what each says of itself.

The documents are read, never kept here. In one of them the lines of a block have run together: what it shares with the
others is taken from these, and for the rest only the indentation of the statements is written down. Another has lines,
but has lost their indentation.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

# The documents about layers and models; in the last, one block is about a model.
LAYERS = ("layers-architectures.md", "layers-architectures-draft-1.md", "layers-architectures-draft-2.md")
COMPONENTS = "trainable-pipe.md"
ARCHITECTURES = "model-architectures.md"

# What names a block → what it contains, its lines run together, and no other block does.
BLOCKS = {
    "architecture": 'register("model.v1")',
    "types": "def chain_model(",
    "wrapper": "import PyTorchWrapper wrapped_pt_model",
    "module": "### PyTorch model",
    "mixed": "nM, nC) model = chain(char_embed",
    "registered": "CustomTorchModel.v1",
    "operators": "Softmax(nO, hidden_width) ) model",
    "some widths": "Softmax(nO) )",
    "no widths": "### Shape inference with initialization",
    "dropout": "normalize=False",
    "relations": "def create_relation_model(",
    "all pairs": "def get_candidates(doc: Doc)",
    "near pairs": 'def get_candidates(doc: "Doc")',
    "draft of all pairs": "def create_candidate_indices() ->",
    "draft of near pairs": '("rel_cand_generator.v2")',
    "references": 'model.get_ref("tok2vec")',
    "component": "class RelationExtractor(Pipe)",
    "initialize": "def initialize( self",
    "update": "def update( self, examples: Iterable[Example]",
    "predict": "def predict(self, docs: Iterable[Doc]) ->",
    "output": 'print("spans"',
    "extension": "Doc.set_extension(",
    "set_annotations": "def set_annotations(self, docs: Iterable[Doc]",
    "call": "def __call__(self, Doc doc)",
    "factory": '@Language.factory("relation_extractor")',
    "draft of update": "def update(self, examples): docs =",
    "resize": "def custom_resize(",
}
# Indentation of the statements of blocks that have lost it.
LAYOUT = {
    "resize": [0, 1, 1, 0],
    "draft of all pairs": [0, 0, 1, 2, 2, 3, 4, 2, 1],
    "draft of near pairs": [0, 0, 1, 2, 2, 3, 4, 5, 6, 2, 1],
}
# What is no Python, by the name of its block, and what is meant.
MEANT = {
    "call": {"Doc doc": "doc: Doc"},
    "component": {"     def __init__": "    def __init__", "         ...": "        ..."},
    "relations": {"create_relation_model(...)": "create_relation_model()"},
}
IMPORTS = {
    r"\bfrom thinc\.": "from tagma.nn.",
    r"\bfrom spacy\b": "from tagma",
    r"\bimport spacy\b": "import tagma as spacy",
}


@dataclass(frozen=True)
class Block:
    """A block of code in a document."""

    document: str
    text: str

    @property
    def joined(self) -> str:
        """Its lines run together, without the marks of a quotation."""
        return " ".join(word for word in self.text.split() if word != ">")

    @property
    def names(self) -> list[str]:
        """The names of `BLOCKS` whose text it contains."""
        return [name for name, part in BLOCKS.items() if part in self.joined]


def blocks(folder: Path, document: str) -> list[Block]:
    """The Python blocks of a document, those in quotations too, in order."""
    return [Block(document, text) for kind, text in _fenced(folder, document) if kind == "python"]


def configs(folder: Path, document: str) -> list[str]:
    """The blocks of settings in a document, in order."""
    return [text for kind, text in _fenced(folder, document) if kind == "ini"]


def _fenced(folder: Path, document: str) -> list[tuple[str, str]]:
    """Language and text of each block between fences, those in quotations too."""
    text = (folder / document).read_text(encoding="utf8")
    if "\n | ||\n" in text:  # a copy of a web page: each line stands in a table
        text = "\n".join(line[2:] for line in text.splitlines() if line.startswith("| "))
    text = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
    return re.findall(r"```(python|ini)\s(.*?)```", text, flags=re.DOTALL)


def program(folder: Path, name: str, *, changed: bool = True) -> str:
    """The code of a block from the first document that has it, its imports changed unless they are not to be."""
    found = [block for document in (*LAYERS, COMPONENTS) for block in blocks(folder, document) if block.names == [name]]
    code = found[0].text
    if name in LAYOUT:
        lines = [line for line in code.splitlines() if line]
        statements = lines if len(lines) > 1 else apart(found[0].joined)
        code = "\n".join("    " * level + part for level, part in zip(LAYOUT[name], statements, strict=True))
    for wrong, right in MEANT.get(name, {}).items():
        assert wrong in code
        code = code.replace(wrong, right)
    for old, new in IMPORTS.items() if changed else ():
        code = re.sub(old, new, code)
    return code


def apart(line: str) -> list[str]:
    """The statements of code whose lines have run together."""
    line = re.sub(r"^#+ *(\{.*?\} *)?", "", line)
    starts, depth = [0], 0
    before: tokenize.TokenInfo | None = None
    tokens = [each for each in tokenize.generate_tokens(io.StringIO(line).readline) if each.string.strip()]
    for token in tokens:
        if before is not None and depth == 0 and _separate(before, token):
            starts.append(token.start[1])
        depth += (token.string in "([{") - (token.string in ")]}")
        before = token
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]


WORDS = {"and", "as", "class", "def", "for", "from", "if", "import", "in", "is", "not", "or", "return", "with"}
WITHIN = {"and", "as", "import", "in", "is", "not", "or"}  # words with which no statement begins


def _separate(before: tokenize.TokenInfo, token: tokenize.TokenInfo) -> bool:
    """Whether a new statement begins between two tokens that stand in no brackets."""
    if before.string == ":":
        return True
    ends = before.string in (")", "]", "}") or (before.type == tokenize.NAME and before.string not in WORDS)
    return ends and (token.string == "@" or (token.type == tokenize.NAME and token.string not in WITHIN))
