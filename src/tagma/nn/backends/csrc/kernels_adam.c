/* One step of Adam for all parameters of a model, in blocks of equal size, or for the rows of a table that are in use.
   Kingma and Ba 2015. */

#include <math.h>

#include "native.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#define FLUSH_DENORMALS 0x8040 /* flush to zero, denormals are zero */
#endif

typedef struct {
    const tg_adam_param *params;
    isize n_params, block;
    float beta1, beta2, eps;
    double *squares;
} adam_job;

/* The parameter that a block belongs to; `part` becomes its block within, `first` the number of blocks before it. */
static const tg_adam_param *param_of(const adam_job *job, isize *part, isize *first) {
    const tg_adam_param *p = job->params;
    *first = 0;
    for (isize blocks; *part >= (blocks = (p->n + job->block - 1) / job->block); p++) {
        *part -= blocks;
        *first += blocks;
    }
    return p;
}

/* What a gradient is multiplied by, whose squares in n parts are given. */
static float clip(const tg_adam_param *p, const double *squares, isize n) {
    double total = 0;
    if (p->grad_clip <= 0)
        return 1;
    for (isize i = 0; i < n; i++)
        total += squares[i];
    const double norm = sqrt(total);
    return norm >= p->grad_clip ? (float)(p->grad_clip / norm) : 1;
}

/* Moments of rows that no word hits any more fade into denormals, which most processors compute very slowly. */
static unsigned int flush_denormals(void) {
#if defined(__SSE__)
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | FLUSH_DENORMALS);
    return mode;
#else
    return 0;
#endif
}

static void keep_denormals(unsigned int mode) {
#if defined(__SSE__)
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
}

static void squares_part(void *context, isize part, isize worker) {
    const adam_job *job = context;
    isize within = part, first;
    const tg_adam_param *p = param_of(job, &within, &first);
    const isize lo = within * job->block, n = p->n - lo < job->block ? p->n - lo : job->block;
    (void)worker;
    job->squares[part] = p->grad_clip > 0 ? tg_sum_squares(p->g + lo, n) : 0;
}

static void step_part(void *context, isize part, isize worker) {
    const adam_job *job = context;
    isize within = part, first;
    const tg_adam_param *p = param_of(job, &within, &first);
    const isize lo = within * job->block, n = p->n - lo < job->block ? p->n - lo : job->block;
    (void)worker;
    const float scale = clip(p, job->squares + first, (p->n + job->block - 1) / job->block);
    const unsigned int mode = flush_denormals();
    tg_adam(p->w + lo, p->g + lo, p->m + lo, p->v + lo, p->average ? p->average + lo : NULL, n, scale, job->beta1,
            job->beta2, job->eps, p->learn_rate, p->decay, p->share);
    keep_denormals(mode);
}

void tg_adam_parts(const tg_adam_param *params, isize n_params, float beta1, float beta2, float eps, isize block,
                   double *squares) {
    adam_job job = {params, n_params, block, beta1, beta2, eps, squares};
    isize parts = 0;
    int clips = 0;
    for (isize i = 0; i < n_params; i++) {
        parts += (params[i].n + block - 1) / block;
        clips |= params[i].grad_clip > 0;
    }
    if (clips)
        tg_run_parts(squares_part, &job, parts);
    tg_run_parts(step_part, &job, parts);
}

/* Rows of one class that a part takes, and those that are gathered at a time. */
enum { ROWS_A_PART = 2048, GATHERED = 256 };

typedef struct {
    const tg_adam_table *T;
    float beta1, beta2, eps;
    double *squares;
    isize parts_a_class;
} rows_job;

static void row_squares_part(void *context, isize c, isize worker) {
    const rows_job *job = context;
    const tg_adam_table *T = job->T;
    const float *g = T->p.g + c * T->p.n;
    double total = 0;
    (void)worker;
    for (isize i = 0; i < T->n_fresh; i++)
        total += (double)g[T->fresh[i]] * g[T->fresh[i]];
    job->squares[c] = total;
}

/* The first place in `values` that is not less than `value`. */
static isize first_from(const int32_t *values, isize n, int32_t value) {
    isize lo = 0;
    while (lo < n) {
        const isize mid = lo + (n - lo) / 2;
        if (values[mid] < value)
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

static void rows_part(void *context, isize part, isize worker) {
    const rows_job *job = context;
    const tg_adam_table *T = job->T;
    const isize c = part / job->parts_a_class, lo = part % job->parts_a_class * ROWS_A_PART;
    const isize hi = T->n_rows < lo + ROWS_A_PART ? T->n_rows : lo + ROWS_A_PART;
    float *w = T->p.w + c * T->p.n, *g = T->p.g + c * T->p.n, *m = T->p.m + c * T->p.n, *v = T->p.v + c * T->p.n;
    float W[GATHERED], G[GATHERED], M[GATHERED], V[GATHERED];
    const float scale = clip(&T->p, job->squares, T->classes);
    const unsigned int mode = flush_denormals();
    isize fresh = first_from(T->fresh, T->n_fresh, T->rows[lo]);
    (void)worker;
    for (isize at = lo; at < hi; at += GATHERED) {
        const isize n = hi - at < GATHERED ? hi - at : GATHERED;
        const int32_t *rows = T->rows + at;
        for (isize i = 0; i < n; i++) {
            W[i] = w[rows[i]];
            M[i] = m[rows[i]];
            V[i] = v[rows[i]];
            G[i] = 0;
            if (fresh < T->n_fresh && T->fresh[fresh] == rows[i]) { /* the others have no gradient, and are not read */
                G[i] = g[rows[i]];
                g[rows[i]] = 0;
                fresh++;
            }
        }
        tg_adam(W, G, M, V, NULL, n, scale, job->beta1, job->beta2, job->eps, T->p.learn_rate, T->p.decay, 0);
        for (isize i = 0; i < n; i++) {
            w[rows[i]] = W[i];
            m[rows[i]] = M[i];
            v[rows[i]] = V[i];
        }
    }
    keep_denormals(mode);
}

void tg_adam_rows(const tg_adam_table *T, float beta1, float beta2, float eps, double *squares) {
    rows_job job = {T, beta1, beta2, eps, squares, (T->n_rows + ROWS_A_PART - 1) / ROWS_A_PART};
    if (T->p.grad_clip > 0)
        tg_run_parts(row_squares_part, &job, T->classes);
    tg_run_parts(rows_part, &job, T->classes * job.parts_a_class);
}
