/* Reductions over the sequences of ragged rows, and their ways back. A part is some whole sequences, each of which is
   reduced row by row, so results do not depend on how sequences are put together to parts. */

#include <string.h>

#include "native.h"
#include "row_loops.h"

typedef struct {
    float *out;          /* (n, width), or (n_seqs, width) where sequences become one row */
    int32_t *which;      /* (n_seqs, width): rows within the sequence */
    const float *X, *Y;  /* (n, width) or (n_seqs, width) */
    const int64_t *starts; /* (n_seqs + 1) */
    isize n_seqs, width, rows;
    int mean, last;
    int failed;
    /* of attention alone */
    const float *K, *q;
    float *attention, *dK, *scores, *sums; /* sums (width) of each part */
} segments;

typedef void (*segment_loop)(segments *job, isize part, isize seq, isize lo, isize n);

typedef struct {
    segments *job;
    segment_loop loop;
} segments_run;

static isize first_from(const segments *job, int64_t row) {
    isize lo = 0, hi = job->n_seqs;
    while (lo < hi) {
        const isize middle = lo + (hi - lo) / 2;
        if (job->starts[middle] < row)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* Part i has the sequences that begin in the rows from i * rows on; the last one also the empty ones at the end. */
isize tg_segment_parts(isize n, isize rows) { return n > rows ? (n + rows - 1) / rows : 1; }

static isize parts_of(const segments *job) { return tg_segment_parts((isize)job->starts[job->n_seqs], job->rows); }

static void run_part(void *context, isize part, isize worker) {
    const segments_run *run = context;
    segments *job = run->job;
    const isize end = part + 1 == parts_of(job) ? job->n_seqs : first_from(job, (part + 1) * job->rows);
    (void)worker;
    for (isize seq = first_from(job, part * job->rows); seq < end; seq++)
        run->loop(job, part, seq, (isize)job->starts[seq], (isize)(job->starts[seq + 1] - job->starts[seq]));
}

static void run_segments(segments *job, segment_loop loop) {
    segments_run run = {job, loop};
    tg_run_parts(run_part, &run, parts_of(job));
}

/* y = the sum of the rows, from the first to the last; four at a time, so that y is read and written less often. */
INLINE_LOOP void sum_rows(float *RESTRICT y, const float *RESTRICT x, isize n, isize width) {
    isize i = 0;
    memset(y, 0, (size_t)width * sizeof(float));
    for (; i + 4 <= n; i += 4) {
        const float *RESTRICT x0 = x + i * width, *RESTRICT x1 = x0 + width;
        const float *RESTRICT x2 = x1 + width, *RESTRICT x3 = x2 + width;
        for (isize j = 0; j < width; j++)
            y[j] = (((y[j] + x0[j]) + x1[j]) + x2[j]) + x3[j];
    }
    for (; i < n; i++)
        for (isize j = 0; j < width; j++)
            y[j] += x[i * width + j];
}

TAGMA_CLONES
static void sum_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    float *RESTRICT y = job->out + seq * job->width;
    sum_rows(y, job->X + lo * job->width, n, job->width);
    if (job->mean && n > 1)
        for (isize j = 0; j < job->width; j++)
            y[j] /= (float)n;
}

void tg_reduce_sum(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, int mean, isize rows) {
    segments job = {.out = Y, .X = X, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows, .mean = mean};
    run_segments(&job, sum_segment);
}

TAGMA_CLONES
static void repeat_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    const isize width = job->width;
    const float *RESTRICT y = job->X + seq * width;
    float *RESTRICT x = job->out + lo * width;
    if (n == 0)
        return;
    if (job->mean)
        for (isize j = 0; j < width; j++)
            x[j] = y[j] / (float)n;
    else
        memcpy(x, y, (size_t)width * sizeof(float));
    for (isize i = 1; i < n; i++)
        memcpy(x + i * width, x, (size_t)width * sizeof(float));
}

void tg_backprop_reduce_sum(float *dX, const float *dY, const int64_t *starts, isize n_seqs, isize width, int mean,
                            isize rows) {
    segments job = {.out = dX, .X = dY, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows, .mean = mean};
    run_segments(&job, repeat_segment);
}

