/* Beam search: several analyses of a doc at once, the best of all their continuations kept at each step. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

int tg_beam_open(tg_beam *beam, const tg_system *system, isize width, float density, int follow_gold) {
    memset(beam, 0, sizeof(*beam));
    beam->system = system;
    beam->width = width;
    beam->density = density;
    beam->follow_gold = follow_gold;
    beam->members = calloc((size_t)width * 2, sizeof(tg_member));
    beam->candidates = malloc((size_t)(width * (system->n_moves + 1)) * sizeof(tg_candidate));
    beam->costs = malloc((size_t)(system->n_moves + 1) * sizeof(float));
    beam->spare = beam->members ? beam->members + width : NULL;
    beam->memory = beam->members;
    return beam->members && beam->candidates && beam->costs ? OK : NO_MEMORY;
}

void tg_beam_close(tg_beam *beam) {
    free(beam->memory);
    free(beam->candidates);
    free(beam->costs);
}

void tg_beam_begin(tg_beam *beam, const tg_doc *doc) {
    memset(beam->members, 0, sizeof(tg_member));
    tg_begin(&beam->members[0].state, doc);
    beam->members[0].done = tg_is_final(&beam->members[0].state);
    beam->done = beam->members[0].done;
    beam->size = 1;
    beam->steps = 0;
}

static int better(const tg_candidate *a, const tg_candidate *b) {
    return a->score != b->score ? a->score > b->score : a->member != b->member ? a->member > b->member
                                                                              : a->move > b->move;
}

/* The best candidates to the front, in order. */
static isize select_best(tg_candidate *candidates, isize n, isize width) {
    isize kept = 0;
    for (isize i = 0; i < n; i++) {
        const tg_candidate this = candidates[i];
        if (kept == width && !better(&this, &candidates[kept - 1]))
            continue;
        isize at = kept < width ? kept++ : kept - 1;
        for (; at > 0 && better(&this, &candidates[at - 1]); at--)
            candidates[at] = candidates[at - 1];
        candidates[at] = this;
    }
    return kept;
}

/* Finished analyses gain their average at every step, so that long ones do not win by their length: Bohnet and Nivre
   (2012), and Zhu et al. (2013), section 4.1. */
static int collect(tg_beam *beam, const float *const *rows, const tg_gold *gold, isize *count) {
    const tg_system *system = beam->system;
    isize n = 0;
    for (isize i = 0; i < beam->size; i++) {
        tg_member *member = &beam->members[i];
        tg_allowed allowed;
        if (member->done) {
            const float more = member->state.n_steps && beam->steps ? member->score / (float)beam->steps : 0;
            beam->candidates[n++] = (tg_candidate){member->score + more, (int32_t)i, -1, 0};
            continue;
        }
        tg_allow(system, &member->state, &allowed);
        float least = 0;
        if (gold) {
            tg_costs(system, &member->state, &allowed, gold, beam->costs);
            for (int32_t j = 0; j < system->n_moves; j++)
                least = beam->costs[j] < least ? beam->costs[j] : least;
        }
        for (int32_t j = 0; j < system->n_moves; j++) {
            if (!tg_allows(system, &allowed, j) || (beam->follow_gold && beam->costs[j] > least))
                continue;
            const float score = member->score + rows[i][j];
            if (score != score)
                return NOT_A_NUMBER;
            beam->candidates[n++] = (tg_candidate){score, (int32_t)i, j, gold ? beam->costs[j] : 0};
        }
    }
    *count = n;
    return OK;
}

