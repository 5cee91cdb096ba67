/* Dense layers: product, bias and activation part by part, while a part is in the processor's cache; and their way back.
   Training keeps slopes, not inputs: an activation and its slope share what is slow, exponential, root and division. */

#include <string.h>

#include "native.h"
#include "row_loops.h"

static isize parts_of(isize n, isize size) { return (n + size - 1) / size; }

/* Activations: the value, and the slope, which compilers leave out where nobody reads it. Comparisons are such that NaN
   stays NaN; numbers that would be subnormal, with which every product takes many times as long, become 0. */

#define TINY 1e-30f

INLINE_LOOP float relu(float x) { return x < 0.0f ? 0.0f : x; }

INLINE_LOOP float swish(float x, float *slope) {
    const float s = logistic(x), y = x * s;
    *slope = y + s * (1.0f - y);
    return y;
}

/* tanh(ln(1 + e^x)) = (e^2x + 2 e^x) / (e^2x + 2 e^x + 2) */
INLINE_LOOP float mish(float x, float threshold, float *slope) {
    const float e = fast_exp(x >= threshold ? threshold : x), u = e * (e + 2.0f), t = u / (u + 2.0f);
    *slope = x >= threshold ? 1.0f : t + x * (1.0f - t * t) * (e / (1.0f + e));
    return x >= threshold ? x : x * t;
}

