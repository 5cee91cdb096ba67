"""English texts and their tokens, worked; the same as the peer's."""

import lzma
import os
import subprocess
from pathlib import Path

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
nlp = spacy.blank("en")
docs = map(nlp.tokenizer, srsly.json_loads(sys.stdin.read()))
print(srsly.json_dumps([[[t.text, t.norm_, bool(t.whitespace_)] for t in doc] for doc in docs]))
"""


@pytest.mark.peer
def test_equals_the_peer_on_real_text(treebank: Path, peer_python: str) -> None:
    """On the development part of the treebank, sentences and paragraphs: the peer's tokens, norms and spaces."""
    with lzma.open(next(treebank.glob("*dev.conllu.xz")), "rt", encoding="utf8") as file:
        sentences = [line.removeprefix("# text = ").rstrip("\n") for line in file if line.startswith("# text = ")]
    texts = [*sentences, *(" ".join(sentences[i : i + 8]) for i in range(0, len(sentences), 8))]
    call = [peer_python, "-c", PEER_PROGRAM]
    environment = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(
        call, input=srsly.json_dumps(texts), capture_output=True, text=True, check=True, env=environment
    )
    expected = srsly.json_loads(done.stdout)
    tokenizer = tagma.blank("en").tokenizer
    for text, tokens in zip(texts, expected, strict=True):
        assert [[t.text, t.norm_, bool(t.whitespace_)] for t in tokenizer(text)] == tokens, text
