/* Blocks of the encoder: windows, matrix product, maxout, layer norm, dropout and residual branch, part by part. */

#include <string.h>

#include "native.h"

#if !defined(_WIN32)
#include <sched.h>
#endif

static isize parts_of(isize n, isize rows) { return (n + rows - 1) / rows; }

/* Parts are handed out in order, so the part before this one is done or being worked on. */
static void draw_in_turn(tg_dropout *dropout, isize part, isize lo, isize hi, isize width) {
#if !defined(_WIN32)
    for (int looks = 0; __atomic_load_n(&dropout->turn, __ATOMIC_ACQUIRE) != part; looks++)
        if (looks > 1000)
            sched_yield();
#endif
    tg_dropout_keep(dropout->keep + lo * width, (hi - lo) * width, dropout->drop, dropout->state, dropout->pos);
#if !defined(_WIN32)
    __atomic_store_n(&dropout->turn, part + 1, __ATOMIC_RELEASE);
#endif
}

typedef struct {
    tg_block *block;
    int failed;
} forward_job;

static void forward_part(void *context, isize part, isize worker) {
    forward_job *job = context;
    tg_block *B = job->block;
    const isize lo = part * B->rows, hi = B->n < lo + B->rows ? B->n : lo + B->rows, n = hi - lo;
    const isize nA = B->nO * B->nP, nI = B->width * (2 * B->window + 1);
    const int windows_here = B->window && !B->cols;
    const float *inputs = B->X + lo * B->width;
    float *A = tg_scratch((size_t)(n * (nA + (windows_here ? nI : 0))) * sizeof(float));
    (void)worker;
    if (A == NULL) {
        __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
        if (B->dropout.state)
            draw_in_turn(&B->dropout, part, lo, hi, B->nO);
        return;
    }
    if (B->window) {
        float *cols = windows_here ? A + n * nA : B->cols + lo * nI;
        tg_seq2col(cols, B->X, lo, hi, 0, B->n, B->width, B->window);
        inputs = cols;
    }
    tg_gemm(0, 1, n, nA, nI, inputs, nI, B->W, nI, 0, A, nA);
    if (B->dropout.state)
        draw_in_turn(&B->dropout, part, lo, hi, B->nO);
    tg_maxout_norm(B->Y + lo * B->nO, B->which ? B->which + lo * B->nO : NULL, B->Xhat ? B->Xhat + lo * B->nO : NULL,
                   B->rstd ? B->rstd + lo : NULL, A, B->bias, B->G, B->b,
                   B->dropout.keep ? B->dropout.keep + lo * B->nO : NULL, B->dropout.scale,
                   B->residual ? B->X + lo * B->width : NULL, n, B->nO, B->nP);
}

int tg_block_forward(tg_block *block) {
    forward_job job = {block, 0};
    tg_run_parts(forward_part, &job, parts_of(block->n, block->rows));
    return job.failed ? -1 : 0;
}

typedef struct {
    const tg_block *block;
    int sparse; /* whether products leave losing pieces out */
    const float *dY;
    float *dX, *dW, *dZ, *dA, *dcols, *sums;
    isize outs, slices; /* outputs of a slice of dW, and number of slices */
} backward_job;

static isize inputs_of(const tg_block *B) { return B->width * (2 * B->window + 1); }

isize tg_block_scratch_width(const tg_block *block) {
    return tg_pieces_pay(inputs_of(block), block->nP) ? block->nO : block->nO * (1 + block->nP);
}

