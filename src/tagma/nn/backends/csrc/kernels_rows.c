/* Loops over rows that are cut into parts for the pool: layer norm, table rows, windows. */

#include <string.h>

#include "native.h"
#include "row_loops.h"

static isize parts_of(isize n, isize size) { return (n + size - 1) / size; }

/* Layer norm */

typedef struct {
    float *out, *mean, *rstd; /* out: Y, or dX */
    const float *X, *G, *b;
    isize n, width, rows;
    const float *dY; /* on the way back, as sums */
    float *sums;
} norm_job;

/* The sum of the squares of x - mean. */
INLINE_LOOP float row_spread(const float *RESTRICT x, float mean, isize n) {
    float acc[LANES] = {0};
    isize j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int l = 0; l < LANES; l++)
            acc[l] += (x[j + l] - mean) * (x[j + l] - mean);
    for (; j < n; j++)
        acc[0] += (x[j] - mean) * (x[j] - mean);
    return lanes_sum(acc);
}

TAGMA_CLONES
static void norm_rows(const norm_job *job, isize lo, isize hi) {
    const isize width = job->width;
    const float *RESTRICT G = job->G, *RESTRICT b = job->b;
    for (isize i = lo; i < hi; i++) {
        const float *RESTRICT x = job->X + i * width;
        float *RESTRICT y = job->out + i * width;
        const float mean = row_sum(x, width) / (float)width;
        const float rstd = 1.0f / sqrtf(row_spread(x, mean, width) / (float)width + LAYER_NORM_EPS);
        for (isize j = 0; j < width; j++)
            y[j] = (x[j] - mean) * rstd * G[j] + b[j];
        if (job->mean) {
            job->mean[i] = mean;
            job->rstd[i] = rstd;
        }
    }
}

static void norm_part(void *context, isize part, isize worker) {
    const norm_job *job = context;
    const isize lo = part * job->rows, end = lo + job->rows;
    (void)worker;
    norm_rows(job, lo, end < job->n ? end : job->n);
}

void tg_layer_norm(float *Y, float *mean, float *rstd, const float *X, const float *G, const float *b, isize n,
                   isize width, isize rows) {
    norm_job job = {Y, mean, rstd, X, G, b, n, width, rows, NULL, NULL};
    tg_run_parts(norm_part, &job, parts_of(n, rows));
}

TAGMA_CLONES
static void norm_rows_back(const norm_job *job, isize lo, isize hi, float *RESTRICT dG, float *RESTRICT db) {
    const isize width = job->width;
    const float *RESTRICT G = job->G;
    memset(dG, 0, (size_t)width * sizeof(float));
    memset(db, 0, (size_t)width * sizeof(float));
    for (isize i = lo; i < hi; i++) {
        const float *RESTRICT x = job->X + i * width, *RESTRICT dy = job->dY + i * width;
        float *RESTRICT dx = job->out + i * width;
        const float mean = job->mean[i], rstd = job->rstd[i];
        float plain[LANES] = {0}, tilted[LANES] = {0};
        isize j = 0;
        for (; j + LANES <= width; j += LANES)
            for (int l = 0; l < LANES; l++) {
                const float xhat = (x[j + l] - mean) * rstd, g = dy[j + l] * G[j + l];
                dG[j + l] += dy[j + l] * xhat;
                db[j + l] += dy[j + l];
                plain[l] += g;
                tilted[l] += g * xhat;
            }
        for (; j < width; j++) {
            const float xhat = (x[j] - mean) * rstd, g = dy[j] * G[j];
            dG[j] += dy[j] * xhat;
            db[j] += dy[j];
            plain[0] += g;
            tilted[0] += g * xhat;
        }
        const float level = lanes_sum(plain) / (float)width, tilt = lanes_sum(tilted) / (float)width;
        for (isize k = 0; k < width; k++)
            dx[k] = (dy[k] * G[k] - level - (x[k] - mean) * rstd * tilt) * rstd;
    }
}

static void norm_part_back(void *context, isize part, isize worker) {
    const norm_job *job = context;
    const isize lo = part * job->rows, end = lo + job->rows;
    float *sums = job->sums + part * 2 * job->width;
    (void)worker;
    norm_rows_back(job, lo, end < job->n ? end : job->n, sums, sums + job->width);
}

void tg_backprop_layer_norm(float *dX, float *dG, float *db, const float *dY, const float *X, const float *mean,
                            const float *rstd, const float *G, isize n, isize width, isize rows, float *sums) {
    norm_job job = {dX, (float *)mean, (float *)rstd, X, G, NULL, n, width, rows, dY, sums};
    tg_run_parts(norm_part_back, &job, parts_of(n, rows));
    for (isize part = 0; part < parts_of(n, rows); part++, sums += 2 * width)
        for (isize j = 0; j < width; j++) {
            dG[j] += sums[j];
            db[j] += sums[width + j];
        }
}

