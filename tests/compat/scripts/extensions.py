"""Extension attributes on docs, spans and tokens: default values, getters, methods."""

import spacy
from spacy.tokens import Doc, Span, Token

nlp = spacy.blank("en")
Doc.set_extension("title", default="untitled")
Doc.set_extension("seen", default=[])
Doc.set_extension("n_letters", getter=lambda doc: sum(len(t) for t in doc))
Token.set_extension("is_metal", getter=lambda token: token.lower_.rstrip("s") in {"tin", "zinc"})
Token.set_extension("mark", default=False)
Span.set_extension("metals", getter=lambda span: sum(t._.is_metal for t in span))
Span.set_extension("repeat", method=lambda span, times, sep="-": sep.join([span.text] * times))
doc, other = nlp("Tin and zinc melt early"), nlp("Wood burns")
doc._.title = "Melting points"
doc._.seen.append(1)
doc[1]._.mark = True
print(doc._.title, other._.title, doc._.seen, other._.seen, doc._.n_letters)
print([t._.is_metal for t in doc], [t._.mark for t in doc], doc[0:3]._.metals, doc[3:]._.metals)
print(doc[1:2]._.repeat(3), doc[1:2]._.repeat(2, sep="+"))
print(
    Doc.has_extension("title"), Doc.get_extension("title"), Token.remove_extension("mark"), Token.has_extension("mark")
)
again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
print(again._.title)
for wrong in (lambda: Doc.set_extension("title", default=1), lambda: doc._.nothing, lambda: Doc.set_extension("x")):
    try:
        wrong()
    except (ValueError, AttributeError) as error:
        print(type(error).__name__, str(error)[:6])
Doc.set_extension("title", default="new", force=True)
print(nlp("a")._.title)
