/* Training: states follow the network's own best moves; each is compared with what is right (Goldberg and Nivre 2013).

   The parts of a batch are stretches of docs. Each steps its states, keeps what the way back needs of some hundred
   steps, and adds their gradients to sums of its own, which are added up in the order of the parts. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { LANES = 16, KEPT = 512, PAGES = 96 };

typedef struct {
    tg_gradients grads;
    float *memory;
    uint8_t *right;
    double loss;
    isize n_scored;
    int status;
} sums;

typedef struct {
    tg_train *job;
    isize *bounds; /* docs of the parts */
    sums *sums;
} parts;

/* Steps that wait for the way back, and the gradients of the tokens' products. */
typedef struct {
    tg_train *job;
    sums *sums;
    isize first, n; /* tokens of the part */
    tg_table table, teacher;
    float **gradients; /* as the slots of the table */
    isize n_kept, width; /* width: of one feature */
    int32_t *ids;
    uint8_t *which, *keep;
    float *hidden, *d_scores, *d_hidden, *row, *scores, *costs, *teacher_hidden, *teacher_scores;
} pass;

static isize align64(isize n) { return (n + 15) & ~(isize)15; }

static isize weights_of(const tg_net *net) { return net->nF * net->nO * net->nP * net->nI; }

static int open_sums(sums *s, const tg_net *net) {
    const isize width = net->nO * net->nP, upper = net->upper_W ? net->n_moves : 0;
    const isize sizes[5] = {weights_of(net), width, net->nF * width, upper * net->nO, upper};
    isize total = 0;
    for (int i = 0; i < 5; i++)
        total += align64(sizes[i]);
    s->memory = calloc((size_t)total, sizeof(float));
    s->right = calloc((size_t)net->n_moves + 1, 1);
    if (!s->memory || !s->right)
        return NO_MEMORY;
    float **arrays[5] = {&s->grads.W, &s->grads.b, &s->grads.pad, &s->grads.upper_W, &s->grads.upper_b};
    float *at = s->memory;
    for (int i = 0; i < 5; i++) {
        *arrays[i] = at;
        at += align64(sizes[i]);
    }
    return OK;
}

TAGMA_CLONES
static void add_to(float *RESTRICT to, const float *RESTRICT from, isize n) {
    for (isize i = 0; i < n; i++)
        to[i] += from[i];
}

static void collect(tg_train *job, const sums *s) {
    const tg_net *net = job->net;
    const isize width = net->nO * net->nP;
    add_to(job->grads.W, s->grads.W, weights_of(net));
    add_to(job->grads.b, s->grads.b, width);
    add_to(job->grads.pad, s->grads.pad, net->nF * width);
    if (net->upper_W) {
        add_to(job->grads.upper_W, s->grads.upper_W, net->n_moves * net->nO);
        add_to(job->grads.upper_b, s->grads.upper_b, net->n_moves);
    }
    for (isize i = 0; i < net->n_moves; i++)
        job->right[i] |= s->right[i];
    job->loss += s->loss;
    job->n_scored += s->n_scored;
}