/* Rows of tables */

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

/* A part has some columns of all rows, in whole cache lines: each value is then the sum of the same numbers in the same
   order, however many parts there are. */
enum { PART_COLUMNS = 48, LINE_FLOATS = 16, SMALL = 1 << 14 };

typedef struct {
    float *table;
    const int32_t *indices;
    const float *values, *column_scale;
    isize K, value_stride, n, width, columns;
} scatter_job;

static void scatter_part(void *context, isize part, isize worker) {
    const scatter_job *job = context;
    const isize from = part * job->columns, columns = job->width - from < job->columns ? job->width - from : job->columns;
    (void)worker;
    tg_scatter_add(job->table + from, job->width, job->indices, job->K, job->values + from, job->value_stride, job->n,
                   columns, job->column_scale ? job->column_scale + from : NULL);
}

void tg_scatter_parts(float *table, const int32_t *indices, isize K, const float *values, isize value_stride, isize n,
                      isize width, const float *column_scale) {
    const isize parts = n * K * width < SMALL || width < PART_COLUMNS ? 1 : width / PART_COLUMNS;
    const isize columns = parts == 1 ? width : (parts_of(width, parts) + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    scatter_job job = {table, indices, values, column_scale, K, value_stride, n, width, columns};
    tg_run_parts(scatter_part, &job, parts_of(width, columns));
}

/* Softmax, back */

typedef struct {
    float *dX;
    const float *dY, *Y;
    isize n, width, rows;
    float temperature;
} softmax_job;

TAGMA_CLONES
static void softmax_rows_back(float *dX, const float *dY, const float *Y, isize n, isize width, float temperature) {
    for (isize at = 0; at < n * width; at += width) {
        const float *RESTRICT y = Y + at, *RESTRICT dy = dY + at;
        float *RESTRICT dx = dX + at;
        const float level = row_dot(y, dy, width);
        for (isize j = 0; j < width; j++)
            dx[j] = y[j] * (dy[j] - level) / temperature;
    }
}

static void softmax_part_back(void *context, isize part, isize worker) {
    const softmax_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows, at = lo * job->width;
    (void)worker;
    softmax_rows_back(job->dX + at, job->dY + at, job->Y + at, n, job->width, job->temperature);
}

void tg_backprop_softmax(float *dX, const float *dY, const float *Y, isize n, isize width, float temperature, isize rows) {
    softmax_job job = {dX, dY, Y, n, width, rows, temperature};
    tg_run_parts(softmax_part_back, &job, parts_of(n, rows));
}

/* Windows */

typedef struct {
    float *out;
    const float *in;
    const int64_t *starts;
    isize n_seqs, width, window, rows;
    int back;
} window_job;

static void window_part(void *context, isize part, isize worker) {
    const window_job *job = context;
    const isize n = (isize)job->starts[job->n_seqs], lo = part * job->rows, end = lo + job->rows;
    const isize hi = end < n ? end : n, span = 2 * job->window + 1;
    isize first = 0, after = job->n_seqs;
    (void)worker;
    while (first < after) { /* the first sequence that ends behind lo */
        const isize middle = first + (after - first) / 2;
        if (job->starts[middle + 1] <= lo)
            first = middle + 1;
        else
            after = middle;
    }
    for (isize seq = first; seq < job->n_seqs && job->starts[seq] < hi; seq++) {
        const isize begin = (isize)job->starts[seq], stop = (isize)job->starts[seq + 1];
        const isize from = begin < lo ? lo : begin, to = stop < hi ? stop : hi;
        if (job->back)
            tg_backprop_seq2col(job->out, job->in, from, to, begin, stop, job->width, job->window);
        else
            tg_seq2col(job->out + from * span * job->width, job->in, from, to, begin, stop, job->width, job->window);
    }
}

void tg_windows(float *cols, const float *X, const int64_t *starts, isize n_seqs, isize width, isize window, isize rows) {
    window_job job = {cols, X, starts, n_seqs, width, window, rows, 0};
    tg_run_parts(window_part, &job, parts_of((isize)starts[n_seqs], rows));
}

void tg_backprop_windows(float *dX, const float *dcols, const int64_t *starts, isize n_seqs, isize width, isize window,
                         isize rows) {
    window_job job = {dX, dcols, starts, n_seqs, width, window, rows, 1};
    tg_run_parts(window_part, &job, parts_of((isize)starts[n_seqs], rows));
}
