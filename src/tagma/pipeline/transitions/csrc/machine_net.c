/* Scores of states: sums of lower-layer products, which are made once for each token, then a hidden layer.

   Chen and Manning (2014), A Fast and Accurate Dependency Parser using Neural Networks, section 3.2: what a token
   contributes to the hidden layer at each place of a state depends on the token alone. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

int tg_open_table(tg_table *table, const tg_net *net, const float *X, isize n, isize limit) {
    memset(table, 0, sizeof(*table));
    table->net = net;
    table->X = X;
    table->n = n;
    table->n_pages = (n + PAGE - 1) / PAGE;
    table->limit = limit && limit < table->n_pages ? limit : table->n_pages;
    table->slot_of = malloc((size_t)(table->n_pages + 1) * sizeof(int32_t));
    table->page_of = malloc((size_t)(table->limit + 1) * sizeof(int32_t));
    table->used = calloc((size_t)(table->limit + 1), sizeof(uint64_t));
    table->slots = calloc((size_t)(table->limit + 1), sizeof(float *));
    if (!table->slot_of || !table->page_of || !table->used || !table->slots) {
        tg_close_table(table);
        return NO_MEMORY;
    }
    for (isize i = 0; i < table->n_pages; i++)
        table->slot_of[i] = -1;
    return OK;
}

void tg_close_table(tg_table *table) {
    for (isize i = 0; table->slots && i < table->n_slots; i++)
        free(table->slots[i]);
    free(table->slot_of);
    free(table->page_of);
    free(table->used);
    free(table->slots);
    memset(table, 0, sizeof(*table));
}

static isize row_width(const tg_net *net) { return net->nF * net->nO * net->nP; }

/* A slot for a page: a new one, or that of the page that was asked for longest ago. */
static isize find_slot(tg_table *table) {
    if (table->n_slots < table->limit) {
        float *memory = malloc((size_t)(PAGE * row_width(table->net)) * sizeof(float));
        if (memory) {
            table->slots[table->n_slots] = memory;
            return table->n_slots++;
        }
        table->failed = 1;
        return -1;
    }
    isize oldest = 0;
    for (isize slot = 1; slot < table->n_slots; slot++)
        if (table->used[slot] < table->used[oldest])
            oldest = slot;
    table->slot_of[table->page_of[oldest]] = -1;
    return oldest;
}

const float *tg_row(tg_table *table, isize token) {
    const tg_net *net = table->net;
    const isize page = token / PAGE, width = row_width(net);
    isize slot = table->slot_of[page];
    if (slot < 0) {
        slot = find_slot(table);
        if (slot < 0)
            return NULL;
        const isize first = page * PAGE, rows = table->n - first < PAGE ? table->n - first : PAGE;
        if (tg_use.dense(net->lower, table->X + first * net->nI, net->nI, rows, table->slots[slot], width) != 0) {
            table->failed = 1;
            return NULL;
        }
        table->slot_of[page] = (int32_t)slot;
        table->page_of[slot] = (int32_t)page;
    }
    table->used[slot] = table->now;
    return table->slots[slot] + (token - page * PAGE) * width;
}

enum { COLUMNS = 32 }; /* that are summed in registers */

TAGMA_CLONES
static void sum_rows(float *RESTRICT sum, const float *const *rows, isize n_rows, const float *RESTRICT bias,
                     isize width) {
    isize j = 0;
    for (; j + COLUMNS <= width; j += COLUMNS) {
        float some[COLUMNS];
        for (int c = 0; c < COLUMNS; c++)
            some[c] = bias[j + c];
        for (isize f = 0; f < n_rows; f++) {
            const float *row = rows[f] + j;
            for (int c = 0; c < COLUMNS; c++)
                some[c] += row[c];
        }
        for (int c = 0; c < COLUMNS; c++)
            sum[j + c] = some[c];
    }
    for (; j < width; j++) {
        sum[j] = bias[j];
        for (isize f = 0; f < n_rows; f++)
            sum[j] += rows[f][j];
    }
}