static uint64_t next_random(uint64_t *state) { /* Steele, Lea and Flood (2014), SplitMix64 */
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Values of a step are dropped by its state's own stream of numbers, whatever else is in the batch's part. */
static void drop_out(float *hidden, uint8_t *keep, isize n, double rate, uint64_t seed, isize start, int32_t step) {
    uint64_t stream = seed ^ ((uint64_t)start * 0xD1342543DE82EF95u) ^ ((uint64_t)step << 40);
    const uint32_t below = (uint32_t)(rate * 65536.0);
    const float scale = (float)(1.0 / (1.0 - rate));
    uint64_t bits = 0;
    for (isize i = 0; i < n; i++) {
        if (i % 4 == 0)
            bits = next_random(&stream);
        keep[i] = (bits & 0xFFFF) >= below;
        hidden[i] *= keep[i] ? scale : 0;
        bits >>= 16;
    }
}

static int open_pass(pass *p, tg_train *job, sums *s, isize first, isize n) {
    const tg_net *net = job->net, *teacher = job->teacher;
    memset(p, 0, sizeof(*p));
    p->job = job;
    p->sums = s;
    p->first = first;
    p->n = n;
    p->width = net->nO * net->nP;
    const isize room = KEPT + LANES, t_hidden = teacher ? teacher->nO : 0, t_stride = teacher ? teacher->stride : 0;
    p->ids = malloc((size_t)(room * net->nF) * sizeof(int32_t));
    p->which = malloc((size_t)(room * net->nO) * 2);
    p->hidden = malloc((size_t)(room * (2 * net->nO + net->stride) + p->width +
                                LANES * (net->stride + t_hidden + t_stride) + net->stride) * sizeof(float));
    if (!p->ids || !p->which || !p->hidden)
        return NO_MEMORY;
    p->keep = p->which + room * net->nO;
    p->d_hidden = p->hidden + room * net->nO;
    p->d_scores = p->d_hidden + room * net->nO;
    p->row = p->d_scores + room * net->stride;
    p->scores = p->row + p->width;
    p->teacher_hidden = p->scores + LANES * net->stride;
    p->teacher_scores = p->teacher_hidden + LANES * t_hidden;
    p->costs = p->teacher_scores + LANES * t_stride;
    int status = tg_open_table(&p->table, net, job->X + first * net->nI, n, 0);
    if (status == OK && teacher)
        status = tg_open_table(&p->teacher, teacher, job->teacher_X + first * teacher->nI, n, PAGES);
    p->gradients = calloc((size_t)p->table.n_pages + 1, sizeof(float *));
    return p->gradients ? status : NO_MEMORY;
}

static void close_pass(pass *p) {
    for (isize i = 0; p->gradients && i < p->table.n_pages; i++)
        free(p->gradients[i]);
    free(p->gradients);
    tg_close_table(&p->table);
    tg_close_table(&p->teacher);
    free(p->ids);
    free(p->which);
    free(p->hidden);
}

/* Way back from the products of the tokens to their vectors, for all pages that were asked for. */
static int flush_pages(pass *p) {
    const tg_net *net = p->job->net;
    const isize width = net->nF * p->width;
    for (isize slot = 0; slot < p->table.n_slots; slot++) {
        float *dP = p->gradients[slot];
        if (dP == NULL)
            continue;
        const isize at = (isize)p->table.page_of[slot] * PAGE, rows = p->n - at < PAGE ? p->n - at : PAGE;
        tg_use.gemm(1, 0, width, net->nI, rows, dP, width, p->table.X + at * net->nI, net->nI, 1, p->sums->grads.W,
                    net->nI);
        tg_use.gemm(0, 0, rows, net->nI, width, dP, width, net->W, net->nI, 1,
                    p->job->dX + (p->first + at) * net->nI, net->nI);
        free(dP);
        p->gradients[slot] = NULL;
    }
    if (p->table.n_slots > PAGES) { /* of a long doc: it may not need them again */
        const float *X = p->table.X;
        tg_close_table(&p->table);
        return tg_open_table(&p->table, net, X, p->n, 0);
    }
    return OK;
}

static float *gradient_of(pass *p, isize token) {
    const isize width = p->job->net->nF * p->width, slot = p->table.slot_of[token / PAGE];
    if (p->gradients[slot] == NULL)
        p->gradients[slot] = calloc((size_t)(PAGE * width), sizeof(float));
    return p->gradients[slot] ? p->gradients[slot] + (token % PAGE) * width : NULL;
}

/* Way back from the scores of the steps kept to the products of the tokens. */
static int flush_steps(pass *p) {
    const tg_net *net = p->job->net;
    const isize n = p->n_kept, width = p->width;
    tg_gradients *grads = &p->sums->grads;
    const float *d_hidden = p->d_scores;
    isize ld = net->stride;
    if (n == 0)
        return OK;
    if (net->upper_W) {
        tg_use.gemm(1, 0, net->n_moves, net->nO, n, p->d_scores, net->stride, p->hidden, net->nO, 1, grads->upper_W,
                    net->nO);
        for (isize i = 0; i < n; i++)
            add_to(grads->upper_b, p->d_scores + i * net->stride, net->n_moves);
        tg_use.gemm(0, 0, n, net->nO, net->n_moves, p->d_scores, net->stride, net->upper_W, net->nO, 0, p->d_hidden,
                    net->nO);
        d_hidden = p->d_hidden;
        ld = net->nO;
    }
    const float scale = net->upper_W && p->job->drop > 0 ? (float)(1.0 / (1.0 - p->job->drop)) : 1;
    for (isize i = 0; i < n; i++) {
        const uint8_t *which = p->which + i * net->nO, *keep = p->keep + i * net->nO;
        memset(p->row, 0, (size_t)width * sizeof(float));
        for (isize o = 0; o < net->nO; o++)
            if (keep[o] && which[o] < net->nP)
                p->row[o * net->nP + which[o]] = d_hidden[i * ld + o] * scale;
        add_to(grads->b, p->row, width);
        for (isize f = 0; f < net->nF; f++) {
            const int32_t token = p->ids[i * net->nF + f];
            float *to = token < 0 ? grads->pad : gradient_of(p, token);
            if (to == NULL)
                return NO_MEMORY;
            add_to(to + f * width, p->row, width);
        }
    }
    p->n_kept = 0;
    return p->table.n_slots > PAGES ? flush_pages(p) : OK;
}

TAGMA_CLONES
static float exponentials(float *RESTRICT out, const float *RESTRICT x, isize n) {
    float top = x[0], total = 0;
    for (isize j = 1; j < n; j++)
        top = x[j] > top ? x[j] : top;
    for (isize j = 0; j < n; j++) {
        out[j] = expf(x[j] - top);
        total += out[j];
    }
    return total;
}

/* d = softmax(scores) - softmax of the scores of the cheapest valid moves. */
static void gold_gradient(pass *p, const float *scores, float *d) {
    const isize n = p->job->net->n_moves;
    float cheapest = INVALID_COST, total = 0, gold = 0;
    for (isize j = 0; j < n; j++) {
        if (p->costs[j] <= 0)
            p->sums->right[j] = 1;
        cheapest = p->costs[j] < cheapest ? p->costs[j] : cheapest;
    }
    total = exponentials(d, scores, n);
    for (isize j = 0; j < n; j++)
        if (p->costs[j] <= cheapest)
            gold += d[j];
    for (isize j = 0; j < n; j++) {
        const float e = d[j];
        d[j] = e / total;
        if (p->costs[j] <= cheapest && gold > 0)
            d[j] -= e / gold;
    }
}

/* Whether all that a state may do are moves that a network does not know: it is within an entity of a new type. */
static int is_all_new(const tg_system *system, const tg_allowed *allowed, const uint8_t *unknown) {
    for (int32_t j = 0; j < system->n_moves; j++)
        if (!unknown[j] && tg_allows(system, allowed, j))
            return 0;
    return 1;
}

/* Rehearsal: to the probabilities of the former self. Of moves that it did not know, which were added since, it says
   nothing: where it finds no entity, there is none of the types it knew. So the probability that it gives to OUT is for
   OUT and the new moves together, and only their sum is held to it (Cermelli et al. 2020, of pixels). */
static void rehearsal_gradient(pass *p, const tg_allowed *allowed, const float *scores, const float *former, float *d) {
    const tg_system *system = p->job->system;
    const isize n = p->job->net->n_moves;
    const uint8_t *unknown = p->job->teacher->unseen;
    if (unknown && is_all_new(system, allowed, unknown)) {
        memset(d, 0, (size_t)n * sizeof(float));
        return;
    }
    const int is_open = !system->is_parser && allowed->rule[OUT] == ANY;
    const float total = exponentials(d, scores, n);
    float of_known = 0, shared = 0, out = 0;
    exponentials(p->costs, former, n);
    for (isize j = 0; j < n; j++) {
        const int is_new = unknown && unknown[j];
        if (is_new)
            p->costs[j] = 0;
        of_known += p->costs[j];
        if (is_open && (is_new || system->action[j] == OUT)) {
            shared += d[j];
            out += p->costs[j];
        }
    }
    for (isize j = 0; j < n; j++) {
        float target = p->costs[j];
        if (is_open && shared > 0 && ((unknown && unknown[j]) || system->action[j] == OUT))
            target = out * d[j] / shared;
        d[j] = d[j] / total - target / of_known;
    }
}

static void teacher_gradient(pass *p, const tg_allowed *allowed, const float *scores, const float *teacher, float *d) {
    const isize n = p->job->net->n_moves;
    if (p->job->compare == 2) {
        rehearsal_gradient(p, allowed, scores, teacher, d);
        return;
    }
    float total = exponentials(d, scores, n);
    for (isize j = 0; j < n; j++)
        d[j] /= total;
    total = exponentials(p->costs, teacher, n);
    for (isize j = 0; j < n; j++)
        d[j] -= p->costs[j] / total;
}

typedef struct {
    tg_state state;
    isize start, doc;
    int32_t steps;
} lane;

/* One state's gradient, and its next move. */
static int learn(pass *p, lane *this, isize at, const float *scores, const float *teacher, tg_arena *arena) {
    tg_train *job = p->job;
    const tg_net *net = job->net;
    float *d = p->d_scores + at * net->stride;
    tg_allowed allowed;
    tg_allow(job->system, &this->state, &allowed);
    const int32_t move = tg_best(job->system, &allowed, scores);
    if (move == -2)
        return NOT_A_NUMBER;
    if (job->compare == 0) {
        tg_costs(job->system, &this->state, &allowed, &job->golds[this->doc], p->costs);
        gold_gradient(p, scores, d);
    } else {
        teacher_gradient(p, &allowed, scores, teacher, d);
    }
    double loss = 0;
    for (isize j = 0; j < net->n_moves; j++) {
        loss += (double)d[j] * d[j];
        if (net->unseen && net->unseen[j])
            d[j] = 0;
    }
    for (isize j = net->n_moves; j < net->stride; j++)
        d[j] = 0;
    p->sums->loss += loss;
    p->sums->n_scored++;
    this->steps++;
    if (move < 0)
        tg_force_final(&this->state);
    else
        tg_apply(job->system, &this->state, move, NULL, arena);
    return loss == loss ? OK : NOT_A_NUMBER;
}

static int run_starts(pass *p, isize begin, isize end, tg_arena *arena) {
    tg_train *job = p->job;
    const tg_net *net = job->net;
    lane lanes[LANES];
    isize n_lanes = 0, next = begin;
    for (;;) {
        if (n_lanes == 0)
            tg_rewind(arena);
        while (n_lanes < LANES && next < end) {
            lane added = {job->starts[next].state, next, job->starts[next].doc, 0};
            next++;
            if (!tg_is_final(&added.state))
                lanes[n_lanes++] = added;
        }
        if (n_lanes == 0)
            return OK;
        for (isize i = 0; i < n_lanes; i++) {
            const isize at = p->n_kept + i, offset = job->offsets[lanes[i].doc] - p->first;
            int32_t *ids = p->ids + at * net->nF;
            float *hidden = p->hidden + at * net->nO;
            uint8_t *keep = p->keep + at * net->nO;
            tg_features(&lanes[i].state, (int)net->nF, ids);
            tg_hidden(&p->table, ids, offset, hidden, p->which + at * net->nO);
            if (job->teacher)
                tg_hidden(&p->teacher, ids, offset, p->teacher_hidden + i * job->teacher->nO, NULL);
            if (p->table.failed || p->teacher.failed)
                return NO_MEMORY;
            for (isize f = 0; f < net->nF; f++)
                ids[f] = ids[f] < 0 ? -1 : (int32_t)(ids[f] + offset);
            if (net->upper_W && job->drop > 0)
                drop_out(hidden, keep, net->nO, job->drop, job->seed, lanes[i].start, lanes[i].steps);
            else
                memset(keep, 1, (size_t)net->nO);
        }
        int status = tg_scores(net, p->hidden + p->n_kept * net->nO, n_lanes, p->scores);
        if (job->teacher && status == OK)
            status = tg_scores(job->teacher, p->teacher_hidden, n_lanes, p->teacher_scores);
        if (status != OK)
            return status;
        isize left = 0;
        for (isize i = 0; i < n_lanes; i++) {
            const float *teacher = job->teacher ? p->teacher_scores + i * job->teacher->stride : NULL;
            status = learn(p, &lanes[i], p->n_kept + i, p->scores + i * net->stride, teacher, arena);
            if (status != OK)
                return status;
            if (!tg_is_final(&lanes[i].state) && (job->max_steps == 0 || lanes[i].steps < job->max_steps))
                lanes[left++] = lanes[i];
        }
        if (arena->failed)
            return NO_MEMORY;
        p->n_kept += n_lanes;
        n_lanes = left;
        if (p->n_kept >= KEPT) {
            const int status = flush_steps(p);
            if (status != OK)
                return status;
        }
    }
}

/* --- by beams: the whole sequence is right or wrong ------------------------------------------------------------------

   Two beams, one of what is predicted, one of what is right, until the step where the best wrong analysis is furthest
   ahead (max-violation, Huang, Fayong and Guo 2012); there all analyses are compared as in Zhou et al. (2015). */

typedef struct {
    const tg_trail *trail;
    float score, gradient;
    int32_t n_steps;
} analysis;

typedef struct {
    int32_t *ids; /* (room, nF) of the states scored */
    isize n, room;
    analysis *found; /* at the largest violation; 4 * width */
    isize n_found;
    float ahead, cost;
} record_book;

static isize add_record(pass *p, record_book *book, const tg_state *state, isize offset, isize doc, float *hidden,
                        uint8_t *keep) {
    const tg_net *net = p->job->net;
    if (book->n == book->room) {
        const isize room = 2 * book->room + 64;
        int32_t *ids = realloc(book->ids, (size_t)(room * net->nF) * sizeof(int32_t));
        if (ids == NULL)
            return -1;
        book->ids = ids;
        book->room = room;
    }
    int32_t *ids = book->ids + book->n * net->nF;
    tg_features(state, (int)net->nF, ids);
    tg_hidden(&p->table, ids, offset, hidden, NULL);
    if (net->upper_W && p->job->drop > 0)
        drop_out(hidden, keep, net->nO, p->job->drop, p->job->seed, doc, (int32_t)book->n);
    return p->table.failed ? -1 : book->n++;
}

/* Scores of the members of a beam that are not done; those with the moves of a member of `other` have its row. */
static int score_members(pass *p, record_book *book, const tg_beam *beam, const tg_beam *other, const float **rows,
                         int32_t *records, const float *const *other_rows, const int32_t *other_records, isize offset,
                         isize doc, float *hidden, float *scores, uint8_t *keep) {
    const tg_net *net = p->job->net;
    isize n = 0;
    for (isize i = 0; i < beam->size; i++) {
        const tg_member *member = &beam->members[i];
        rows[i] = NULL;
        if (member->done)
            continue;
        for (isize k = 0; other && k < other->size; k++)
            if (!other->members[k].done && other->members[k].hash == member->hash && other->steps == beam->steps) {
                rows[i] = other_rows[k];
                records[i] = other_records[k];
            }
        if (rows[i])
            continue;
        const isize record = add_record(p, book, &member->state, offset, doc, hidden + n * net->nO, keep);
        if (record < 0)
            return NO_MEMORY;
        records[i] = (int32_t)record;
        rows[i] = scores + n++ * net->stride;
    }
    return tg_scores(net, hidden, n, scores);
}

static void note(record_book *book, const tg_member *member) {
    book->found[book->n_found++] = (analysis){member->trail, member->score, 0, member->state.n_steps};
}

/* The gradient of each analysis: its probability among all, for right ones less that among the right ones. */
static void check_violation(record_book *book, const tg_beam *predicted, const tg_beam *gold) {
    const float ahead = predicted->members[0].score - gold->members[0].score;
    if (predicted->members[0].loss <= 0 || (book->cost != 0 && ahead <= book->ahead))
        return;
    book->cost = predicted->members[0].loss;
    book->ahead = ahead;
    book->n_found = 0;
    for (isize i = 0; i < predicted->size; i++)
        if (predicted->members[i].loss > 0)
            note(book, &predicted->members[i]);
    const isize n_wrong = book->n_found;
    for (isize i = 0; i < predicted->size; i++) {
        int is_known = 0;
        for (isize k = 0; k < gold->size; k++)
            is_known |= gold->members[k].hash == predicted->members[i].hash;
        if (predicted->members[i].loss <= 0 && !is_known)
            note(book, &predicted->members[i]);
    }
    for (isize i = 0; i < gold->size; i++)
        if (gold->members[i].loss == 0)
            note(book, &gold->members[i]);
    float top = -INFINITY, top_gold = -INFINITY, total = 0, total_gold = 0;
    for (isize i = 0; i < book->n_found; i++) {
        top = fmaxf(top, book->found[i].score);
        if (i >= n_wrong)
            top_gold = fmaxf(top_gold, book->found[i].score);
    }
    for (isize i = 0; i < book->n_found; i++) {
        total += expf(book->found[i].score - top);
        if (i >= n_wrong)
            total_gold += expf(book->found[i].score - top_gold);
    }
    for (isize i = 0; i < book->n_found; i++) {
        const float score = book->found[i].score;
        const float right = i >= n_wrong ? expf(score - top_gold) / total_gold : 0;
        book->found[i].gradient = (expf(score - top) / total - right) * book->cost;
    }
}

typedef struct {
    int32_t record, move;
    float value;
} share;

static int by_record(const void *left, const void *right) {
    const share *a = left, *b = right;
    return a->record != b->record ? (a->record > b->record) - (a->record < b->record)
                                  : (a->move > b->move) - (a->move < b->move);
}

/* The same gradient for every move of an analysis; more for short ones, which gained their average at the end. */
static int spread(pass *p, const record_book *book, isize offset, isize doc) {
    tg_train *job = p->job;
    const tg_net *net = job->net;
    isize n = 0, longest = 0;
    for (isize i = 0; i < book->n_found; i++) {
        n += book->found[i].n_steps;
        if (book->found[i].gradient != 0 && book->found[i].n_steps > longest)
            longest = book->found[i].n_steps;
    }
    share *shares = malloc((size_t)(n + 1) * sizeof(share));
    if (shares == NULL)
        return NO_MEMORY;
    n = 0;
    for (isize i = 0; i < book->n_found; i++) {
        const analysis *of = &book->found[i];
        if (of->gradient == 0 || of->n_steps == 0)
            continue;
        const float value = of->gradient + of->gradient / (float)of->n_steps * (float)(longest - of->n_steps);
        for (const tg_trail *trail = of->trail; trail; trail = trail->before)
            shares[n++] = (share){trail->record, trail->move, value};
    }
    qsort(shares, (size_t)n, sizeof(share), by_record);
    int status = OK;
    for (isize i = 0; status == OK && i < n;) {
        const int32_t record = shares[i].record;
        float *d = p->d_scores + p->n_kept * net->stride;
        memset(d, 0, (size_t)net->stride * sizeof(float));
        for (; i < n && shares[i].record == record; i++)
            d[shares[i].move] += shares[i].value;
        double squares = 0;
        for (isize j = 0; j < net->n_moves; j++) {
            squares += (double)d[j] * d[j];
            if (net->unseen && net->unseen[j])
                d[j] = 0;
        }
        p->sums->loss += squares / (double)net->n_moves;
        p->sums->n_scored++;
        int32_t *ids = p->ids + p->n_kept * net->nF;
        float *hidden = p->hidden + p->n_kept * net->nO;
        uint8_t *keep = p->keep + p->n_kept * net->nO;
        memcpy(ids, book->ids + record * net->nF, (size_t)net->nF * sizeof(int32_t));
        tg_hidden(&p->table, ids, offset, hidden, p->which + p->n_kept * net->nO);
        for (isize f = 0; f < net->nF; f++)
            ids[f] = ids[f] < 0 ? -1 : (int32_t)(ids[f] + offset);
        if (net->upper_W && job->drop > 0)
            drop_out(hidden, keep, net->nO, job->drop, job->seed, doc, record);
        else
            memset(keep, 1, (size_t)net->nO);
        p->n_kept++;
        if (p->table.failed || p->sums->loss != p->sums->loss)
            status = p->table.failed ? NO_MEMORY : NOT_A_NUMBER;
        else if (p->n_kept >= KEPT)
            status = flush_steps(p);
    }
    free(shares);
    return status;
}

static void mark_right(pass *p, const tg_beam *gold) {
    for (const tg_trail *trail = gold->members[0].trail; trail; trail = trail->before)
        p->sums->right[trail->move] = 1;
}

static int run_beams(pass *p, isize begin, isize end, tg_arena *arena) {
    tg_train *job = p->job;
    const tg_net *net = job->net;
    const isize width = job->beam_width;
    tg_beam predicted, gold;
    record_book book = {NULL, 0, 0, malloc((size_t)(4 * width) * sizeof(analysis)), 0, 0, 0};
    float *memory = malloc((size_t)(2 * width * (net->nO + net->stride)) * sizeof(float));
    const float **rows = calloc((size_t)(2 * width), sizeof(float *));
    int32_t *records = calloc((size_t)(2 * width), sizeof(int32_t));
    uint8_t *keep = malloc((size_t)net->nO);
    int status = tg_beam_open(&predicted, job->system, width, job->beam_density, 0);
    if (tg_beam_open(&gold, job->system, width, 0, 1) != OK || !book.found || !memory || !rows || !records || !keep)
        status = NO_MEMORY;
    float *scores = memory ? memory + 2 * width * net->nO : NULL;
    for (isize i = begin; status == OK && i < end; i++) {
        const isize doc = job->starts[i].doc, offset = job->offsets[doc] - p->first;
        tg_rewind(arena);
        tg_beam_begin(&predicted, &job->docs[doc]);
        tg_beam_begin(&gold, &job->docs[doc]);
        book.n = book.n_found = 0;
        book.cost = book.ahead = 0;
        while (status == OK && (!predicted.done || !gold.done)) {
            if (!predicted.done)
                status = score_members(p, &book, &predicted, NULL, rows, records, NULL, NULL, offset, doc, memory, scores,
                                       keep);
            if (status == OK && !gold.done)
                status = score_members(p, &book, &gold, predicted.done ? NULL : &predicted, rows + width, records + width,
                                       rows, records, offset, doc, memory + width * net->nO, scores + width * net->stride,
                                       keep);
            if (status == OK && !predicted.done)
                status = tg_beam_advance(&predicted, rows, records, &job->golds[doc], arena);
            if (status == OK && !gold.done)
                status = tg_beam_advance(&gold, rows + width, records + width, &job->golds[doc], arena);
            if (status == OK)
                check_violation(&book, &predicted, &gold);
        }
        if (status == OK) {
            mark_right(p, &gold);
            status = spread(p, &book, offset, doc);
        }
    }
    tg_beam_close(&predicted);
    tg_beam_close(&gold);
    free(book.ids);
    free(book.found);
    free(memory);
    free(rows);
    free(records);
    free(keep);
    return status;
}

static isize first_start_of(const tg_train *job, isize doc) {
    isize low = 0, high = job->n_starts;
    while (low < high) {
        const isize middle = (low + high) / 2;
        if (job->starts[middle].doc < doc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void run_part(void *context, ptrdiff_t part, ptrdiff_t worker) {
    const parts *of = context;
    tg_train *job = of->job;
    sums *s = &of->sums[part];
    const isize begin = of->bounds[part], end = of->bounds[part + 1], first = job->offsets[begin];
    pass p;
    tg_arena arena = {NULL, 0};
    (void)worker;
    s->status = open_sums(s, job->net);
    if (s->status == OK) {
        s->status = open_pass(&p, job, s, first, job->offsets[end] - first);
        if (s->status == OK)
            s->status = (job->beam_width ? run_beams : run_starts)(&p, first_start_of(job, begin),
                                                                   first_start_of(job, end), &arena);
        if (s->status == OK)
            s->status = flush_steps(&p);
        if (s->status == OK)
            s->status = flush_pages(&p);
        close_pass(&p);
    }
    tg_release(&arena);
}

void tg_run_training(tg_train *job, isize words_a_part) {
    parts of = {job, malloc((size_t)(job->n_docs + 2) * sizeof(isize)), NULL};
    isize n_parts = 0;
    job->status = NO_MEMORY;
    if (of.bounds) {
        n_parts = tg_part_bounds(job->offsets, job->n_docs, words_a_part, of.bounds);
        of.sums = calloc((size_t)n_parts + 1, sizeof(sums));
    }
    if (of.sums) {
        job->status = OK;
        tg_use.run(run_part, &of, n_parts);
        for (isize part = 0; part < n_parts; part++)
            if (of.sums[part].status != OK)
                job->status = of.sums[part].status;
        for (isize part = 0; part < n_parts; part++) {
            if (job->status == OK)
                collect(job, &of.sums[part]);
            free(of.sums[part].memory);
            free(of.sums[part].right);
        }
    }
    free(of.sums);
    free(of.bounds);
}

int tg_has_gold(const tg_system *system, const tg_gold *gold, int32_t begin, int32_t end) {
    for (int32_t i = begin; i < end; i++)
        if (system->is_parser ? gold->heads[i] >= 0 : gold->tags[i] != MISSING)
            return 1;
    for (int32_t w = 0; !system->is_parser && w < gold->n_wrong; w++)
        if (gold->wrong[3 * w] >= begin && gold->wrong[3 * w + 1] <= end)
            return 1;
    return 0;
}

int32_t *tg_oracle_moves(const tg_system *system, const tg_doc *doc, const tg_gold *gold, isize *n_moves) {
    tg_arena arena = {NULL, 0};
    tg_state state;
    float *costs = malloc((size_t)(system->n_moves + 1) * sizeof(float));
    int32_t *moves = NULL;
    tg_begin(&state, doc);
    while (costs && !tg_is_final(&state)) {
        const int32_t move = tg_oracle(system, &state, gold, costs);
        if (move < 0 || (system->is_parser && costs[move] > 0)) /* nothing right is left */
            break;
        tg_apply(system, &state, move, NULL, &arena);
        if (arena.failed)
            break;
    }
    if (costs && !arena.failed)
        moves = malloc((size_t)(state.n_steps + 1) * sizeof(int32_t));
    if (moves) {
        tg_history(&state, moves, NULL);
        *n_moves = state.n_steps;
    }
    free(costs);
    tg_release(&arena);
    return moves;
}

isize tg_cut(const tg_system *system, const tg_doc *doc, isize doc_index, const tg_gold *gold, const int32_t *moves,
             isize n_moves, isize cut, tg_start *starts, tg_arena *arena) {
    tg_state state;
    isize count = 0;
    tg_begin(&state, doc);
    for (isize i = 0; i < n_moves; i += cut) {
        const tg_state before = state;
        for (isize k = i; k < n_moves && k < i + cut; k++)
            tg_apply(system, &state, moves[k], NULL, arena);
        const int32_t begin = tg_buffer(&before, 0), end = tg_buffer(&state, 0);
        if (gold == NULL || begin < 0 || tg_has_gold(system, gold, begin, end < begin ? doc->n : end)) {
            starts[count].doc = doc_index;
            starts[count].state = before;
            starts[count].state.history = NULL;
            starts[count++].state.n_steps = 0;
        }
    }
    return count;
}
