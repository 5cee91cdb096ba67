/* Loops over pairs of words, for each instruction set. */

#include "pairs.h"

#define LANES 16
#define NEXT 0x9E3779B9u /* from one unit of a pair to the next */

/* Mixes the bits of a number: "lowbias32" of Chris Wellons. pair_scores.py has the same. */
static inline uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
}

TAGMA_CLONES
void tg_pair_products(float *RESTRICT M, const float *RESTRICT X, const int32_t *later, const int32_t *earlier, ptrdiff_t n,
                      ptrdiff_t width) {
    for (ptrdiff_t p = 0; p < n; p++) {
        const float *one = X + (ptrdiff_t)later[p] * width, *two = X + (ptrdiff_t)earlier[p] * width;
        for (ptrdiff_t c = 0; c < width; c++)
            M[p * width + c] = one[c] * two[c];
    }
}

static inline float bent(float h, float slope) { return h > 0.0f ? h : h * slope; }

TAGMA_CLONES
void tg_pair_hidden(float *RESTRICT H, const tg_pair_sums *sums, const float *RESTRICT bias, const tg_pair_bend *bend,
                    ptrdiff_t n, ptrdiff_t nH) {
    const float slope = bend->slope, scale = bend->scale;
    const uint32_t threshold = bend->threshold;
    for (ptrdiff_t p = 0; p < n; p++) {
        float *RESTRICT h = H + p * nH;
        if (sums != NULL) {
            const float *RESTRICT a = sums->by_later + (ptrdiff_t)sums->later[p] * nH;
            const float *RESTRICT b = sums->by_earlier + (ptrdiff_t)sums->earlier[p] * nH;
            const float *RESTRICT d = sums->by_distance + (ptrdiff_t)sums->distance[p] * nH;
            for (ptrdiff_t c = 0; c < nH; c++)
                h[c] = bent(h[c] + a[c] + b[c] + d[c], slope);
        } else {
            for (ptrdiff_t c = 0; c < nH; c++)
                h[c] = bent(h[c] + bias[c], slope);
        }
        if (threshold) {
            const uint32_t base = mix(bend->first + (uint32_t)p + bend->seed);
            for (ptrdiff_t c = 0; c < nH; c++)
                h[c] = mix(base + (uint32_t)c * NEXT) >= threshold ? h[c] * scale : 0.0f;
        }
    }
}

TAGMA_CLONES
void tg_pair_scores(float *RESTRICT scores, const float *RESTRICT H, const tg_pair_sums *sums, const tg_pair_bend *bend,
                    const float *RESTRICT w, float b, ptrdiff_t n, ptrdiff_t nH) {
    const float slope = bend->slope;
    const ptrdiff_t whole = nH - nH % LANES;
    for (ptrdiff_t p = 0; p < n; p++) {
        const float *RESTRICT h = H + p * nH;
        const float *RESTRICT one = sums->by_later + (ptrdiff_t)sums->later[p] * nH;
        const float *RESTRICT two = sums->by_earlier + (ptrdiff_t)sums->earlier[p] * nH;
        const float *RESTRICT far = sums->by_distance + (ptrdiff_t)sums->distance[p] * nH;
        float lane[LANES] = {0.0f}, sum = 0.0f;
        if (bend->threshold) {
            const uint32_t base = mix(bend->first + (uint32_t)p + bend->seed);
            for (ptrdiff_t c = 0; c < whole; c += LANES)
                for (ptrdiff_t k = 0; k < LANES; k++) {
                    const float v = bent(h[c + k] + one[c + k] + two[c + k] + far[c + k], slope) * bend->scale;
                    lane[k] += mix(base + (uint32_t)(c + k) * NEXT) >= bend->threshold ? v * w[c + k] : 0.0f;
                }
            for (ptrdiff_t c = whole; c < nH; c++)
                if (mix(base + (uint32_t)c * NEXT) >= bend->threshold)
                    sum += bent(h[c] + one[c] + two[c] + far[c], slope) * bend->scale * w[c];
        } else {
            for (ptrdiff_t c = 0; c < whole; c += LANES)
                for (ptrdiff_t k = 0; k < LANES; k++)
                    lane[k] += bent(h[c + k] + one[c + k] + two[c + k] + far[c + k], slope) * w[c + k];
            for (ptrdiff_t c = whole; c < nH; c++)
                sum += bent(h[c] + one[c] + two[c] + far[c], slope) * w[c];
        }
        for (ptrdiff_t k = 0; k < LANES; k++)
            sum += lane[k];
        scores[p] = sum + b;
    }
}

TAGMA_CLONES
void tg_pair_bend_back(float *RESTRICT dH, const float *RESTRICT H, float slope, float scale, ptrdiff_t n) {
    const float below = slope * scale;
    for (ptrdiff_t i = 0; i < n; i++)
        dH[i] *= H[i] > 0.0f ? scale : H[i] < 0.0f ? below : 0.0f;
}
