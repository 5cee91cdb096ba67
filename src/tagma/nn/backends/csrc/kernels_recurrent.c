/* The steps of an LSTM over rows packed by time, forth and back. Sequences do not see each other, so a part is some of
   them with all their steps; which rows these are is said in tagma.nn.backends._recurrent, as are the formulas. */

#include <string.h>

#include "native.h"
#include "row_loops.h"

INLINE_LOOP float hyperbolic(float x) {
    const float e = exp_below(-2.0f * fabsf(x)), t = (1.0f - e) / (1.0f + e);
    return x < 0.0f ? -t : t;
}

TAGMA_CLONES
static void gates_row(float *RESTRICT a, float *RESTRICT H, float *RESTRICT C, const float *RESTRICT C_before, isize nH) {
    float *RESTRICT f = a, *RESTRICT i = a + nH, *RESTRICT o = a + 2 * nH, *RESTRICT c = a + 3 * nH;
    for (isize j = 0; j < 3 * nH; j++)
        a[j] = logistic(a[j]);
    for (isize j = 0; j < nH; j++)
        c[j] = hyperbolic(c[j]);
    for (isize j = 0; j < nH; j++) {
        C[j] = f[j] * C_before[j] + i[j] * c[j];
        H[j] = o[j] * hyperbolic(C[j]);
    }
}

/* dC becomes the gradient of C_before */
TAGMA_CLONES
static void gates_row_back(float *RESTRICT dA, float *RESTRICT dC, const float *RESTRICT dH, const float *RESTRICT a,
                           const float *RESTRICT C, const float *RESTRICT C_before, isize nH) {
    const float *RESTRICT f = a, *RESTRICT i = a + nH, *RESTRICT o = a + 2 * nH, *RESTRICT c = a + 3 * nH;
    float *RESTRICT df = dA, *RESTRICT di = dA + nH, *RESTRICT d_o = dA + 2 * nH, *RESTRICT dc = dA + 3 * nH;
    for (isize j = 0; j < nH; j++) {
        const float bent = hyperbolic(C[j]), d = dC[j] + dH[j] * o[j] * (1.0f - bent * bent);
        df[j] = d * C_before[j] * f[j] * (1.0f - f[j]);
        di[j] = d * c[j] * i[j] * (1.0f - i[j]);
        d_o[j] = dH[j] * bent * o[j] * (1.0f - o[j]);
        dc[j] = d * i[j] * (1.0f - c[j] * c[j]);
        dC[j] = d * f[j];
    }
}

/* Few rows: BLAS would pack the weights, of which each value is used but once a row. */
enum { FEW = 4 };

/* A (n, 4 nH) += H W^T */
TAGMA_CLONES
static void add_products(float *A, const float *H, const float *W, isize n, isize nH) {
    for (isize o = 0; o < 4 * nH; o++)
        for (isize i = 0; i < n; i++)
            A[i * 4 * nH + o] += row_dot(W + o * nH, H + i * nH, nH);
}

/* dH (n, nH) += dA W */
TAGMA_CLONES
static void add_products_back(float *dH, const float *dA, const float *W, isize n, isize nH) {
    for (isize o = 0; o < 4 * nH; o++)
        for (isize i = 0; i < n; i++) {
            const float d = dA[i * 4 * nH + o];
            const float *RESTRICT w = W + o * nH;
            float *RESTRICT dh = dH + i * nH;
            for (isize j = 0; j < nH; j++)
                dh[j] += d * w[j];
        }
}

/* How many rows of step t the sequences from lo to hi have. */
static isize rows_of(const tg_lstm *L, isize t, isize lo, isize hi) {
    const isize size = t < 0 || t >= L->n_steps ? 0 : (isize)(L->starts[t + 1] - L->starts[t]);
    const isize end = size < hi ? size : hi;
    return end > lo ? end - lo : 0;
}

static void steps_part(void *context, isize part, isize worker) {
    const tg_lstm *L = context;
    const isize nH = L->nH, lo = part * L->seqs, hi = lo + L->seqs;
    const size_t row = (size_t)nH * sizeof(float);
    (void)worker;
    for (isize k = 0; k < L->n_steps; k++) {
        const isize t = L->reverse ? L->n_steps - 1 - k : k, before = L->reverse ? t + 1 : t - 1;
        const isize n = rows_of(L, t, lo, hi), continued = rows_of(L, before, lo, hi), kept = n < continued ? n : continued;
        const isize at = (isize)L->starts[t] + lo, from = kept ? (isize)L->starts[before] + lo : 0;
        if (n == 0)
            continue;
        memcpy(L->H_before + at * nH, L->H + from * nH, row * (size_t)kept);
        memcpy(L->C_before + at * nH, L->C + from * nH, row * (size_t)kept);
        for (isize i = kept; i < n; i++) {
            memcpy(L->H_before + (at + i) * nH, L->h0, row);
            memcpy(L->C_before + (at + i) * nH, L->c0, row);
        }
        if (n < FEW)
            add_products(L->gates + at * 4 * nH, L->H_before + at * nH, L->Wh, n, nH);
        else
            tg_gemm(0, 1, n, 4 * nH, nH, L->H_before + at * nH, nH, L->Wh, nH, 1, L->gates + at * 4 * nH, 4 * nH);
        for (isize i = at; i < at + n; i++)
            gates_row(L->gates + i * 4 * nH, L->H + i * nH, L->C + i * nH, L->C_before + i * nH, nH);
    }
}

static isize parts_of(const tg_lstm *L) { return ((isize)L->starts[1] + L->seqs - 1) / L->seqs; }

void tg_lstm_steps(const tg_lstm *lstm) {
    if (lstm->n_steps)
        tg_run_parts(steps_part, (void *)lstm, parts_of(lstm));
}

typedef struct {
    const tg_lstm *lstm;
    float *dA, *dH, *dC;
} back_job;

static void steps_part_back(void *context, isize part, isize worker) {
    const back_job *job = context;
    const tg_lstm *L = job->lstm;
    const isize nH = L->nH, lo = part * L->seqs, hi = lo + L->seqs;
    (void)worker;
    for (isize k = 0; k < L->n_steps; k++) {
        const isize t = L->reverse ? k : L->n_steps - 1 - k, earlier = L->reverse ? t + 1 : t - 1;
        const isize n = rows_of(L, t, lo, hi), continued = rows_of(L, earlier, lo, hi), kept = n < continued ? n : continued;
        const isize at = (isize)L->starts[t] + lo;
        for (isize i = at; i < at + n; i++)
            gates_row_back(job->dA + i * 4 * nH, job->dC + i * nH, job->dH + i * nH, L->gates + i * 4 * nH,
                           L->C + i * nH, L->C_before + i * nH, nH);
        if (kept == 0)
            continue;
        const isize to = (isize)L->starts[earlier] + lo;
        if (kept < FEW)
            add_products_back(job->dH + to * nH, job->dA + at * 4 * nH, L->Wh, kept, nH);
        else
            tg_gemm(0, 0, kept, nH, 4 * nH, job->dA + at * 4 * nH, 4 * nH, L->Wh, nH, 1, job->dH + to * nH, nH);
        memcpy(job->dC + to * nH, job->dC + at * nH, (size_t)(kept * nH) * sizeof(float));
    }
}

void tg_backprop_lstm_steps(const tg_lstm *lstm, float *dA, float *dH, float *dC) {
    back_job job = {lstm, dA, dH, dC};
    if (lstm->n_steps)
        tg_run_parts(steps_part_back, &job, parts_of(lstm));
}