/* A NaN is greater than all else, and the first one stays. */
TAGMA_CLONES
static void max_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    const isize width = job->width;
    const float *RESTRICT x = job->X + lo * width;
    float *RESTRICT y = job->out + seq * width;
    int32_t *RESTRICT which = job->which + seq * width;
    memcpy(y, x, (size_t)width * sizeof(float));
    memset(which, 0, (size_t)width * sizeof(int32_t));
    for (isize i = 1; i < n; i++) {
        x += width;
        for (isize j = 0; j < width; j++) {
            const int32_t more = !(x[j] <= y[j]) & (y[j] == y[j]);
            y[j] = more ? x[j] : y[j];
            which[j] = more ? (int32_t)i : which[j];
        }
    }
}

void tg_reduce_max(float *Y, int32_t *which, const float *X, const int64_t *starts, isize n_seqs, isize width,
                   isize rows) {
    segments job = {.out = Y, .which = which, .X = X, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    run_segments(&job, max_segment);
}

static void scatter_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    const isize width = job->width;
    const int32_t *which = job->which + seq * width;
    const float *y = job->X + seq * width;
    float *x = job->out + lo * width;
    memset(x, 0, (size_t)(n * width) * sizeof(float));
    for (isize j = 0; j < width; j++)
        if (which[j] >= 0 && which[j] < n)
            x[which[j] * width + j] = y[j];
        else
            __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
}

int tg_backprop_reduce_max(float *dX, const float *dY, const int32_t *which, const int64_t *starts, isize n_seqs,
                           isize width, isize rows) {
    segments job = {.out = dX, .X = dY, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    job.which = (int32_t *)which;
    run_segments(&job, scatter_segment);
    return job.failed ? -1 : 0;
}

static void copy_edge(segments *job, isize part, isize seq, isize lo, isize n) {
    const isize width = job->width;
    (void)part;
    memcpy(job->out + seq * width, job->X + (job->last ? lo + n - 1 : lo) * width, (size_t)width * sizeof(float));
}

void tg_reduce_edge(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, int last, isize rows) {
    segments job = {.out = Y, .X = X, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows, .last = last};
    run_segments(&job, copy_edge);
}

static void place_edge(segments *job, isize part, isize seq, isize lo, isize n) {
    const size_t row = (size_t)job->width * sizeof(float);
    float *first = job->out + lo * job->width, *edge = job->last ? first + (n - 1) * job->width : first;
    (void)part;
    memset(job->last ? first : first + job->width, 0, row * (size_t)(n - 1));
    memcpy(edge, job->X + seq * job->width, row);
}

void tg_backprop_reduce_edge(float *dX, const float *dY, const int64_t *starts, isize n_seqs, isize width, int last,
                             isize rows) {
    segments job = {.out = dX, .X = dY, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows, .last = last};
    run_segments(&job, place_edge);
}

enum { COLUMNS = 64 }; /* columns whose sums are held at a time */

INLINE_LOOP float clipped_power(float x) {
    const float power = x > 20.0f ? 20.0f : x;
    return exp_within(power < -20.0f ? -20.0f : power);
}

TAGMA_CLONES
static void softmax_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    const isize width = job->width, size = n * width;
    const float *x = job->X + lo * width;
    float *y = job->out + lo * width;
    (void)seq;
    if (y != x)
        memcpy(y, x, (size_t)size * sizeof(float));
    for (isize i = 0; i < size; i++)
        y[i] = clipped_power(y[i]);
    if (width == 1) {
        const float total = row_sum(y, n);
        for (isize i = 0; i < n; i++)
            y[i] /= total;
        return;
    }
    for (isize from = 0; from < width; from += COLUMNS) {
        float sums[COLUMNS] = {0};
        const isize len = width - from < COLUMNS ? width - from : COLUMNS;
        for (isize i = 0; i < n; i++)
            for (isize j = 0; j < len; j++)
                sums[j] += y[i * width + from + j];
        for (isize i = 0; i < n; i++)
            for (isize j = 0; j < len; j++)
                y[i * width + from + j] /= sums[j];
    }
}