static void rows_part(void *context, isize part, isize worker) {
    const backward_job *job = context;
    const tg_block *B = job->block;
    const isize lo = part * B->rows, hi = B->n < lo + B->rows ? B->n : lo + B->rows, n = hi - lo;
    const isize nA = B->nO * B->nP, nI = inputs_of(B);
    float *dbias = job->sums + part * (nA + 3 * B->nO), *dG = dbias + nA, *db = dG + B->nO, *scratch = db + B->nO;
    float *dZ = job->dZ + lo * B->nO;
    const uint8_t *which = B->which + lo * B->nO;
    (void)worker;
    for (isize i = 0; i < nA + 2 * B->nO; i++)
        dbias[i] = 0;
    tg_backprop_maxout_norm(dZ, dbias, dG, db, scratch, job->dY + lo * B->nO, which,
                            B->Xhat ? B->Xhat + lo * B->nO : NULL, B->rstd ? B->rstd + lo : NULL, B->G, B->dropout.keep ? B->dropout.keep + lo * B->nO : NULL,
                            B->dropout.scale, n, B->nO, B->nP);
    if (job->sparse) {
        tg_pieces_inputs(job->dcols + lo * nI, dZ, which, B->W, n, nI, B->nO, B->nP);
    } else {
        tg_expand_pieces(job->dA + lo * nA, dZ, which, n, B->nO, B->nP);
        tg_gemm(0, 0, n, nI, nA, job->dA + lo * nA, nA, B->W, nI, 0, job->dcols + lo * nI, nI);
    }
}

/* First the slices of dW, the long parts, then the rows of dX. */
static void weights_part(void *context, isize part, isize worker) {
    const backward_job *job = context;
    const tg_block *B = job->block;
    const isize nA = B->nO * B->nP, nI = inputs_of(B);
    (void)worker;
    if (part < job->slices) {
        const isize o = part * job->outs, outs = B->nO - o < job->outs ? B->nO - o : job->outs;
        const float *inputs = B->window ? B->cols : B->X;
        float *dW = job->dW + o * B->nP * nI;
        if (job->sparse)
            tg_pieces_weights(dW, job->dZ + o, B->which + o, inputs, B->n, nI, B->nO, B->nP, outs);
        else
            tg_gemm(1, 0, outs * B->nP, nI, B->n, job->dA + o * B->nP, nA, inputs, nI, 1, dW, nI);
        return;
    }
    const isize lo = (part - job->slices) * B->rows, hi = B->n < lo + B->rows ? B->n : lo + B->rows;
    float *dX = job->dX + lo * B->width;
    if (B->window)
        tg_backprop_seq2col(job->dX, job->dcols, lo, hi, 0, B->n, B->width, B->window);
    if (B->residual)
        for (isize i = 0; i < (hi - lo) * B->width; i++)
            dX[i] += job->dY[lo * B->width + i];
}

void tg_block_backward(const tg_block *block, const float *dY, float *dX, float *dW, float *dbias, float *dG, float *db,
                       float *scratch, float *dcols, float *sums) {
    const isize nO = block->nO, nP = block->nP, nA = nO * nP, parts = parts_of(block->n, block->rows);
    const int sparse = tg_pieces_pay(inputs_of(block), nP);
    const isize outs = sparse ? (nO + 3) / 4 : (nO + 1) / 2; /* fewer slices where each is packed anew */
    backward_job job = {block,  sparse, dY, dX, dW, scratch, sparse ? NULL : scratch + block->n * nO, dcols, sums, outs,
                        parts_of(nO, outs)};
    tg_run_parts(rows_part, &job, parts);
    tg_run_parts(weights_part, &job, job.slices + (block->window || block->residual ? parts : 0));
    for (isize part = 0; part < parts; part++) {
        const float *sum = sums + part * (nA + 3 * nO);
        for (isize p = 0; p < nP; p++)
            for (isize i = 0; i < nO; i++)
                dbias[i * nP + p] += sum[p * nO + i];
        for (isize i = 0; block->G && i < nO; i++) {
            dG[i] += sum[nA + i];
            db[i] += sum[nA + nO + i];
        }
    }
}

typedef struct {
    float *Y;
    const float *rows;
    const int32_t *inverse;
    tg_dropout *dropout;
    isize n, width, rows_a_part;
} expand_job;

