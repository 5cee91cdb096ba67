/* Dense layers for prediction, in the calling thread: weights that are laid out once for many products.

   BLAS lays weights out anew for each product, which for 22 rows takes longer than the product itself, and writes all
   pieces of a maxout layer. Here weights come in panels: for each step along the inputs, the weights of as many outputs
   as two or three vectors hold, whose sums for four to six rows stay in registers (Goto and van de Geijn 2008, Anatomy
   of High-Performance Matrix Multiplication). Pieces of an output lie in the same lane, so that maxout compares
   registers. Every number is a sum over the inputs in their order, whatever the number of rows. Where there are no such
   loops (other processors than x86-64, more than three pieces) BLAS multiplies. */

#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "native.h"

#define INLINE_LOOP static inline __attribute__((always_inline))

typedef void (*few_rows)(float *out, isize ldo, const float *const *rows, const float *panel, isize steps);

#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 11 && !defined(__clang__)

#define LANES 4
#define TARGET
#define NAME(x) v1_##x
#include "panel_loops.h"

#define LANES 8
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define NAME(x) v3_##x
#include "panel_loops.h"

#define LANES 16
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define NAME(x) v4_##x
#include "panel_loops.h"

static isize lanes_here(void) {
#ifndef TAGMA_CLONE_DEFAULT
#ifndef TAGMA_CLONE_V3
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return 16;
#endif
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 8;
#endif
    return 4;
}

static const few_rows *loops_for(const tg_panels *D) {
    return (D->lanes == 16 ? v4_loops : D->lanes == 8 ? v3_loops : v1_loops)[D->nP - 1];
}
#else
static isize lanes_here(void) { return 0; }

static const few_rows *loops_for(const tg_panels *D) {
    (void)D;
    return NULL;
}
#endif

enum { MOST_PIECES = 3, MOST_ROWS = 6, MOST_OUTS = 32, ROWS_A_PRODUCT = 64 };

static isize panel_floats(const tg_panels *D) { return (D->nI + 1) * D->vectors * D->lanes; }
static isize n_panels(const tg_panels *D) { return (D->nO + D->outs - 1) / D->outs; }

isize tg_panels_floats(tg_panels *D) {
    D->lanes = D->nP <= MOST_PIECES ? lanes_here() : 0;
    if (D->lanes == 0)
        return D->nO * D->nP * (D->nI + 1);
    D->vectors = D->nP == 1 ? 2 : D->nP;
    D->outs = D->nP == 1 ? 2 * D->lanes : D->lanes;
    return n_panels(D) * panel_floats(D);
}

void tg_panels_fill(const tg_panels *D, float *to, const float *W, const float *bias) {
    const isize nP = D->nP, nI = D->nI, columns = D->nO * nP;
    if (D->lanes == 0) {
        memcpy(to, W, (size_t)(columns * nI) * sizeof(float));
        for (isize j = 0; j < columns; j++)
            to[columns * nI + j] = bias ? bias[j] : 0;
        return;
    }
    const isize step = D->vectors * D->lanes;
    memset(to, 0, (size_t)(n_panels(D) * panel_floats(D)) * sizeof(float));
    for (isize o = 0; o < D->nO; o++)
        for (isize p = 0; p < nP; p++) {
            float *RESTRICT lane = to + o / D->outs * panel_floats(D) + p * D->lanes + o % D->outs;
            const float *w = W + (o * nP + p) * nI;
            lane[0] = bias ? bias[o * nP + p] : 0;
            for (isize k = 0; k < nI; k++)
                lane[(k + 1) * step] = w[k];
        }
}

static void panel_rows(const tg_panels *D, const float *const *rows, isize n, float *out, isize ldo) {
    const few_rows *loops = loops_for(D);
    const isize together = D->nP == 3 ? 4 : MOST_ROWS, groups = (n + together - 1) / together;
    for (isize panel = 0; panel < n_panels(D); panel++) {
        const float *weights = D->weights + panel * panel_floats(D);
        const isize o = panel * D->outs, outs = D->nO - o < D->outs ? D->nO - o : D->outs;
        for (isize group = 0; group < groups; group++) {
            const isize lo = group * n / groups, count = (group + 1) * n / groups - lo;
            if (outs == D->outs) {
                loops[count - 1](out + lo * ldo + o, ldo, rows + lo, weights, D->nI);
                continue;
            }
            float wide[MOST_ROWS * MOST_OUTS];
            loops[count - 1](wide, D->outs, rows + lo, weights, D->nI);
            for (isize i = 0; i < count; i++)
                memcpy(out + (lo + i) * ldo + o, wide + i * D->outs, (size_t)outs * sizeof(float));
        }
    }
}

