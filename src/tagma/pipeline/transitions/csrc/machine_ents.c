/* Named entities by the tags B I L U O: one move a token (Ratinov and Roth 2009), with a dynamic oracle. */

#include "machine.h"

enum { PRESET_I = 1, PRESET_O = 2, PRESET_B = 3 };

static int preset(const tg_doc *doc, int32_t token) {
    return doc->ent_iob && token < doc->n ? doc->ent_iob[token] : 0;
}

static int32_t begin_rule(const tg_state *state, int tok, int next, int32_t type, int32_t b0) {
    const tg_doc *doc = state->doc;
    if (state->ent_open || b0 + 1 >= doc->n || tok == PRESET_I)
        return NONE;
    if (tok == PRESET_B)
        return next == PRESET_I && type ? type : NONE;
    if (next == PRESET_B || tg_starts_sentence(state, b0 + 1) || (doc->is_space && doc->is_space[b0]))
        return NONE;
    return ANY;
}

static int32_t in_rule(const tg_state *state, int tok, int next, int32_t type, int32_t b0) {
    if (!state->ent_open || b0 + 1 >= state->doc->n || tok == PRESET_B || next == PRESET_B)
        return NONE;
    if (tok == PRESET_I)
        return next == PRESET_I && type == state->ent_label ? type : NONE;
    return tg_starts_sentence(state, b0 + 1) ? NONE : state->ent_label;
}

static int32_t last_rule(const tg_state *state, int tok, int next, int32_t type) {
    if (!state->ent_open)
        return NONE;
    if (tok == PRESET_I && next != PRESET_I)
        return type ? type : NONE;
    return next == PRESET_I ? NONE : state->ent_label;
}

static int32_t unit_rule(const tg_state *state, int tok, int next, int32_t type, int32_t b0) {
    if (tok == PRESET_B && type == 0)
        return 0; /* blocked: the empty label alone */
    if (state->ent_open || next == PRESET_I)
        return NONE;
    if (tok == PRESET_B)
        return type;
    return state->doc->is_space && state->doc->is_space[b0] ? NONE : ANY;
}

void tg_allow_ents(const tg_state *state, tg_allowed *allowed) {
    const tg_doc *doc = state->doc;
    const int32_t b0 = state->next;
    for (int a = 0; a < N_ACTIONS; a++)
        allowed->rule[a] = NONE;
    if (b0 >= doc->n)
        return;
    const int tok = preset(doc, b0), next = preset(doc, b0 + 1);
    const int32_t type = (tok == PRESET_I || tok == PRESET_B) && doc->ent_label ? doc->ent_label[b0] : 0;
    allowed->rule[BEGIN] = begin_rule(state, tok, next, type, b0);
    allowed->rule[IN] = in_rule(state, tok, next, type, b0);
    allowed->rule[LAST] = last_rule(state, tok, next, type);
    allowed->rule[UNIT] = unit_rule(state, tok, next, type, b0);
    allowed->rule[OUT] = state->ent_open || tok == PRESET_I || tok == PRESET_B ? NONE : ANY;
}

void tg_apply_ent(tg_state *state, int action, int32_t label, tg_arena *arena) {
    (void)arena;
    if (action == BEGIN || action == UNIT) {
        state->ent_start = state->next;
        state->ent_label = label;
    }
    if (action == BEGIN)
        state->ent_open = 1;
    else if (action == LAST || action == UNIT)
        state->ent_open = 0;
    state->next++;
}

static int is_outside(int tag) { return tag == OUT || tag == MISSING; }

/* Cost of an action by the gold tag, labels aside. */
static int tag_cost(int action, int tag, int next, int sunk) {
    if (tag == MISSING)
        return 0;
    switch (action) {
    case BEGIN:
        return tag != BEGIN;
    case IN:
        if (tag == LAST)
            return !(sunk && is_outside(next));
        if (tag == OUT)
            return !is_outside(next);
        return tag == UNIT && next != OUT;
    case LAST:
        return tag == IN && !sunk;
    case UNIT:
        return tag != UNIT;
    default:
        return tag == BEGIN || tag == UNIT;
    }
}

void tg_ent_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
                  float *costs) {
    const int32_t n = state->doc->n, b0 = state->next, start = state->ent_start;
    const int tag = b0 < n ? gold->tags[b0] : MISSING, next = b0 + 1 < n ? gold->tags[b0 + 1] : OUT;
    int sunk = 0;
    if (state->ent_open) {
        const int at_start = gold->tags[start];
        sunk = (at_start != BEGIN && at_start != UNIT) || gold->labels[start] != state->ent_label;
    }
    for (int32_t i = 0; i < system->n_moves; i++) {
        const int action = system->action[i];
        const int32_t label = system->label[i];
        if (!tg_allows(system, allowed, i)) {
            costs[i] = INVALID_COST;
            continue;
        }
        int cost = tag_cost(action, tag, next, sunk);
        if ((action == BEGIN || action == UNIT) && action == tag)
            cost = label != gold->labels[b0];
        for (int32_t w = 0; w < gold->n_wrong; w++) {
            const int32_t *wrong = gold->wrong + 3 * w;
            if (wrong[2] != label)
                continue;
            if (action == BEGIN)
                cost += wrong[0] == b0 && n - b0 < 3;
            else if (action == LAST)
                cost += wrong[0] == start && wrong[1] == b0 + 1;
            else if (action == UNIT)
                cost += wrong[0] == b0 && wrong[1] == b0 + 1;
        }
        costs[i] = (float)cost;
    }
}
