/* Loops over the rows that a span is made of. */
#ifndef TAGMA_SPANS_H
#define TAGMA_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "dispatch.h"

/* y and row: the largest value of each column of the rows first to end of X, and the first row that has it. */
void tg_span_largest(float *RESTRICT y, int32_t *RESTRICT row, const float *RESTRICT X, int64_t first, int64_t end,
                     ptrdiff_t width);

/* y and which: the largest piece of each output of a span of the tokens first to end, and which piece that is.
   P: (n_tokens, 4, nP, nO), products of each token as last, as first, in the mean, as largest; other: (nP, nO), that of
   the largest values; mean and best: room for nP * nO floats and nO numbers. */
void tg_span_outputs(float *RESTRICT y, uint8_t *RESTRICT which, float *RESTRICT mean, int32_t *RESTRICT best,
                     const float *P, const float *other, const float *RESTRICT bias, int64_t first, int64_t end, ptrdiff_t nO,
                     ptrdiff_t nP);

#endif