void tg_softmax_sequences(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, isize rows) {
    segments job = {.out = Y, .X = X, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    run_segments(&job, softmax_segment);
}

TAGMA_CLONES
static void softmax_segment_back(segments *job, isize part, isize seq, isize lo, isize n) {
    (void)part;
    const isize width = job->width;
    const float *RESTRICT dy = job->X + lo * width, *RESTRICT y = job->Y + lo * width;
    float *RESTRICT dx = job->out + lo * width;
    (void)seq;
    if (width == 1) {
        const float total = row_dot(y, dy, n);
        for (isize i = 0; i < n; i++)
            dx[i] = y[i] * (dy[i] - total);
        return;
    }
    for (isize from = 0; from < width; from += COLUMNS) {
        float sums[COLUMNS] = {0};
        const isize len = width - from < COLUMNS ? width - from : COLUMNS;
        for (isize i = 0; i < n; i++)
            for (isize j = 0; j < len; j++)
                sums[j] += y[i * width + from + j] * dy[i * width + from + j];
        for (isize i = 0; i < n; i++)
            for (isize j = 0; j < len; j++)
                dx[i * width + from + j] = y[i * width + from + j] * (dy[i * width + from + j] - sums[j]);
    }
}

void tg_backprop_softmax_sequences(float *dX, const float *dY, const float *Y, const int64_t *starts, isize n_seqs,
                                   isize width, isize rows) {
    segments job = {.out = dX, .X = dY, .Y = Y, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    run_segments(&job, softmax_segment_back);
}

TAGMA_CLONES
static void attend_segment(segments *job, isize part, isize seq, isize lo, isize n) {
    const isize width = job->width;
    float *RESTRICT a = job->attention + lo;
    (void)part;
    (void)seq;
    for (isize i = 0; i < n; i++)
        a[i] = row_dot(job->K + (lo + i) * width, job->q, width);
    for (isize i = 0; i < n; i++)
        a[i] = clipped_power(a[i]);
    const float total = row_sum(a, n);
    for (isize i = 0; i < n; i++) {
        const float *RESTRICT x = job->X + (lo + i) * width;
        float *RESTRICT y = job->out + (lo + i) * width;
        a[i] /= total;
        for (isize j = 0; j < width; j++)
            y[j] = a[i] * x[j];
    }
}

void tg_attend(float *Y, float *attention, const float *X, const float *K, const float *q, const int64_t *starts,
               isize n_seqs, isize width, isize rows) {
    segments job = {.out = Y, .X = X, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    job.attention = attention, job.K = K, job.q = q;
    run_segments(&job, attend_segment);
}

TAGMA_CLONES
static void attend_segment_back(segments *job, isize part, isize seq, isize lo, isize n) {
    const isize width = job->width;
    const float *RESTRICT a = job->attention + lo, *RESTRICT q = job->q;
    float *RESTRICT score = job->scores + lo, *RESTRICT dq = job->sums + part * width;
    (void)seq;
    for (isize i = 0; i < n; i++)
        score[i] = row_dot(job->X + (lo + i) * width, job->Y + (lo + i) * width, width);
    const float total = row_dot(a, score, n);
    for (isize i = 0; i < n; i++) {
        const float *RESTRICT k = job->K + (lo + i) * width, *RESTRICT dy = job->Y + (lo + i) * width;
        const float d = a[i] * (score[i] - total);
        float *RESTRICT dx = job->out + (lo + i) * width;
        if (job->dK) {
            float *RESTRICT dk = job->dK + (lo + i) * width;
            for (isize j = 0; j < width; j++) {
                dx[j] = a[i] * dy[j];
                dk[j] = d * q[j];
                dq[j] += d * k[j];
            }
        } else
            for (isize j = 0; j < width; j++) {
                dx[j] = a[i] * dy[j] + d * q[j];
                dq[j] += d * k[j];
            }
    }
}

void tg_backprop_attend(float *dX, float *dK, float *dq, float *scores, float *sums, const float *dY,
                        const float *attention, const float *X, const float *K, const float *q, const int64_t *starts,
                        isize n_seqs, isize width, isize rows) {
    segments job = {.out = dX, .X = X, .Y = dY, .starts = starts, .n_seqs = n_seqs, .width = width, .rows = rows};
    job.attention = (float *)attention, job.K = K, job.q = q, job.dK = dK, job.scores = scores, job.sums = sums;
    memset(sums, 0, (size_t)(parts_of(&job) * width) * sizeof(float));
    run_segments(&job, attend_segment_back);
    for (isize part = 0; part < parts_of(&job); part++)
        for (isize j = 0; j < width; j++)
            dq[j] += sums[part * width + j];
}