static int blas_rows(const tg_panels *D, const float *const *rows, isize n, float *out, isize ldo) {
    const isize nI = D->nI, nP = D->nP, columns = D->nO * nP;
    const float *bias = D->weights + columns * nI;
    float *X = malloc((size_t)(ROWS_A_PRODUCT * (nI + columns)) * sizeof(float)), *A = X + ROWS_A_PRODUCT * nI;
    if (X == NULL)
        return -1;
    for (isize lo = 0; lo < n; lo += ROWS_A_PRODUCT) {
        const isize count = n - lo < ROWS_A_PRODUCT ? n - lo : ROWS_A_PRODUCT;
        for (isize i = 0; i < count; i++)
            memcpy(X + i * nI, rows[lo + i], (size_t)nI * sizeof(float));
        tg_gemm(0, 1, count, columns, nI, X, nI, D->weights, nI, 0, A, columns);
        for (isize i = 0; i < count; i++)
            for (isize o = 0; o < D->nO; o++) {
                const float *a = A + i * columns + o * nP;
                float best = a[0] + bias[o * nP];
                for (isize p = 1; p < nP; p++) {
                    const float sum = a[p] + bias[o * nP + p];
                    best = sum > best || sum != sum ? sum : best; /* NaN stays */
                }
                out[(lo + i) * ldo + o] = best;
            }
    }
    free(X);
    return 0;
}

int tg_panels_rows(const tg_panels *D, const float *const *rows, isize n, float *out, isize ldo) {
    if (D->lanes == 0)
        return blas_rows(D, rows, n, out, ldo);
    panel_rows(D, rows, n, out, ldo);
    return 0;
}

int tg_panels_product(const tg_panels *D, const float *X, isize ldx, isize n, float *out, isize ldo) {
    const float *rows[ROWS_A_PRODUCT];
    for (isize lo = 0; lo < n; lo += ROWS_A_PRODUCT) {
        const isize count = n - lo < ROWS_A_PRODUCT ? n - lo : ROWS_A_PRODUCT;
        for (isize i = 0; i < count; i++)
            rows[i] = X + (lo + i) * ldx;
        if (tg_panels_rows(D, rows, count, out + lo * ldo, ldo) != 0)
            return -1;
    }
    return 0;
}

typedef struct {
    const tg_panels *layer;
    const float *X, *G, *b;
    float *Y;
    int64_t *best;
    isize n, ldx, ldy, rows;
    int failed;
} panels_job;

static void panels_part(void *context, isize part, isize worker) {
    panels_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows, nO = job->layer->nO;
    float *Y = job->best ? tg_scratch((size_t)(n * nO) * sizeof(float)) : job->Y + lo * job->ldy;
    const isize ldy = job->best ? nO : job->ldy;
    (void)worker;
    if (Y == NULL || tg_panels_product(job->layer, job->X + lo * job->ldx, job->ldx, n, Y, ldy) != 0) {
        __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    if (job->best)
        tg_best_columns(job->best + lo, Y, n, nO);
    if (job->G)
        tg_maxout_norm(Y, NULL, NULL, NULL, Y, NULL, job->G, job->b, NULL, 1, NULL, n, nO, 1);
}

int tg_panels_parts(const tg_panels *D, const float *X, isize ldx, isize n, float *Y, isize ldy, const float *G,
                   const float *b, isize rows) {
    panels_job job = {D, X, G, b, Y, NULL, n, ldx, ldy, rows, 0};
    tg_run_parts(panels_part, &job, (n + rows - 1) / rows);
    return job.failed ? -1 : 0;
}

int tg_best_parts(int64_t *best, const float *X, const tg_panels *D, isize n, isize rows) {
    panels_job job = {D, X, NULL, NULL, NULL, best, n, D->nI, 0, rows, 0};
    tg_run_parts(panels_part, &job, (n + rows - 1) / rows);
    return job.failed ? -1 : 0;
}
