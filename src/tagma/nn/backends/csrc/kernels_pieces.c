/* The way back through maxout(X W'). Of the nP pieces of an output only the winner has a gradient, so of the two dense
   products all but 1/nP of the terms are zero. These loops take the winners' rows of W, or of dW, alone. They need no
   packing, but their rows pass from the first-level cache at each use, so they pay from three pieces on.

   Columns go in chunks of K vectors that stay in registers, outputs in blocks whose rows stay in the cache. */

#include "native.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#define MAX_VECTORS 12
#define CACHED_BYTES 16384

typedef struct {
    const float *dZ;
    const uint8_t *which;
    isize nO, nP, nI, rows, outs;
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
    if (nI % 16 == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return 16;
    if (nI % 8 == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 8;
    return 0;
}

int tg_pieces_pay(isize nI, isize nP) { return nP >= 3 && nI > 0 && lanes_for(nI) > 0; }

/* Calls one of the loops for each chunk of columns and block of outputs. dX is NULL when weights are wanted. */
static void each_block(float *dX, float *dW, const float *dZ, const uint8_t *which, const float *W, const float *X,
                       isize n, isize nI, isize nO, isize nP, isize outs) {
    const isize lanes = lanes_for(nI), vectors = nI / lanes, chunks = (vectors + MAX_VECTORS - 1) / MAX_VECTORS;
    for (isize chunk = 0, at = 0; chunk < chunks; chunk++) {
        const int K = (int)((vectors * (chunk + 1)) / chunks - (vectors * chunk) / chunks);
        const isize fitting = CACHED_BYTES / (nP * K * lanes * (isize)sizeof(float));
        const isize block = fitting > 1 ? fitting : 1;
        for (isize o = 0; o < outs; o += block) {
            const span s = {dZ + o, which + o, nO, nP, nI, n, outs - o < block ? outs - o : block};
            const isize piece = o * nP * nI + at;
            if (dX && lanes == 16)
                inputs_v4(K, &s, dX + at, nI, W + piece, o == 0);
            else if (dX)
                inputs_v3(K, &s, dX + at, nI, W + piece, o == 0);
            else if (lanes == 16)
                weights_v4(K, &s, dW + piece, X + at, nI);
            else
                weights_v3(K, &s, dW + piece, X + at, nI);
        }
        at += K * lanes;
    }
}

void tg_pieces_inputs(float *dX, const float *dZ, const uint8_t *which, const float *W, isize n, isize nI, isize nO,
                      isize nP) {
    each_block(dX, NULL, dZ, which, W, NULL, n, nI, nO, nP, nO);
}

void tg_pieces_weights(float *dW, const float *dZ, const uint8_t *which, const float *X, isize n, isize nI, isize nO,
                       isize nP, isize outs) {
    each_block(NULL, dW, dZ, which, NULL, X, n, nI, nO, nP, outs);
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
