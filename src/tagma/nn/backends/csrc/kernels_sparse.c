/* A linear model over bags of hashed features: two weights of each class for every key, which two hashes pick. */

#include "hashing.h"
#include "native.h"
#include "row_loops.h"

typedef struct {
    const tg_sparse *S;
    float *Y;
    const float *W, *dY;
    float *dW;
    const int32_t *places;
} sparse_job;

static isize bags_of(const tg_sparse *S) { return (S->n_bags + S->bags - 1) / S->bags; }

static void hash_part(void *context, isize part, isize worker) {
    const tg_sparse *S = ((const sparse_job *)context)->S;
    const isize from = part * S->bags, to = S->n_bags < from + S->bags ? S->n_bags : from + S->bags;
    (void)worker;
    for (isize i = (isize)S->starts[from]; i < (isize)S->starts[to]; i++)
        for (uint32_t seed = 0; seed < 2; seed++)
            S->buckets[2 * i + seed] =
                (uint32_t)(tagma_hash32_x86(&S->keys[i], sizeof(uint64_t), seed) % (uint64_t)S->length);
}

void tg_sparse_hash(const tg_sparse *S) {
    sparse_job job = {S, NULL, NULL, NULL, NULL, NULL};
    tg_run_parts(hash_part, &job, bags_of(S));
}

static void sparse_part(void *context, isize part, isize worker) {
    const sparse_job *job = context;
    const tg_sparse *S = job->S;
    const isize from = part * S->bags, to = S->n_bags < from + S->bags ? S->n_bags : from + S->bags, nO = S->nO;
    (void)worker;
    for (isize bag = from; bag < to; bag++) {
        float *RESTRICT y = job->Y + bag * nO;
        for (isize i = (isize)S->starts[bag]; i < (isize)S->starts[bag + 1]; i++) {
            const float *w0 = job->W + S->buckets[2 * i], *w1 = job->W + S->buckets[2 * i + 1], value = S->values[i];
            for (isize c = 0; c < nO; c++)
                y[c] += (w0[c * S->class_step] + w1[c * S->class_step]) * value;
        }
    }
}

void tg_sparse_forward(const tg_sparse *S, float *Y, const float *W) {
    sparse_job job = {S, Y, W, NULL, NULL, NULL};
    tg_run_parts(sparse_part, &job, bags_of(S));
}

/* As sparse_part, where `places` of each key are rows of a table (rows, nO). */
TAGMA_CLONES
static void add_rows(const sparse_job *job, isize bag) {
    const tg_sparse *S = job->S;
    const isize nO = S->nO;
    float *RESTRICT y = job->Y + bag * nO;
    for (isize i = (isize)S->starts[bag]; i < (isize)S->starts[bag + 1]; i++) {
        const float *w0 = job->W + job->places[2 * i] * nO, *w1 = job->W + job->places[2 * i + 1] * nO;
        const float value = S->values[i];
        for (isize c = 0; c < nO; c++)
            y[c] += (w0[c] + w1[c]) * value;
    }
}

static void row_part(void *context, isize part, isize worker) {
    const sparse_job *job = context;
    const isize from = part * job->S->bags, to = from + job->S->bags;
    (void)worker;
    for (isize bag = from; bag < to && bag < job->S->n_bags; bag++)
        add_rows(job, bag);
}

/* Buckets that are fetched at a time: their rows stay in the cache while the classes are gone through. */
enum { FETCHED = 64 };

typedef struct {
    float *rows;
    const float *W;
    const int64_t *used;
    isize n, nO, length;
} fetch_job;

static void fetch_part(void *context, isize part, isize worker) {
    const fetch_job *job = context;
    const isize lo = part * FETCHED, n = job->n - lo < FETCHED ? job->n - lo : FETCHED, nO = job->nO;
    const int64_t *used = job->used + lo;
    float *rows = job->rows + lo * nO;
    (void)worker;
    for (isize c = 0; c < nO; c++)
        for (isize i = 0; i < n; i++)
            rows[i * nO + c] = job->W[c * job->length + used[i]];
}

void tg_sparse_fetch(float *rows, const float *W, const int64_t *used, isize n, isize nO, isize length) {
    fetch_job job = {rows, W, used, n, nO, length};
    tg_run_parts(fetch_part, &job, (n + FETCHED - 1) / FETCHED);
}

void tg_sparse_forward_rows(const tg_sparse *S, float *Y, const float *rows, const int32_t *places) {
    sparse_job job = {S, Y, rows, NULL, NULL, places};
    tg_run_parts(row_part, &job, bags_of(S));
}

/* Classes from..to, each of which has the keys in their order. */
static void add_classes(const sparse_job *job, isize from, isize to) {
    const tg_sparse *S = job->S;
    for (isize bag = 0; bag < S->n_bags; bag++) {
        const float *dy = job->dY + bag * S->nO;
        for (isize i = (isize)S->starts[bag]; i < (isize)S->starts[bag + 1]; i++) {
            const float value = S->values[i];
            float *w0 = job->dW + S->buckets[2 * i], *w1 = job->dW + S->buckets[2 * i + 1];
            for (isize c = from; c < to; c++) {
                w0[c * S->class_step] += dy[c] * value;
                w1[c * S->class_step] += dy[c] * value;
            }
        }
    }
}

static void class_part(void *context, isize part, isize worker) {
    const sparse_job *job = context;
    const isize nO = job->S->nO, half = (nO + 1) / 2;
    (void)worker;
    add_classes(job, part * half, nO < (part + 1) * half ? nO : (part + 1) * half);
}

void tg_sparse_backward(const tg_sparse *S, float *dW, const float *dY) {
    sparse_job job = {S, NULL, NULL, dY, dW, NULL};
    if (S->class_step > 1 && S->nO > 1 && S->bags < S->n_bags)
        tg_run_parts(class_part, &job, 2);
    else /* neighbouring classes share weights, or there is little to do */
        add_classes(&job, 0, S->nO);
}
