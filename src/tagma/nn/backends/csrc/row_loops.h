/* Sums over a row and the exponential, which several files of loops are made of. */
#ifndef TAGMA_ROW_LOOPS_H
#define TAGMA_ROW_LOOPS_H

#include <math.h>
#include <stdint.h>

#include "dispatch.h"
#include "kernels.h"

#define LAYER_NORM_EPS 1e-8f
#define INLINE_LOOP static inline __attribute__((always_inline))

/* Sums in sixteen lanes: enough freedom for the compiler to use vector registers without relaxing float rules. */
#define LANES 16
INLINE_LOOP float lanes_sum(const float *acc) {
    float total = 0;
    for (int l = 0; l < LANES; l++)
        total += acc[l];
    return total;
}

INLINE_LOOP float row_sum(const float *RESTRICT x, isize n) {
    float acc[LANES] = {0};
    isize j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int l = 0; l < LANES; l++)
            acc[l] += x[j + l];
    for (; j < n; j++)
        acc[0] += x[j];
    return lanes_sum(acc);
}

INLINE_LOOP float row_dot(const float *RESTRICT x, const float *RESTRICT y, isize n) {
    float acc[LANES] = {0};
    isize j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int l = 0; l < LANES; l++)
            acc[l] += x[j + l] * y[j + l];
    for (; j < n; j++)
        acc[0] += x[j] * y[j];
    return lanes_sum(acc);
}

/* exp(x) = 2^k * exp(r), |r| <= ln2/2; degree-7 polynomial (Cephes expf), relative error < 2e-7; x within +-88. */
INLINE_LOOP float exp_within(float x) {
    float k = rintf(x * 1.44269504088896341f);
    float r = x - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union {
        int32_t i;
        float f;
    } scale;
    scale.i = ((int32_t)k + 127) << 23;
    return p * scale.f;
}

/* exp(x) of x <= 0. At -88 k is -127, whose scale is 0: the result is 0 from -87.7 down, subnormal only between that and
   -87.34. */
INLINE_LOOP float exp_below(float x) { return exp_within(x < -88.0f ? -88.0f : x); }

INLINE_LOOP float fast_exp(float x) { return exp_below(x > 88.0f ? 88.0f : x); }

/* 1 / (1 + exp(-x)) of x clipped to +-20 */
INLINE_LOOP float logistic(float x) {
    const float low = x < -20.0f ? -20.0f : x, z = low > 20.0f ? 20.0f : low;
    return 1.0f / (1.0f + exp_within(-z));
}

#endif