/* The normal distribution's tail by the error function's of Abramowitz and Stegun 7.1.26, to 1e-7. */
INLINE_LOOP float gelu(float x, float *slope) {
    const float power = exp_below(-0.5f * x * x), e = power < TINY ? 0.0f : power;
    const float t = 1.0f / (1.0f + 0.23164189f * fabsf(x));
    const float p = (((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f;
    const float half = 0.5f * p * t * e, tail = half < TINY ? 0.0f : half;
    const float share = x < 0.0f ? tail : 1.0f - tail;
    *slope = share + x * (0.3989422804f * e);
    return x * share;
}

INLINE_LOOP float dish(float x, float *slope) {
    const float share = x / sqrtf(1.0f + x * x);
    *slope = share - 0.5f * (share * share * share) + 0.5f;
    return 0.5f * x * (share + 1.0f);
}

INLINE_LOOP float clip(float x, float low, float high) {
    const float above = x < low ? low : x;
    return above > high ? high : above;
}

INLINE_LOOP float hard_swish(float x, float *slope) {
    const float inner = 0.4f * x + 0.5f, left = x < -2.5f ? 0.0f : inner;
    *slope = x > 2.5f ? 1.0f : left;
    return x * clip(0.2f * x + 0.5f, 0.0f, 1.0f);
}

INLINE_LOOP float hard_swish_mobilenet(float x, float *slope) {
    const float inner = (2.0f * x + 3.0f) / 6.0f, left = x < -3.0f ? 0.0f : inner;
    *slope = x > 3.0f ? 1.0f : left;
    return x * (clip(x + 3.0f, 0.0f, 6.0f) / 6.0f);
}

INLINE_LOOP float clipped_linear(float x, const float *settings, float *slope) {
    const float factor = settings[0], offset = settings[1], low = settings[2], high = settings[3];
    *slope = ((low - offset) / factor < x) & ((high - offset) / factor > x) ? factor : 0.0f;
    return clip(x * factor + offset, low, high);
}

/* y = the activation of y + b, in place, and slopes too unless they are NULL */
#define EACH_VALUE(value)                                                                                              \
    for (isize i = 0; i < n; i++) {                                                                                    \
        float *RESTRICT y = Y + i * width;                                                                             \
        for (isize j = 0; j < width; j++) {                                                                            \
            const float x = y[j] + b[j];                                                                               \
            float s;                                                                                                   \
            y[j] = value;                                                                                              \
            (void)s;                                                                                                   \
        }                                                                                                              \
    }
#define EACH_SLOPE(value)                                                                                              \
    for (isize i = 0; i < n; i++) {                                                                                    \
        float *RESTRICT y = Y + i * width, *RESTRICT slopes = slope + i * width;                                       \
        for (isize j = 0; j < width; j++) {                                                                            \
            const float x = y[j] + b[j];                                                                               \
            float s;                                                                                                   \
            y[j] = value;                                                                                              \
            slopes[j] = s;                                                                                             \
        }                                                                                                              \
    }
#define BEND(value)                                                                                                    \
    if (slope)                                                                                                         \
        EACH_SLOPE(value)                                                                                              \
    else                                                                                                               \
        EACH_VALUE(value)                                                                                              \
    break;

TAGMA_CLONES
static void bend_rows(const tg_bend *bend, float *RESTRICT Y, float *RESTRICT slope, const float *RESTRICT b, isize n,
                      isize width) {
    const float *settings = bend->settings, threshold = settings[0];
    switch (bend->kind) {
    case TG_LINEAR:
    case TG_SOFTMAX:
        EACH_VALUE(x)
        break;
    case TG_RELU:
        EACH_VALUE(relu(x))
        break;
    case TG_SIGMOID:
        EACH_VALUE(logistic(x))
        break;
    case TG_MISH:
        BEND(mish(x, threshold, &s))
    case TG_GELU:
        BEND(gelu(x, &s))
    case TG_SWISH:
        BEND(swish(x, &s))
    case TG_DISH:
        BEND(dish(x, &s))
    case TG_HARD_SWISH:
        BEND(hard_swish(x, &s))
    case TG_HARD_SWISH_MOBILENET:
        BEND(hard_swish_mobilenet(x, &s))
    case TG_CLIPPED_LINEAR:
        BEND(clipped_linear(x, settings, &s))
    }
}

/* Activations alone */

enum { STRIP = 1024 };
static const float zeros[STRIP];

typedef struct {
    tg_bend bend;
    float *out;
    const float *dY, *X;
    isize n, size;
} bend_job;

/* out times the slope, which `by` is, or is made from where outputs are enough */
TAGMA_CLONES
static void straighten(int kind, float *RESTRICT out, const float *RESTRICT by, isize n) {
    switch (kind) {
    case TG_RELU:
        for (isize i = 0; i < n; i++)
            out[i] = by[i] > 0.0f ? out[i] : 0.0f;
        break;
    case TG_SIGMOID:
        for (isize i = 0; i < n; i++)
            out[i] *= by[i] * (1.0f - by[i]);
        break;
    default:
        for (isize i = 0; i < n; i++)
            out[i] *= by[i];
    }
}

static void bend_part(void *context, isize part, isize worker) {
    const bend_job *job = context;
    const isize end = job->n < (part + 1) * job->size ? job->n : (part + 1) * job->size;
    float values[STRIP], slopes[STRIP];
    (void)worker;
    for (isize at = part * job->size; at < end; at += STRIP) {
        const isize len = end - at < STRIP ? end - at : STRIP;
        float *out = job->out + at;
        const float *X = job->X + at, *from = job->dY ? job->dY + at : X;
        const int outputs_do = job->bend.kind < TG_MISH;
        if (out != from)
            memcpy(out, from, (size_t)len * sizeof(float));
        if (job->dY && !outputs_do) {
            memcpy(values, X, (size_t)len * sizeof(float));
            bend_rows(&job->bend, values, slopes, zeros, 1, len);
        }
        if (job->dY)
            straighten(job->bend.kind, out, outputs_do ? X : slopes, len);
        else
            bend_rows(&job->bend, out, NULL, zeros, 1, len);
    }
}

void tg_bend_parts(const tg_bend *bend, float *out, const float *dY, const float *X, isize n, isize size) {
    bend_job job = {*bend, out, dY, X, n, size};
    tg_run_parts(bend_part, &job, parts_of(n, size));
}

/* Dense layers */

static void forward_part(void *context, isize part, isize worker) {
    const tg_dense *D = context;
    const isize lo = part * D->rows, n = D->n - lo < D->rows ? D->n - lo : D->rows, nO = D->nO;
    float *Y = D->Y + lo * nO;
    (void)worker;
    tg_gemm(0, 1, n, nO, D->nI, D->X + lo * D->nI, D->nI, D->W, D->nI, 0, Y, nO);
    bend_rows(&D->bend, Y, D->slope ? D->slope + lo * nO : NULL, D->b, n, nO);
    if (D->bend.kind == TG_SOFTMAX)
        tg_softmax(Y, n, nO, D->bend.settings[0]);
}

void tg_dense_forward(const tg_dense *dense) {
    tg_run_parts(forward_part, (void *)dense, parts_of(dense->n, dense->rows));
}

typedef struct {
    const tg_dense *dense;
    const float *dY;
    float *dX, *dW, *dA, *sums;
    isize outs; /* outputs of a slice of dW */
} backward_job;

/* dA = dY times the slope, where there is one, and the sums of its columns */
TAGMA_CLONES
static void straighten_rows(int kind, float *RESTRICT dA, float *RESTRICT sums, const float *RESTRICT dY,
                            const float *RESTRICT Y, const float *RESTRICT slope, isize n, isize nO) {
    memset(sums, 0, (size_t)nO * sizeof(float));
    for (isize at = 0; at < n * nO; at += nO)
        switch (kind) {
        case TG_LINEAR:
        case TG_SOFTMAX:
            for (isize j = 0; j < nO; j++)
                sums[j] += dY[at + j];
            break;
        case TG_RELU:
            for (isize j = 0; j < nO; j++)
                sums[j] += dA[at + j] = Y[at + j] > 0.0f ? dY[at + j] : 0.0f;
            break;
        case TG_SIGMOID:
            for (isize j = 0; j < nO; j++)
                sums[j] += dA[at + j] = dY[at + j] * (Y[at + j] * (1.0f - Y[at + j]));
            break;
        default:
            for (isize j = 0; j < nO; j++)
                sums[j] += dA[at + j] = dY[at + j] * slope[at + j];
        }
}

static void rows_part(void *context, isize part, isize worker) {
    const backward_job *job = context;
    const tg_dense *D = job->dense;
    const isize lo = part * D->rows, n = D->n - lo < D->rows ? D->n - lo : D->rows, nO = D->nO;
    float *dA = job->dA ? job->dA + lo * nO : NULL;
    const float *dY = job->dY + lo * nO;
    (void)worker;
    straighten_rows(D->bend.kind, dA, job->sums + part * nO, dY, D->Y + lo * nO, D->slope ? D->slope + lo * nO : NULL, n,
                    nO);
    tg_gemm(0, 0, n, D->nI, nO, dA ? dA : dY, nO, D->W, D->nI, 0, job->dX + lo * D->nI, D->nI);
}

static void weights_part(void *context, isize part, isize worker) {
    const backward_job *job = context;
    const tg_dense *D = job->dense;
    const isize o = part * job->outs, outs = D->nO - o < job->outs ? D->nO - o : job->outs;
    const float *dA = job->dA ? job->dA : job->dY;
    (void)worker;
    tg_gemm(1, 0, outs, D->nI, D->n, dA + o, D->nO, D->X, D->nI, 1, job->dW + o * D->nI, D->nI);
}

void tg_dense_backward(const tg_dense *dense, const float *dY, float *dX, float *dW, float *db, float *dA, float *sums,
                       isize outs) {
    backward_job job = {dense, dY, dX, dW, dA, sums, outs};
    const isize parts = parts_of(dense->n, dense->rows);
    tg_run_parts(rows_part, &job, parts);
    tg_run_parts(weights_part, &job, parts_of(dense->nO, outs));
    for (isize part = 0; part < parts; part++)
        for (isize j = 0; j < dense->nO; j++)
            db[j] += sums[part * dense->nO + j];
}
