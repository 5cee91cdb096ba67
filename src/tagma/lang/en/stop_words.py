"""English stop words, by what they do in a sentence; contracted ones with every apostrophe in use."""

_WORDS = {
    "articles and pointers": "a an the this that these those here there such same other others another own",
    "persons": (
        "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself "
        "she her hers herself it its itself they them their themselves one who whom whose which what name"
    ),
    "anybody": (
        "anyone anything anyway anyhow anywhere everyone everything everywhere someone something sometime sometimes "
        "somehow somewhere noone nobody nothing nowhere none whoever whatever whole"
    ),
    "how many": (
        "all almost any amount both each either neither enough every few first five four fifteen fifty forty eight "
        "eleven hundred last least less many more most mostly much nine no only several six sixty some ten third "
        "three twelve twenty two part"
    ),
    "auxiliaries and light verbs": (
        "am are is was were be been being become becomes becoming became have has had do does did doing done "
        "can ca cannot could may might must should will would used using "
        "call get give go keep make made move put regarding say see seem seems seemed seeming show take"
    ),
    "place and direction": (
        "above across against along among amongst around at back behind below beside besides between beyond "
        "bottom by down elsewhere former formerly from front full empty in into off on onto out over side through "
        "throughout thru to together top toward towards under up upon via with within without of"
    ),
    "time": (
        "after afterwards again already always before beforehand during ever latter latterly meanwhile "
        "never next now often once since still then thence until when whence whenever while yet further due"
    ),
    "connectives": (
        "about alone also although and as because but else even except for hence however if indeed moreover namely "
        "nevertheless nor not or otherwise per perhaps please quite rather re really serious so than though thus "
        "therefore too unless various very well whether why how just"
    ),
    "here- there- where-": (
        "hereafter hereby herein hereupon thereafter thereby therein thereupon where whereafter whereas whereby "
        "wherein whereupon wherever whither"
    ),
}
_CONTRACTED = ["'d", "'ll", "'m", "'re", "'s", "'ve", "n't"]

STOP_WORDS: set[str] = {word for words in _WORDS.values() for word in words.split()}
STOP_WORDS.update(form.replace("'", mark) for form in _CONTRACTED for mark in "'‘’")
