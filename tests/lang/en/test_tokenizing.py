"""English texts and their tokens, worked; how far they agree with the peer's and with a treebank's."""

import lzma
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import srsly

import tagma

WORKED = [
    ("Let's go to N.Y.!", ["Let", "'s", "go", "to", "N.Y.", "!"]),
    (
        "I don't think we'll can't won't shouldn't've.",
        ["I", "do", "n't", "think", "we", "'ll", "ca", "n't", "wo", "n't", "should", "n't", "'ve", "."],
    ),
    ("He's at 5pm, isn't he?", ["He", "'s", "at", "5", "pm", ",", "is", "n't", "he", "?"]),
    (
        "It costs $5.99 or €10,000.50 or 100USD.",
        ["It", "costs", "$", "5.99", "or", "€", "10,000.50", "or", "100USD", "."],
    ),
    (
        "Visit https://example.com/a?b=c#d, or www.test.org/path.html.",
        ["Visit", "https://example.com/a?b=c#d", ",", "or", "www.test.org/path.html", "."],
    ),
    ("Mail me: first.last+tag@mail.example.co.uk.", ["Mail", "me", ":", "first.last+tag@mail.example.co.uk", "."]),
    (
        "U.S. and U.K. vs. e.g. i.e. etc. Dr. Smith's Ph.D.",
        ["U.S.", "and", "U.K.", "vs.", "e.g.", "i.e.", "etc", ".", "Dr.", "Smith", "'s", "Ph.D."],
    ),
    (
        "state-of-the-art well-known re-do co-operate x-ray",
        [
            "state",
            "-",
            "of",
            "-",
            "the",
            "-",
            "art",
            "well",
            "-",
            "known",
            "re",
            "-",
            "do",
            "co",
            "-",
            "operate",
            "x",
            "-",
            "ray",
        ],
    ),
    ("The 1990s, '90s and 20th-century.", ["The", "1990s", ",", "'", "90s", "and", "20th", "-", "century", "."]),
    (
        "3km 10mph 5'11\" 100% 25°C 1,000.5kg",
        ["3", "km", "10", "mph", "5'11", '"', "100", "%", "25", "°", "C", "1,000.5", "kg"],
    ),
    ("Wow!!! What?!... Really…", ["Wow", "!", "!", "!", "What", "?", "!", "...", "Really", "…"]),
    (
        "\"Quoted\" 'single' “curly” ‘curly’ «guillemets»",
        ['"', "Quoted", '"', "'", "single", "'", "“", "curly", "”", "‘", "curly", "’", "«", "guillemets", "»"],
    ),
    (":) :-( :D <3 ^_^ ;-) =D :'( xD", [":)", ":-(", ":D", "<3", "^_^", ";-)", "=D", ":'(", "xD"]),
    ("hello   world\tand\nnewline  ", ["hello", "  ", "world", "\t", "and", "\n", "newline", " "]),
    ("(parentheses) [brackets] {braces}", ["(", "parentheses", ")", "[", "brackets", "]", "{", "braces", "}"]),
    ("and/or he/she 1/2 24/7", ["and/or", "he", "/", "she", "1/2", "24/7"]),
    ("C++ C# .NET node.js", ["C++", "C", "#", ".NET", "node.js"]),
    ("a.m. p.m. 9a.m. 9:30am", ["a.m.", "p.m.", "9", "a.m.", "9:30am"]),
    ("gonna gotta wanna lemme cannot", ["gon", "na", "got", "ta", "wanna", "lemme", "can", "not"]),
    ("y'all ain't ma'am o'clock rock'n'roll", ["y'", "all", "ai", "n't", "ma'am", "o'clock", "rock'n'roll"]),
    ("John's Jones' kids'", ["John", "'s", "Jones", "'", "kids", "'"]),
    ("--dashes—em – en --", ["--dashes", "—", "em", "–", "en", "--"]),
    ("#hashtag @user RT @you:", ["#", "hashtag", "@user", "RT", "@you", ":"]),
    ("1.2.3 192.168.0.1 v2.0-beta", ["1.2.3", "192.168.0.1", "v2.0", "-", "beta"]),
    ("日本語 text 混在 Text", ["日本語", "text", "混在", "Text"]),
    ("naïve café coöperate Straße", ["naïve", "café", "coöperate", "Straße"]),
    ("I'd've he'd she'll they're we've", ["I", "'d", "'ve", "he", "'d", "she", "'ll", "they", "'re", "we", "'ve"]),
    ("Mr. and Mrs. O'Neil-Smith", ["Mr.", "and", "Mrs.", "O'Neil", "-", "Smith"]),
    ("end.Start no space.Next,word", ["end", ".", "Start", "no", "space", ".", "Next", ",", "word"]),
    ("foo_bar __init__ snake_case", ["foo_bar", "_", "_", "init", "_", "_", "snake_case"]),
    (
        "http://a.b ftp://x.y file.txt path/to/file",
        ["http://a.b", "ftp://x.y", "file.txt", "path", "/", "to", "/", "file"],
    ),
    ("$ 5 -5 +3 ±2 <5 >=10 a=b", ["$", "5", "-5", "+3", "±2", "<", "5", ">", "=", "10", "a", "=", "b"]),
    ("don’t can’t it’s we’re", ["do", "n’t", "ca", "n’t", "it", "’s", "we", "’re"]),
    ("¿Qué? ¡Hola!", ["¿", "Qué", "?", "¡", "Hola", "!"]),
    ("😀😃 text😀text 👨\u200d👩\u200d👧", ["😀", "😃", "text", "😀", "text", "👨", "\u200d", "👩", "\u200d", "👧"]),
    ("\xa0nbsp\u200bzero", ["\xa0", "nbsp\u200bzero"]),
    ("", []),
    ("   ", ["   "]),
    (" leading", [" ", "leading"]),
    ("trailing ", ["trailing"]),
]


