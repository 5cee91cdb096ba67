/* Words that are kept: found by their row of keys, and run through an encoder whose first layer is kept with them. */

#include <string.h>

#include "dispatch.h"
#include "native.h"

static inline uint64_t row_hash(const uint64_t *row, isize width) {
    uint64_t h = 0x9e3779b97f4a7c15ULL;
    for (isize j = 0; j < width; j++) {
        h = (h ^ row[j]) * 0xff51afd7ed558ccdULL;
        h ^= h >> 32;
    }
    return h;
}

isize tg_unique_rows(int32_t *first, int32_t *inverse, const uint64_t *X, isize n, isize width, int32_t *slots,
                     isize n_slots) {
    isize found = 0;
    memset(slots, 0xff, (size_t)n_slots * sizeof(int32_t));
    for (isize i = 0; i < n; i++) {
        const uint64_t *row = X + i * width;
        isize at = (isize)(row_hash(row, width) & (uint64_t)(n_slots - 1));
        while (slots[at] >= 0 &&
               memcmp(X + (isize)first[slots[at]] * width, row, (size_t)width * sizeof(uint64_t)) != 0)
            at = (at + 1) & (n_slots - 1);
        if (slots[at] < 0) {
            slots[at] = (int32_t)found;
            first[found++] = (int32_t)i;
        }
        inverse[i] = slots[at];
    }
    return found;
}

void tg_find_rows(int32_t *places, const uint64_t *X, isize n, isize width, const uint64_t *kept, const int32_t *slots,
                  isize n_slots) {
    const size_t size = (size_t)width * sizeof(uint64_t);
    for (isize i = 0; i < n; i++) {
        const uint64_t *row = X + i * width;
        isize at = (isize)(row_hash(row, width) & (uint64_t)(n_slots - 1));
        while (slots[at] >= 0 && memcmp(kept + (isize)slots[at] * width, row, size) != 0)
            at = (at + 1) & (n_slots - 1);
        places[i] = slots[at];
    }
}

void tg_keep_rows(int32_t *slots, isize n_slots, const uint64_t *kept, isize lo, isize hi, isize width) {
    const size_t size = (size_t)width * sizeof(uint64_t);
    for (isize i = lo; i < hi; i++) {
        const uint64_t *row = kept + i * width;
        isize at = (isize)(row_hash(row, width) & (uint64_t)(n_slots - 1));
        while (slots[at] >= 0 && memcmp(kept + (isize)slots[at] * width, row, size) != 0)
            at = (at + 1) & (n_slots - 1);
        if (slots[at] < 0)
            slots[at] = (int32_t)i;
    }
}

enum { BLOCK = 32 }; /* rows of the first layer that are worked on at a time, so that they stay in the cache */

static isize smaller(isize a, isize b) { return a < b ? a : b; }
static isize larger(isize a, isize b) { return a > b ? a : b; }

/* A (hi - lo, nA) = the kept products around each row added up, R (hi - lo, width) = the kept vectors. */
TAGMA_CLONES
static void add_up(const tg_encoder *E, const tg_piece *piece, isize lo, isize hi, float *A, float *R) {
    const isize w = E->window, width = E->width, nA = width * E->layers[0].nP;
    for (isize t = lo; t < hi; t++) {
        float *RESTRICT a = A + (t - lo) * nA;
        float *RESTRICT r = R + (t - lo) * width;
        const isize from = larger(t - w, piece->begin), to = smaller(t + w + 1, piece->end);
        if (from >= to)
            memset(a, 0, (size_t)nA * sizeof(float));
        for (isize s = from; s < to; s++) {
            const float *RESTRICT product =
                E->kept + E->words[s - E->first] * E->stride + width + (s - t + w) * nA;
            if (s == from)
                memcpy(a, product, (size_t)nA * sizeof(float));
            else
                for (isize j = 0; j < nA; j++)
                    a[j] += product[j];
        }
        if (t >= piece->begin && t < piece->end)
            memcpy(r, E->kept + E->words[t - E->first] * E->stride, (size_t)width * sizeof(float));
        else
            memset(r, 0, (size_t)width * sizeof(float));
    }
}