static void expand_part(void *context, isize part, isize worker) {
    const expand_job *job = context;
    const isize lo = part * job->rows_a_part, hi = job->n < lo + job->rows_a_part ? job->n : lo + job->rows_a_part;
    (void)worker;
    if (job->dropout->state)
        draw_in_turn(job->dropout, part, lo, hi, job->width);
    tg_expand_rows(job->Y, job->rows, job->inverse, job->dropout->keep, job->dropout->scale, lo, hi, job->width);
}

void tg_expand_parts(float *Y, const float *rows, const int32_t *inverse, tg_dropout *dropout, isize n, isize width,
                     isize rows_a_part) {
    expand_job job = {Y, rows, inverse, dropout, n, width, rows_a_part};
    tg_run_parts(expand_part, &job, parts_of(n, rows_a_part));
}

typedef struct {
    float *Y;
    const float *X;
    tg_dropout *dropout;
    isize n, size;
} dropout_job;

static void dropout_part(void *context, isize part, isize worker) {
    const dropout_job *job = context;
    const isize lo = part * job->size, hi = job->n < lo + job->size ? job->n : lo + job->size;
    (void)worker;
    if (job->dropout->state)
        draw_in_turn(job->dropout, part, lo, hi, 1);
    tg_drop(job->Y + lo, job->X + lo, job->dropout->keep + lo, job->dropout->scale, hi - lo);
}

void tg_dropout_parts(float *Y, const float *X, tg_dropout *dropout, isize n, isize size) {
    dropout_job job = {Y, X, dropout, n, size};
    tg_run_parts(dropout_part, &job, parts_of(n, size));
}

typedef struct {
    tg_table *tables;
    isize n_tables, n, out_width, rows;
    float *out;
    const float *dY;
} tables_job;

static void tables_part(void *context, isize part, isize worker) {
    const tables_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows;
    (void)worker;
    for (isize t = 0; t < job->n_tables; t++) {
        const tg_table *T = &job->tables[t];
        tg_hash_rows(T->rows + 4 * lo, T->keys + lo * T->key_stride, T->key_stride, n, T->seed, (uint32_t)T->nV);
        tg_gather_add(job->out + lo * job->out_width + T->at, job->out_width, T->table, T->rows + 4 * lo, 4, n,
                      T->width, T->column_scale);
    }
}

void tg_tables_forward(tg_table *tables, isize n_tables, isize n, float *out, isize out_width, isize rows) {
    tables_job job = {tables, n_tables, n, out_width, rows, out, NULL};
    tg_run_parts(tables_part, &job, parts_of(n, rows));
}

static void table_gradient(void *context, isize part, isize worker) {
    const tables_job *job = context;
    const tg_table *T = &job->tables[part];
    (void)worker;
    tg_scatter_add(T->gradient, T->width, T->rows, 4, job->dY + T->at, job->out_width, job->n, T->width,
                   T->column_scale);
}

void tg_tables_backward(const tg_table *tables, isize n_tables, isize n, const float *dY, isize out_width) {
    tables_job job = {(tg_table *)tables, n_tables, n, out_width, n, NULL, dY};
    if (n_tables == 1)
        tg_scatter_parts(tables->gradient, tables->rows, 4, dY, out_width, n, tables->width, tables->column_scale);
    else
        tg_run_parts(table_gradient, &job, n_tables);
}

typedef struct {
    float *Y;
    const float *X;
    isize n, width, rows;
    float temperature;
} softmax_job;

static void softmax_part(void *context, isize part, isize worker) {
    const softmax_job *job = context;
    const isize lo = part * job->rows, n = job->n - lo < job->rows ? job->n - lo : job->rows;
    (void)worker;
    if (job->Y != job->X)
        memcpy(job->Y + lo * job->width, job->X + lo * job->width, (size_t)(n * job->width) * sizeof(float));
    tg_softmax(job->Y + lo * job->width, n, job->width, job->temperature);
}

void tg_softmax_parts(float *Y, const float *X, isize n, isize width, float temperature, isize rows) {
    softmax_job job = {Y, X, n, width, rows, temperature};
    tg_run_parts(softmax_part, &job, parts_of(n, rows));
}