@pytest.mark.parametrize(("text", "tokens"), WORKED)
def test_worked_examples(text: str, tokens: list[str]) -> None:
    """Each text has exactly these tokens."""
    assert [token.text for token in tagma.blank("en")(text)] == tokens


RUN_ON = [
    ("grew.[4]", ["grew", ".", "[", "4", "]"]),
    ("grew.[4][5] U.S.[4]", ["grew", ".", "[", "4", "]", "[", "5", "]", "U.S.", "[", "4", "]"]),
    ("translation(MT).", ["translation", "(", "MT", ")", "."]),
    ("account(s) f(x)=y", ["account", "(", "s", ")", "f", "(", "x", ")", "=", "y"]),
    ('"red","blue";"green"', ['"', "red", '"', ",", '"', "blue", '"', ";", '"', "green", '"']),
    ("'red','blue'", ["'", "red", "'", ",", "'", "blue", "'"]),
    ("“red”,“blue”", ["“", "red", "”", ",", "“", "blue", "”"]),
    ('left."A left.”B left?“C', ["left", ".", '"', "A", "left", ".", "”", "B", "left", "?", "“", "C"]),
    ("Stop!Go", ["Stop", "!", "Go"]),
    ('<a href="b">', ["<", "a", "href", "=", '"', "b", '"', ">"]),
]
EMOJI = [
    "👍🏿", "❤️", "☝🏽", "🇩🇪", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "1️⃣", "‼️", "👩\u200d💻",
    "👩🏽\u200d🚀", "🤷\u200d♀️", "❤️\u200d🔥", "🏳️\u200d🌈", "👩\u200d❤️\u200d👨",
]  # fmt: skip
ADDRESSES = [
    "https://docs.sample.com.ai/foo/bar/", "https://a.com/", "a.com/wiki/C", "https://youtu.be/dQw4w9WgXcQ",
    "a.com/?b=", "https://a.com/~", "https://a.com/foo",
]  # fmt: skip


@pytest.mark.parametrize(("text", "tokens"), RUN_ON)
def test_words_run_together(text: str, tokens: list[str]) -> None:
    """Where a space was forgotten, or is not wanted, marks part the words as if it were there."""
    assert [token.text for token in tagma.blank("en")(text)] == tokens


@pytest.mark.parametrize("emoji", EMOJI)
def test_an_emoji_is_one_token(emoji: str) -> None:
    """Of however many characters: alone, behind a mark, a word or another one, and before a mark or a word."""
    text = f"{emoji} Thanks!{emoji} ({emoji}) so{emoji}{emoji}. {emoji}Go"
    tokens = [emoji, "Thanks", "!", emoji, "(", emoji, ")", "so", emoji, emoji, ".", emoji, "Go"]
    assert [token.text for token in tagma.blank("en")(text)] == tokens


@pytest.mark.parametrize("address", ADDRESSES)
def test_full_stops_behind_addresses(address: str) -> None:
    """A sentence may end in an address, whatever that ends in."""
    assert [token.text for token in tagma.blank("en")(f"See {address}.")] == ["See", address, "."]


def test_multi_language_differs_in_hyphens_after_numbers() -> None:
    """The base rules split a hyphen between letters only, and know no contractions."""
    text = "20th-century 5-year we-they don't :)"
    assert [token.text for token in tagma.blank("xx")(text)] == [
        "20th",
        "-",
        "century",
        "5-year",
        "we",
        "-",
        "they",
        "don't",
        ":)",
    ]
    assert [token.text for token in tagma.blank("en")("5-year")] == ["5", "-", "year"]


