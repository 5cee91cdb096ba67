"""jieba, spacy-pkuseg, SudachiPy, pyvi and pythainlp: words of languages that are not cut at spaces."""

import contextlib
import io
import tempfile
from pathlib import Path

import spacy
import spacy_pkuseg

SENTENCES = ["我 爱 北京 天安门 。", "作为 语言 而言 ， 为 世界 使用 人数 最多 的 语言 。", "自然 语言 处理 很 有趣 。"]
TEXTS = {
    "ja": "東京都に  行きたかった　です。\n\n彼はあらゆる本を読んだり、選挙管理委員会で働いたりしていた。",
    "th": "ภาษาไทยง่ายมาก  ครับ ok",
    "vi": "Email a.b@x.com.vn 3.500,5 đồng.  Ông Nguyễn Văn A. đi học (ở Hà Nội).\n\nHọc sinh học sinh học.",
    "zh": "作为语言而言，为世界使用人数最多的语言。 我 爱北京  天安门",
}


def show(nlp, text):
    doc = nlp(text)
    for token in doc:
        print([token.text_with_ws, token.tag_, token.pos_, token.lemma_, token.norm_, str(token.morph)])
    print(doc.user_data)


def pipeline(lang, **settings):
    return spacy.blank(lang, config={"nlp": {"tokenizer": settings}})


def with_pkuseg(folder):
    """A pipeline with a small model, trained here, after it was saved and loaded."""
    lines = "\n".join(SENTENCES * 10) + "\n"
    (folder / "train.txt").write_text(lines, encoding="utf8")
    with contextlib.redirect_stdout(io.StringIO()):  # tells how long it took
        spacy_pkuseg.train(str(folder / "train.txt"), str(folder / "train.txt"), str(folder / "model"), train_iter=5)
    nlp = pipeline("zh", segmenter="pkuseg")
    nlp.config["initialize"]["tokenizer"]["pkuseg_model"] = str(folder / "model")
    nlp.initialize()
    nlp.tokenizer.pkuseg_update_user_dict(["天安"])
    nlp.to_disk(folder / "saved")
    return spacy.load(folder / "saved")


if __name__ == "__main__":
    for mode in (None, "B", "C"):
        show(pipeline("ja", split_mode=mode), TEXTS["ja"])
    show(pipeline("th"), TEXTS["th"])
    show(pipeline("vi"), TEXTS["vi"])
    show(pipeline("zh", segmenter="jieba"), TEXTS["zh"])
    with tempfile.TemporaryDirectory() as place:
        nlp = with_pkuseg(Path(place))
    print("with pkuseg")
    show(nlp, TEXTS["zh"])
