/* Loops over the rows that a span is made of, for each instruction set. */

#include "spans.h"

TAGMA_CLONES
void tg_span_largest(float *RESTRICT y, int32_t *RESTRICT row, const float *RESTRICT X, int64_t first, int64_t end,
                     ptrdiff_t width) {
    const float *x = X + first * width;
    for (ptrdiff_t c = 0; c < width; c++) {
        y[c] = x[c];
        row[c] = (int32_t)first;
    }
    for (int64_t t = first + 1; t < end; t++) {
        x = X + t * width;
        for (ptrdiff_t c = 0; c < width; c++) {
            row[c] = x[c] > y[c] ? (int32_t)t : row[c];
            y[c] = x[c] > y[c] ? x[c] : y[c];
        }
    }
}

TAGMA_CLONES
void tg_span_outputs(float *RESTRICT y, uint8_t *RESTRICT which, float *RESTRICT mean, int32_t *RESTRICT best,
                     const float *P, const float *other, const float *RESTRICT bias, int64_t first, int64_t end, ptrdiff_t nO,
                     ptrdiff_t nP) {
    const ptrdiff_t nA = nO * nP;
    const float share = 1.0f / (float)(end - first);
    const float *one = P + (end - 1) * 4 * nA, *two = P + (first * 4 + 1) * nA, *next = P + (first * 4 + 2) * nA;
    for (ptrdiff_t j = 0; j < nA; j++)
        mean[j] = next[j];
    for (int64_t t = first + 1; t < end; t++) {
        next += 4 * nA;
        for (ptrdiff_t j = 0; j < nA; j++)
            mean[j] += next[j];
    }
    for (ptrdiff_t j = 0; j < nA; j++)
        mean[j] = one[j] + two[j] + mean[j] * share + other[j] + bias[j];
    for (ptrdiff_t o = 0; o < nO; o++) {
        y[o] = mean[o];
        best[o] = 0;
    }
    for (ptrdiff_t p = 1; p < nP; p++) {
        const float *RESTRICT piece = mean + p * nO;
        for (ptrdiff_t o = 0; o < nO; o++) { /* numbers of one width, so that comparing them is one instruction */
            const float a = piece[o], b = y[o];
            best[o] = a > b ? (int32_t)p : best[o];
            y[o] = a > b ? a : b;
        }
    }
    for (ptrdiff_t o = 0; o < nO; o++)
        which[o] = (uint8_t)best[o];
}
