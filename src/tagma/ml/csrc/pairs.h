/* Loops over pairs of words, and over the units of the hidden layer of each. */
#ifndef TAGMA_PAIRS_H
#define TAGMA_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "dispatch.h"

/* What is added up in the hidden layer of a pair, by the rows of its words and the number of its distance: (…, nH). */
typedef struct {
    const float *by_later, *by_earlier, *by_distance;
    const int32_t *later, *earlier, *distance;
} tg_pair_sums;

/* The leaky rectifier and dropout behind it. threshold 0: none is dropped; first: the number of the first pair. */
typedef struct {
    float slope, scale;
    uint32_t seed, threshold, first;
} tg_pair_bend;

/* M (n, width): products of both words' rows of X. */
void tg_pair_products(float *RESTRICT M, const float *RESTRICT X, const int32_t *later, const int32_t *earlier, ptrdiff_t n,
                      ptrdiff_t width);

/* H (n, nH), the products of M with the weights, becomes the hidden layer; sums may be NULL, bias too. */
void tg_pair_hidden(float *RESTRICT H, const tg_pair_sums *sums, const float *RESTRICT bias, const tg_pair_bend *bend,
                    ptrdiff_t n, ptrdiff_t nH);

/* scores (n): the hidden layer, as of tg_pair_hidden, times w (nH), plus b. */
void tg_pair_scores(float *RESTRICT scores, const float *RESTRICT H, const tg_pair_sums *sums, const tg_pair_bend *bend,
                    const float *RESTRICT w, float b, ptrdiff_t n, ptrdiff_t nH);

/* The gradient of n units behind bend becomes that before it; H: their values, 0 where they were dropped. */
void tg_pair_bend_back(float *RESTRICT dH, const float *RESTRICT H, float slope, float scale, ptrdiff_t n);

#endif
