/* Prediction: of each state the best move, until all docs are done. */

#include <stdlib.h>
#include <string.h>

#include "machine.h"

/* States beside each other in a part, for which one pass over the upper weights serves several; pages that the table of
   a part keeps: all of them, unless it is one long doc, whose states ask for few at a time. */
enum { LANES = 16, PAGES = 64 };

typedef struct {
    tg_state state;
    tg_allowed allowed;
    isize doc;
} lane;

static int finish(tg_greedy *job, const lane *done) {
    const isize at = job->offsets[done->doc];
    if (job->moves) {
        job->moves[done->doc] = tg_keep_history(&done->state);
        job->n_steps[done->doc] = done->state.n_steps;
        if (job->moves[done->doc] == NULL)
            return NO_MEMORY;
    }
    return tg_read(job->system, &done->state, job->heads ? job->heads + at : NULL,
                   job->labels ? job->labels + at : NULL, job->starts ? job->starts + at : NULL,
                   job->tags ? job->tags + at : NULL, job->ent_labels ? job->ent_labels + at : NULL,
                   job->sure && job->want_p ? job->sure + at : NULL);
}

static int run_docs(tg_greedy *job, isize begin, isize end, tg_table *table, tg_arena *arena, float *hidden,
                    float *scores) {
    const tg_net *net = job->net;
    const isize first = job->offsets[begin];
    lane lanes[LANES];
    int32_t ids[MAX_FEATURES];
    isize n_lanes = 0, next = begin;
    for (;;) {
        while (n_lanes < LANES && next < end) {
            lane *added = &lanes[n_lanes];
            tg_begin(&added->state, &job->docs[next]);
            added->doc = next++;
            if (!tg_is_final(&added->state))
                n_lanes++;
        }
        if (n_lanes == 0)
            return arena->failed || table->failed ? NO_MEMORY : OK;
        for (isize i = 0; i < n_lanes; i++) {
            tg_features(&lanes[i].state, (int)net->nF, ids);
            tg_hidden(table, ids, job->offsets[lanes[i].doc] - first, hidden + i * net->nO, NULL);
        }
        if (table->failed)
            return NO_MEMORY;
        if (tg_scores(net, hidden, n_lanes, scores) != OK)
            return NO_MEMORY;
        isize kept = 0;
        for (isize i = 0; i < n_lanes; i++) {
            lane *this = &lanes[i];
            const float *row = scores + i * net->stride;
            tg_allow(job->system, &this->state, &this->allowed);
            const int32_t move = tg_best(job->system, &this->allowed, row);
            if (move == -2)
                return NOT_A_NUMBER;
            if (move < 0) {
                tg_force_final(&this->state);
            } else {
                tg_chance chance = {0, 0, 0};
                if (job->want_p)
                    chance = tg_chances(job->system, &this->allowed, row, move);
                tg_apply(job->system, &this->state, move, &chance, arena);
            }
            if (arena->failed)
                return NO_MEMORY;
            if (tg_is_final(&this->state)) {
                if (finish(job, this) != OK)
                    return NO_MEMORY;
            } else {
                lanes[kept++] = *this;
            }
        }
        n_lanes = kept;
    }
}

static int run_stretch(void *context, isize begin, isize end) {
    tg_greedy *job = context;
    const tg_net *net = job->net;
    const isize first = job->offsets[begin];
    tg_table table;
    tg_arena arena = {NULL, 0};
    int status = tg_open_table(&table, net, job->X + first * net->nI, job->offsets[end] - first, PAGES);
    float *memory = malloc((size_t)(LANES * (net->nO + net->stride)) * sizeof(float));
    if (memory == NULL)
        status = NO_MEMORY;
    if (status == OK)
        status = run_docs(job, begin, end, &table, &arena, memory, memory + LANES * net->nO);
    free(memory);
    tg_close_table(&table);
    tg_release(&arena);
    return status;
}

void tg_run_greedy(tg_greedy *job, isize words_a_part) {
    job->status = tg_run_stretches(run_stretch, job, job->offsets, job->n_docs, words_a_part);
}
