/* Loops over rows or single values that are cut into parts for the pool: Dish, layer norm, table rows. */

#include <string.h>

#include "native.h"
#include "row_loops.h"

static isize parts_of(isize n, isize size) { return (n + size - 1) / size; }

typedef struct {
    float *out;
    const float *dY, *X;
    isize n, size;
} dish_job;

TAGMA_CLONES
static void dish(float *out, const float *X, isize n) {
    for (isize i = 0; i < n; i++)
        out[i] = 0.5f * X[i] * (X[i] / sqrtf(1.0f + X[i] * X[i]) + 1.0f);
}

TAGMA_CLONES
static void backprop_dish(float *out, const float *dY, const float *X, isize n) {
    for (isize i = 0; i < n; i++) {
        const float share = X[i] / sqrtf(1.0f + X[i] * X[i]);
        out[i] = dY[i] * (share - 0.5f * (share * share * share) + 0.5f);
    }
}

static void dish_part(void *context, isize part, isize worker) {
    const dish_job *job = context;
    const isize lo = part * job->size, n = job->n - lo < job->size ? job->n - lo : job->size;
    (void)worker;
    if (job->dY)
        backprop_dish(job->out + lo, job->dY + lo, job->X + lo, n);
    else
        dish(job->out + lo, job->X + lo, n);
}

void tg_dish_parts(float *out, const float *dY, const float *X, isize n, isize size) {
    dish_job job = {out, dY, X, n, size};
    tg_run_parts(dish_part, &job, parts_of(n, size));
}

typedef struct {
    float *Y, *Xhat, *rstd;
    const float *X, *G, *b;
    isize n, width, rows;
} norm_job;

static void norm_part(void *context, isize part, isize worker) {
    const norm_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows, at = lo * job->width;
    (void)worker;
    tg_layer_norm(job->Y + at, job->Xhat ? job->Xhat + at : NULL, job->rstd ? job->rstd + lo : NULL, job->X + at,
                  job->G, job->b, n, job->width);
}

void tg_layer_norm_parts(float *Y, float *Xhat, float *rstd, const float *X, const float *G, const float *b, isize n,
                         isize width, isize rows) {
    norm_job job = {Y, Xhat, rstd, X, G, b, n, width, rows};
    tg_run_parts(norm_part, &job, parts_of(n, rows));
}

typedef struct {
    float *out;
    const float *table;
    const int32_t *indices;
    isize K, n, width, rows;
} gather_job;

static void gather_part(void *context, isize part, isize worker) {
    const gather_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows, width = job->width;
    (void)worker;
    if (job->K > 1) {
        tg_gather_add(job->out + lo * width, width, job->table, job->indices + lo * job->K, job->K, n, width, NULL);
        return;
    }
    for (isize i = lo; i < lo + n; i++)
        memcpy(job->out + i * width, job->table + (isize)job->indices[i] * width, (size_t)width * sizeof(float));
}

void tg_gather_parts(float *out, const float *table, const int32_t *indices, isize K, isize n, isize width,
                     isize rows) {
    gather_job job = {out, table, indices, K, n, width, rows};
    tg_run_parts(gather_part, &job, parts_of(n, rows));
}
