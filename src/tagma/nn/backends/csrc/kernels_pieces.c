/* The way back through maxout(X W'). Of the nP pieces of an output only the winner has a gradient, so of the two dense
   products all but 1/nP of the terms are zero. These loops take the winners' rows of W, or of dW, alone. They need no
   packing, but their rows pass from the first-level cache at each use, so they pay from three pieces on.

   Columns go in chunks of K vectors that stay in registers, outputs in blocks whose rows stay in the cache. */

#include <string.h>

#include "native.h"

#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 11 && !defined(__clang__) && !defined(TAGMA_CLONE_DEFAULT)

#define MAX_VECTORS 12
#define BLOCK_FLOATS 4096 /* half of a first-level cache */

typedef struct {
    const float *dZ;
    const uint8_t *which;
    isize nO, nP, width, rows, outs; /* width: of the chunk */
} span;

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define NAME(f) f##_v4
#define VECTOR_BYTES 64
#include "pieces_loops.h"
#undef NAME
#undef VECTOR_BYTES
#undef EVERY_K
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define NAME(f) f##_v3
#define VECTOR_BYTES 32
#include "pieces_loops.h"
#undef NAME
#undef VECTOR_BYTES
#pragma GCC pop_options

/* floats in a vector, 0 if there are no loops for this processor and width */
static isize lanes_for(isize nI) {
#ifndef TAGMA_CLONE_V3
    if (nI % 16 == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return 16;
#endif
    if (nI % 8 == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 8;
    return 0;
}

int tg_pieces_pay(isize nI, isize nP) {
    return nP >= 3 && nP * MAX_VECTORS * 16 <= BLOCK_FLOATS && nI > 0 && lanes_for(nI) > 0;
}

/* Calls `run` for each chunk of columns and block of outputs. Blocks of W or dW stand in aligned memory meanwhile:
   NumPy's arrays begin anywhere, and vectors that lie across two cache lines take twice as long. */
typedef void (*block_function)(int K, isize lanes, const span *s, isize o, isize at, const void *arrays);

static void each_block(block_function run, const void *arrays, const float *dZ, const uint8_t *which, isize n, isize nI,
                       isize nO, isize nP, isize outs) {
    const isize lanes = lanes_for(nI), vectors = nI / lanes, chunks = (vectors + MAX_VECTORS - 1) / MAX_VECTORS;
    for (isize chunk = 0, at = 0; chunk < chunks; chunk++) {
        const int K = (int)((vectors * (chunk + 1)) / chunks - (vectors * chunk) / chunks);
        const isize block = BLOCK_FLOATS / (nP * K * lanes);
        for (isize o = 0; o < outs; o += block) {
            const span s = {dZ + o, which + o, nO, nP, K * lanes, n, outs - o < block ? outs - o : block};
            run(K, lanes, &s, o, at, arrays);
        }
        at += K * lanes;
    }
}

typedef struct {
    float *to;
    const float *from;
    isize nI;
} operands;

static void inputs_block(int K, isize lanes, const span *s, isize o, isize at, const void *arrays) {
    const operands *a = arrays;
    _Alignas(64) float W[BLOCK_FLOATS];
    for (isize i = 0; i < s->outs * s->nP; i++)
        memcpy(W + i * s->width, a->from + (o * s->nP + i) * a->nI + at, (size_t)s->width * sizeof(float));
    if (lanes == 16)
        inputs_v4(K, s, a->to + at, a->nI, W, o == 0);
    else
        inputs_v3(K, s, a->to + at, a->nI, W, o == 0);
}

static void weights_block(int K, isize lanes, const span *s, isize o, isize at, const void *arrays) {
    const operands *a = arrays;
    _Alignas(64) float sum[BLOCK_FLOATS];
    memset(sum, 0, (size_t)(s->outs * s->nP * s->width) * sizeof(float));
    if (lanes == 16)
        weights_v4(K, s, sum, a->from + at, a->nI);
    else
        weights_v3(K, s, sum, a->from + at, a->nI);
    for (isize i = 0; i < s->outs * s->nP; i++) {
        float *to = a->to + (o * s->nP + i) * a->nI + at;
        for (isize j = 0; j < s->width; j++)
            to[j] += sum[i * s->width + j];
    }
}

void tg_pieces_inputs(float *dX, const float *dZ, const uint8_t *which, const float *W, isize n, isize nI, isize nO,
                      isize nP) {
    const operands a = {dX, W, nI};
    each_block(inputs_block, &a, dZ, which, n, nI, nO, nP, nO);
}

void tg_pieces_weights(float *dW, const float *dZ, const uint8_t *which, const float *X, isize n, isize nI, isize nO,
                       isize nP, isize outs) {
    const operands a = {dW, X, nI};
    each_block(weights_block, &a, dZ, which, n, nI, nO, nP, outs);
}

#else

int tg_pieces_pay(isize nI, isize nP) {
    (void)nI, (void)nP;
    return 0;
}

void tg_pieces_inputs(float *dX, const float *dZ, const uint8_t *which, const float *W, isize n, isize nI, isize nO,
                      isize nP) {
    (void)dX, (void)dZ, (void)which, (void)W, (void)n, (void)nI, (void)nO, (void)nP;
}

void tg_pieces_weights(float *dW, const float *dZ, const uint8_t *which, const float *X, isize n, isize nI, isize nO,
                       isize nP, isize outs) {
    (void)dW, (void)dZ, (void)which, (void)X, (void)n, (void)nI, (void)nO, (void)nP, (void)outs;
}

#endif
