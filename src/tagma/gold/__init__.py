"""What predictions are compared with: examples, and the forms that gold annotation comes in.

Reading order: `example` (a predicted and a gold Doc), `alignment` (their tokens side by side), `forms` (annotation as a
dict), `biluo` (entity tags), `projective` (trees without crossing arcs). Imported by scorers, components and training;
imports documents and word forms. `tagma.training` has the same names.
"""
