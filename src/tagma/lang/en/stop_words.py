"""English stop words: the words of closed classes, by class, with the adverbs and light verbs that work like them.

The classes are those of Universal Dependencies, and the treebank under data/ was read to see which words are in use.
"""

from tagma.lang.en.tokenizer_exceptions import CLITICS

_ARTICLES_AND_DETERMINERS = """
a an the this that these those some any no every each either neither both all another other others such
what which whatever whichever whose many much more most few fewer fewest several enough little less least own same
"""
_PERSONAL_PRONOUNS = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
it its itself they them their theirs themself themselves one oneself
"""
_OTHER_PRONOUNS = """
who whom whoever whomever someone somebody something anyone anybody anything everyone everybody everything nobody
nothing none noone
"""
_AUXILIARIES = """
am is are was were be been being have has had having do does did doing done can cannot could may might must need ought
shall should will would
"""
_LIGHT_VERBS = """
get gets getting got go goes going went gone give gives giving gave given make makes making made take takes taking took
taken put puts putting keep keeps keeping kept let lets letting say says saying said see sees seeing saw seen seem seems
seeming seemed become becomes becoming became
"""
_PREPOSITIONS = """
about above across after against along alongside amid among amongst around as at before behind below beneath beside
besides between beyond by despite down during except for from in inside into like near of off on onto out outside over
past per regarding since than through throughout till to toward towards under underneath until unto up upon versus via
with within without
"""
_CONJUNCTIONS = """
and or but nor yet so if unless because although though even whereas while whilst whether that lest once provided
"""
_ADVERBS_OF_PLACE_AND_TIME = """
here there where everywhere somewhere anywhere nowhere wherever elsewhere away back now then when whenever again already
always ever never often sometimes sometime usually soon still later ago afterwards beforehand meanwhile today
"""
_ADVERBS_OF_DEGREE_AND_MANNER = """
not very too quite rather really almost nearly just only also else well how however why thus hence therefore otherwise
perhaps maybe indeed instead anyway somehow moreover furthermore nevertheless nonetheless together apart mostly mainly
merely simply actually probably certainly especially
"""
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve first second third last next"

STOP_WORDS: set[str] = {
    word
    for words in (
        _ARTICLES_AND_DETERMINERS,
        _PERSONAL_PRONOUNS,
        _OTHER_PRONOUNS,
        _AUXILIARIES,
        _LIGHT_VERBS,
        _PREPOSITIONS,
        _CONJUNCTIONS,
        _ADVERBS_OF_PLACE_AND_TIME,
        _ADVERBS_OF_DEGREE_AND_MANNER,
        _NUMBERS,
    )
    for word in words.split()
}
STOP_WORDS.update(form.replace("'", apostrophe) for form in CLITICS for apostrophe in "'’")
STOP_WORDS.update(["ca", "wo", "sha", "ai"])  # what "n't" leaves of its verb