int tg_beam_advance(tg_beam *beam, const float *const *rows, const int32_t *records, const tg_gold *gold,
                    tg_arena *arena) {
    isize n = 0;
    const int status = collect(beam, rows, gold, &n);
    if (status != OK)
        return status;
    if (n == 0) { /* nothing is allowed any more */
        for (isize i = 0; i < beam->size; i++) {
            tg_force_final(&beam->members[i].state);
            beam->members[i].done = 1;
        }
        beam->done = 1;
        return OK;
    }
    n = select_best(beam->candidates, n, beam->width);
    if (beam->density > 0)
        while (n > 1 && expf(beam->candidates[n - 1].score - beam->candidates[0].score) < beam->density)
            n--;
    beam->done = 1;
    for (isize i = 0; i < n; i++) {
        const tg_candidate *candidate = &beam->candidates[i];
        tg_member *member = &beam->spare[i];
        *member = beam->members[candidate->member];
        member->score = candidate->score;
        if (candidate->move >= 0) {
            if (records) {
                tg_trail *trail = tg_take(arena, sizeof(tg_trail));
                trail->before = member->trail;
                trail->record = records[candidate->member];
                trail->move = candidate->move;
                member->trail = trail;
            }
            member->loss += candidate->cost;
            member->hash = (member->hash ^ (uint64_t)(candidate->move + 1)) * 0x9E3779B97F4A7C15u;
            tg_chance chance = {0, 0, 0};
            if (beam->want_p) {
                tg_allowed allowed;
                tg_allow(beam->system, &member->state, &allowed);
                chance = tg_chances(beam->system, &allowed, rows[candidate->member], candidate->move);
            }
            tg_apply(beam->system, &member->state, candidate->move, beam->want_p ? &chance : NULL, arena);
            member->done = tg_is_final(&member->state);
        }
        beam->done &= member->done;
    }
    tg_member *members = beam->members;
    beam->members = beam->spare;
    beam->spare = members;
    beam->size = n;
    beam->steps++;
    return arena->failed ? NO_MEMORY : OK;
}

enum { PAGES = 64 };

static int search_doc(tg_search *job, isize doc, tg_beam *beam, tg_table *table, isize offset, tg_arena *arena,
                      float *hidden, float *scores, const float **rows) {
    const tg_net *net = job->net;
    int32_t ids[MAX_FEATURES];
    tg_beam_begin(beam, &job->docs[doc]);
    while (!beam->done) {
        isize n = 0;
        for (isize i = 0; i < beam->size; i++) {
            if (beam->members[i].done)
                continue;
            tg_features(&beam->members[i].state, (int)net->nF, ids);
            tg_hidden(table, ids, offset, hidden + n * net->nO, NULL);
            rows[i] = scores + n++ * net->stride;
        }
        if (table->failed)
            return NO_MEMORY;
        if (tg_scores(net, hidden, n, scores) != OK)
            return NO_MEMORY;
        const int status = tg_beam_advance(beam, rows, NULL, NULL, arena);
        if (status != OK)
            return status;
    }
    const isize at = job->offsets[doc], all = job->offsets[job->n_docs];
    job->sizes[doc] = (int32_t)beam->size;
    if (job->moves) {
        job->moves[doc] = tg_keep_history(&beam->members[0].state);
        job->n_steps[doc] = beam->members[0].state.n_steps;
        if (job->moves[doc] == NULL)
            return NO_MEMORY;
    }
    for (isize i = 0; i < beam->size; i++) {
        const isize to = i * all + at;
        job->scores[doc * job->width + i] = beam->members[i].score;
        const int status = tg_read(job->system, &beam->members[i].state, job->heads ? job->heads + to : NULL,
                                   job->labels + to, job->starts ? job->starts + to : NULL,
                                   job->tags ? job->tags + to : NULL, job->labels + to, NULL);
        if (status != OK)
            return status;
    }
    return OK;
}

static int search_stretch(void *context, isize begin, isize end) {
    tg_search *job = context;
    const tg_net *net = job->net;
    const isize first = job->offsets[begin], width = job->width;
    tg_table table;
    tg_beam beam;
    tg_arena arena = {NULL, 0};
    /* the states of a beam are near each other: they ask for few pages at once */
    int status = tg_open_table(&table, net, job->X + first * net->nI, job->offsets[end] - first, PAGES);
    if (tg_beam_open(&beam, job->system, width, job->density, 0) != OK)
        status = NO_MEMORY;
    beam.want_p = job->moves != NULL;
    float *memory = malloc((size_t)(width * (net->nO + net->stride)) * sizeof(float));
    const float **rows = calloc((size_t)width, sizeof(float *));
    if (!memory || !rows)
        status = NO_MEMORY;
    for (isize doc = begin; status == OK && doc < end; doc++) {
        tg_rewind(&arena);
        status = search_doc(job, doc, &beam, &table, job->offsets[doc] - first, &arena, memory,
                            memory + width * net->nO, rows);
    }
    free(memory);
    free(rows);
    tg_beam_close(&beam);
    tg_close_table(&table);
    tg_release(&arena);
    return status;
}

void tg_run_search(tg_search *job, isize words_a_part) {
    job->status = tg_run_stretches(search_stretch, job, job->offsets, job->n_docs, words_a_part);
}