TAGMA_CLONES
static void max_of_pieces(float *RESTRICT hidden, uint8_t *RESTRICT which, const float *RESTRICT sum, isize nO,
                          isize nP) {
    if (nP == 2 && which == NULL) {
        for (isize o = 0; o < nO; o++)
            hidden[o] = sum[2 * o + 1] > sum[2 * o] ? sum[2 * o + 1] : sum[2 * o];
        return;
    }
    for (isize o = 0; o < nO; o++) {
        float top = sum[o * nP];
        int at = 0;
        for (isize p = 1; p < nP; p++)
            if (sum[o * nP + p] > top) {
                top = sum[o * nP + p];
                at = (int)p;
            }
        hidden[o] = top;
        if (which)
            which[o] = (uint8_t)at;
    }
}

enum { DEAD = 255 }; /* in `which`: the value was cut, and has no gradient */

void tg_hidden(tg_table *table, const int32_t *ids, isize offset, float *hidden, uint8_t *which) {
    const tg_net *net = table->net;
    const isize width = net->nO * net->nP;
    const float *rows[MAX_FEATURES];
    float *sum = hidden, many[512], *large = NULL;
    table->now++;
    for (isize f = 0; f < net->nF; f++) {
        const float *row = ids[f] < 0 ? net->pad : tg_row(table, offset + ids[f]);
        if (row == NULL)
            return;
        rows[f] = row + f * width;
    }
    if (net->nP > 1) {
        sum = many;
        if (width > 512) {
            sum = large = malloc((size_t)width * sizeof(float));
            if (large == NULL) {
                table->failed = 1;
                return;
            }
        }
    }
    sum_rows(sum, rows, net->nF, net->b, width);
    if (net->nP > 1)
        max_of_pieces(hidden, which, sum, net->nO, net->nP);
    else
        for (isize o = 0; o < net->nO; o++) {
            const int dead = net->relu && hidden[o] <= 0;
            if (dead)
                hidden[o] = 0;
            if (which)
                which[o] = dead ? DEAD : 0;
        }
    free(large);
}

int tg_scores(const tg_net *net, const float *hidden, isize rows, float *scores) {
    if (net->upper && tg_use.dense(net->upper, hidden, net->nO, rows, scores, net->stride) != 0)
        return NO_MEMORY;
    for (isize i = 0; i < rows; i++) {
        float *row = scores + i * net->stride;
        if (net->upper == NULL)
            memcpy(row, hidden + i * net->nO, (size_t)net->n_moves * sizeof(float));
        if (net->unseen == NULL)
            continue;
        float low = row[0];
        for (isize j = 1; j < net->n_moves; j++)
            low = row[j] < low ? row[j] : low;
        for (isize j = 0; j < net->n_moves; j++)
            if (net->unseen[j])
                row[j] = low;
    }
    return OK;
}

int32_t tg_best(const tg_system *system, const tg_allowed *allowed, const float *scores) {
    int32_t best = -1;
    int any = 0;
    float top = -INFINITY;
    for (int32_t r = 0; r < system->n_runs; r++) {
        const tg_run *run = &system->runs[r];
        const int32_t rule = allowed->rule[run->action];
        if (rule == NONE)
            continue;
        const int check = rule != ANY || !allowed->subtok || !system->is_parser;
        for (int32_t i = run->begin; i < run->end; i++) {
            if (check && !tg_allows(system, allowed, i))
                continue;
            any = 1;
            if (scores[i] > top) {
                top = scores[i];
                best = i;
            }
        }
    }
    return any && best < 0 ? -2 : best;
}

tg_chance tg_chances(const tg_system *system, const tg_allowed *allowed, const float *scores, int32_t move) {
    float total = 0, of_action[N_ACTIONS] = {0};
    for (int32_t r = 0; r < system->n_runs; r++) {
        const tg_run *run = &system->runs[r];
        float sum = 0;
        if (allowed->rule[run->action] == NONE)
            continue;
        for (int32_t i = run->begin; i < run->end; i++)
            if (tg_allows(system, allowed, i))
                sum += expf(scores[i] - scores[move]);
        of_action[run->action] += sum;
        total += sum;
    }
    return (tg_chance){1 / total, of_action[LEFT] / total, of_action[RIGHT] / total};
}
