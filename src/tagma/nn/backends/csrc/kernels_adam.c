/* One step of Adam for all parameters of a model, in blocks of equal size. Kingma and Ba 2015. */

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
    float scale = 1;
    (void)worker;
    if (p->grad_clip > 0) {
        double total = 0;
        for (isize i = 0; i < (p->n + job->block - 1) / job->block; i++)
            total += job->squares[first + i];
        const double norm = sqrt(total);
        if (norm >= p->grad_clip)
            scale = (float)(p->grad_clip / norm);
    }
    /* Moments of rows that no word hits any more fade into denormals, which most processors compute very slowly. */
#if defined(__SSE__)
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | FLUSH_DENORMALS);
#endif
    tg_adam(p->w + lo, p->g + lo, p->m + lo, p->v + lo, p->average ? p->average + lo : NULL, n, scale, job->beta1,
            job->beta2, job->eps, p->learn_rate, p->decay, p->share);
#if defined(__SSE__)
    _mm_setcsr(mode);
#endif
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