/* Rows lo to hi, which may lie beyond the sequence, of the first layer's output. */
static void first_layer(const tg_encoder *E, const tg_piece *piece, isize lo, isize hi, float *Y, float *A, float *R) {
    const tg_layer *L = &E->layers[0];
    for (isize from = lo; from < hi; from += BLOCK) {
        const isize to = smaller(from + BLOCK, hi);
        add_up(E, piece, from, to, A, R);
        tg_maxout_norm(Y + (from - lo) * E->width, NULL, NULL, NULL, A, L->bias, L->G, L->b, NULL, 1, R, to - from,
                       E->width, L->nP);
    }
}

typedef struct {
    const tg_encoder *encoder;
    int failed;
} encoder_job;

static isize count_rows(const tg_piece *first, const tg_piece *end, isize margin) {
    isize rows = 0;
    for (const tg_piece *p = first; p < end; p++)
        rows += p->hi - p->lo + 2 * margin;
    return rows;
}

/* In X every piece has `margin` rows more on both sides, as many as the layers behind the first look at. The windows of
   a layer are stretches of X. */
static void encoder_part(void *context, isize part, isize worker) {
    encoder_job *job = context;
    const tg_encoder *E = job->encoder;
    const tg_piece *first = E->pieces + E->parts[part], *end = E->pieces + E->parts[part + 1];
    const isize w = E->window, width = E->width, margin = w * (E->depth - 1), rows = count_rows(first, end, margin);
    const isize floats = larger(rows * width, BLOCK * width * E->layers[0].nP);
    (void)worker;
    float *A = tg_scratch((size_t)(floats + BLOCK * width + 2 * rows * width) * sizeof(float) +
                          (size_t)(rows + 1) * sizeof(float *));
    if (A == NULL) {
        __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    float *R = A + floats, *X = R + BLOCK * width, *next = X + rows * width;
    const float **windows = (const float **)(((uintptr_t)(next + rows * width) + 7) & ~(uintptr_t)7);
    isize at = 0;
    for (const tg_piece *p = first; p < end; p++) {
        first_layer(E, p, p->lo - margin, p->hi + margin, E->depth > 1 ? X + at * width : E->Y + p->lo * width, A, R);
        at += p->hi - p->lo + 2 * margin;
    }
    for (isize l = 1; l < E->depth; l++) {
        const tg_layer *L = &E->layers[l];
        const isize reach = w * (E->depth - 1 - l), skip = margin - reach;
        isize n = 0;
        at = 0;
        for (const tg_piece *p = first; p < end; p++) {
            const float *row = X + (at + skip - w) * width;
            for (isize i = p->lo - reach; i < p->hi + reach; i++, row += width)
                windows[n++] = row;
            at += p->hi - p->lo + 2 * margin;
        }
        if (tg_panels_rows(L->panels, windows, n, A, width) != 0)
            __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
        n = at = 0;
        for (const tg_piece *p = first; p < end; p++) {
            const isize count = p->hi - p->lo + 2 * reach, here = (at + skip) * width;
            tg_maxout_norm(l + 1 < E->depth ? next + here : E->Y + p->lo * width, NULL, NULL, NULL, A + n * width, NULL,
                           L->G, L->b, NULL, 1, X + here, count, width, 1);
            n += count;
            at += p->hi - p->lo + 2 * margin;
        }
        float *done = X;
        X = next;
        next = done;
    }
}

int tg_encode_words(const tg_encoder *encoder) {
    encoder_job job = {encoder, 0};
    tg_run_parts(encoder_part, &job, encoder->n_parts);
    return job.failed ? -1 : 0;
}