PEER_PROGRAM = """
import sys, spacy, srsly
given = srsly.json_loads(sys.stdin.read())
tokenizer = spacy.blank("en").tokenizer
own = tokenizer.to_bytes(exclude=["vocab"])
tokens = []
for rules in (own, bytes.fromhex(given["rules"])):
    tokenizer = spacy.blank("en").tokenizer.from_bytes(rules)
    docs = map(tokenizer, given["texts"])
    tokens.append([[[t.text, t.norm_, bool(t.whitespace_)] for t in doc] for doc in docs])
sys.stdout.write(srsly.json_dumps({"rules": own.hex(), "tokens": tokens[0], "tokens_under_given_rules": tokens[1]}))
"""


class Sentence(NamedTuple):
    """A sentence of the treebank: its text, and the words that its annotators saw in it."""

    text: str
    words: list[str]


@pytest.fixture(scope="module")
def development(treebank: Path) -> list[Sentence]:
    """The development part of the treebank."""
    sentences: list[Sentence] = []
    with lzma.open(next(treebank.glob("*dev.conllu.xz")), "rt", encoding="utf8") as file:
        for line in file:
            if line.startswith("# text = "):
                sentences.append(Sentence(line.removeprefix("# text = ").rstrip("\n"), []))
            elif line[0].isdigit() and line.partition("\t")[0].isdecimal():
                sentences[-1].words.append(line.split("\t")[1])
    return sentences


@pytest.fixture(scope="module")
def paragraphs(development: list[Sentence]) -> list[str]:
    """Its sentences, and paragraphs of eight of them."""
    texts = [sentence.text for sentence in development]
    return [*texts, *(" ".join(texts[i : i + 8]) for i in range(0, len(texts), 8))]


@pytest.fixture(scope="module")
def peer(paragraphs: list[str], peer_python: str) -> dict[str, Any]:
    """What the peer makes of the paragraphs under its rules and under tagma's, and the bytes of its rules."""
    call = [peer_python, "-c", PEER_PROGRAM]
    environment = {**os.environ, "PYTHONPATH": ""}
    rules = tagma.blank("en").tokenizer.to_bytes(exclude=["vocab"])
    data = srsly.json_dumps({"texts": paragraphs, "rules": rules.hex()})
    done = subprocess.run(call, input=data, capture_output=True, text=True, check=True, env=environment)
    return srsly.json_loads(done.stdout)


@pytest.mark.peer
@pytest.mark.parametrize("of", ["peer", "tagma"])
def test_equals_the_peer_under_the_same_rules(paragraphs: list[str], peer: dict[str, Any], of: str) -> None:
    """With the rules of either library, loaded from bytes, both give the same tokens, norms and spaces, each one."""
    tokenizer = tagma.blank("en").tokenizer
    if of == "peer":
        tokenizer.from_bytes(bytes.fromhex(peer["rules"]))
    expected = peer["tokens" if of == "peer" else "tokens_under_given_rules"]
    for text, tokens in zip(paragraphs, expected, strict=True):
        assert [[t.text, t.norm_, bool(t.whitespace_)] for t in tokenizer(text)] == tokens, text


@pytest.mark.peer
def test_own_rules_agree_with_the_peers(paragraphs: list[str], peer: dict[str, Any]) -> None:
    """Of 1,000 tokens, less than 2 differ from the peer's."""
    tokenizer = tagma.blank("en").tokenizer
    same = total = 0
    for text, tokens in zip(paragraphs, peer["tokens"], strict=True):
        theirs = offsets([(word, space) for word, _, space in tokens])
        same += len(theirs & offsets([(token.text, bool(token.whitespace_)) for token in tokenizer(text)]))
        total += len(theirs)
    assert same / total > 0.998


def offsets(tokens: list[tuple[str, bool]]) -> set[tuple[int, int]]:
    """Where each token begins and ends."""
    spans: set[tuple[int, int]] = set()
    start = 0
    for text, space in tokens:
        spans.add((start, start + len(text)))
        start += len(text) + space
    return spans


def test_agrees_with_the_treebank(development: list[Sentence]) -> None:
    """The words of the annotators are found with an F-score above 97 (typing errors and long runs of signs differ)."""
    tokenizer = tagma.blank("en").tokenizer
    same = found = expected = 0
    for text, words in development:
        theirs: set[tuple[int, int]] = set()
        end = 0
        for word in words:
            start = text.index(word, end)
            end = start + len(word)
            theirs.add((start, end))
        doc = tokenizer(text)
        ours = {(token.idx, token.idx + len(token)) for token in doc if not token.is_space}
        same, found, expected = same + len(ours & theirs), found + len(ours), expected + len(theirs)
    assert 2 * same / (found + expected) > 0.97
