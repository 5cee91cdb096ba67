"""medspacy: sections, targets and their context in a clinical note."""

import medspacy
from medspacy.ner import TargetRule

nlp = medspacy.load()
nlp.get_pipe("medspacy_target_matcher").add(
    [
        TargetRule("atrial fibrillation", "PROBLEM"),
        TargetRule("atrial fibrillation", "PROBLEM", pattern=[{"LOWER": "afib"}]),
        TargetRule("pneumonia", "PROBLEM"),
        TargetRule("Type II Diabetes Mellitus", "PROBLEM", pattern=[{"LOWER": "diabetes"}]),
        TargetRule("warfarin", "MEDICATION"),
    ]
)
doc = nlp("There is no evidence of pneumonia. Hx of afib, on warfarin. Mother with diabetes. Possible afib.")
print(nlp.pipe_names)
for ent in doc.ents:
    flags = [ent._.is_negated, ent._.is_historical, ent._.is_family, ent._.is_uncertain]
    print(ent.text, ent.label_, flags, [modifier.category for modifier in ent._.modifiers])
print([sent.text for sent in doc.sents])
