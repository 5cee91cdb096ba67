/* The arc-eager system with sentence breaks (Nivre 2003), where a token that was shifted may come back to the buffer
   once (Nivre and Fernández-González 2014), and its dynamic oracle (Goldberg and Nivre 2012). */

#include "machine.h"

static int cannot_start(const tg_state *state, int32_t token) {
    return token >= 0 && state->doc->sent_start && state->doc->sent_start[token] == -1;
}

static int can_break(const tg_state *state, int32_t b0, int32_t b1) {
    return b1 >= 0 && b1 == b0 + 1 && !tg_starts_sentence(state, b1) && !cannot_start(state, b1);
}

void tg_allow_arcs(const tg_state *state, tg_allowed *allowed) {
    const int32_t b0 = tg_buffer(state, 0), b1 = tg_buffer(state, 1), depth = state->stack ? state->stack->depth : 0;
    const int starts = tg_starts_sentence(state, b0), unshiftable = state->front && state->front->unshiftable;
    const int arcs = depth > 0 && b0 >= 0 && !starts;
    allowed->rule[SHIFT] = b0 >= 0 && (depth == 0 || (b1 >= 0 && !starts && !unshiftable)) ? ANY : NONE;
    allowed->rule[REDUCE] = depth > 0 && (b0 < 0 || !(depth == 1 && cannot_start(state, b0))) ? ANY : NONE;
    allowed->rule[LEFT] = allowed->rule[RIGHT] = arcs ? ANY : NONE;
    allowed->rule[BREAK] = can_break(state, b0, b1) ? ANY : NONE;
    allowed->subtok = arcs && state->stack->token == b0 - 1;
}

static tg_cell *cell_of(tg_arena *arena, const tg_cell *like, int32_t token, const tg_cell *below) {
    tg_cell *cell = tg_take(arena, sizeof(tg_cell));
    if (like) {
        *cell = *like;
    } else {
        cell->token = token;
        cell->head = -1;
        cell->left = cell->right = NULL;
        cell->unshiftable = 0;
    }
    cell->below = below;
    cell->depth = below ? below->depth + 1 : 1;
    return cell;
}

/* A cell for the first token of the buffer, which leaves it; the caller puts the cell somewhere. */
static tg_cell *take_front(tg_state *state, tg_arena *arena, const tg_cell *below) {
    const tg_cell *front = state->front;
    tg_cell *cell = cell_of(arena, front, front ? front->token : state->next, below);
    if (front)
        state->front = front->below;
    else
        state->next++;
    return cell;
}

static const tg_kid *with_kid(tg_arena *arena, const tg_kid *before, int32_t token) {
    tg_kid *added = tg_take(arena, sizeof(tg_kid));
    added->before = before;
    added->token = token;
    return added;
}

static void push(tg_state *state, tg_cell *cell) {
    state->stack = cell;
    if (state->marks && state->marks->token == cell->token)
        state->marks = state->marks->next;
}

static const tg_mark *with_mark(tg_arena *arena, const tg_mark *marks, int32_t token) {
    tg_mark *added = tg_take(arena, sizeof(tg_mark));
    added->token = token;
    added->next = marks;
    if (marks && marks->token < token) { /* the first token of the buffer is marked as well */
        added->token = marks->token;
        added->next = with_mark(arena, marks->next, token);
    }
    return added;
}

void tg_apply_arc(tg_state *state, int action, tg_arena *arena) {
    const tg_cell *s0 = state->stack;
    tg_cell *cell;
    switch (action) {
    case SHIFT:
        push(state, take_front(state, arena, s0));
        break;
    case RIGHT:
        cell = cell_of(arena, s0, 0, s0->below);
        cell->right = with_kid(arena, s0->right, tg_buffer(state, 0));
        cell = take_front(state, arena, cell);
        cell->head = s0->token;
        push(state, cell);
        break;
    case LEFT:
        cell = take_front(state, arena, NULL);
        cell->left = with_kid(arena, cell->left, s0->token);
        cell->unshiftable = 0;
        cell->below = state->front;
        cell->depth = state->front ? state->front->depth + 1 : 1;
        state->front = cell;
        state->stack = s0->below;
        if (s0->head >= 0) { /* it was the last child of the token below, which loses it */
            cell = cell_of(arena, s0->below, 0, s0->below->below);
            cell->right = cell->right->before;
            state->stack = cell;
        }
        break;
    case REDUCE:
        state->stack = s0->below;
        if (s0->head < 0 && s0->depth > 1) {
            cell = cell_of(arena, s0, 0, state->front);
            cell->unshiftable = 1;
            state->front = cell;
        }
        break;
    default:
        state->marks = with_mark(arena, state->marks, tg_buffer(state, 1));
    }
}

/* The first token of the buffer that starts a sentence, else the number of tokens. */
static int32_t first_start(const tg_state *state, const tg_gold *gold) {
    for (const tg_cell *cell = state->front; cell; cell = cell->below)
        if (tg_starts_sentence(state, cell->token))
            return cell->token;
    int32_t first = state->next < state->doc->n ? gold->next_start[state->next] : state->doc->n;
    for (const tg_mark *mark = state->marks; mark; mark = mark->next)
        if (mark->token >= state->next)
            return mark->token < first ? mark->token : first;
    return first;
}

static int on_stack(const tg_state *state, int32_t token) {
    for (const tg_cell *cell = state->stack; cell && token >= 0; cell = cell->below)
        if (cell->token == token)
            return 1;
    return 0;
}

static int kids_on_stack(const tg_state *state, const tg_gold *gold, int32_t token) {
    int count = 0;
    for (const tg_cell *cell = state->stack; cell; cell = cell->below)
        count += gold->heads[cell->token] == token && cell->token != token;
    return count;
}

/* Whether the gold head of a token is in the buffer before the token `end`. */
static int head_in_buffer(const tg_state *state, const tg_gold *gold, int32_t token, int32_t end) {
    const int32_t head = gold->heads[token];
    if (head < 0 || head == token || head >= end)
        return 0;
    if (head >= state->next)
        return 1;
    for (const tg_cell *cell = state->front; cell; cell = cell->below)
        if (cell->token == head)
            return 1;
    return 0;
}

static int kids_in_buffer(const tg_state *state, const tg_gold *gold, int32_t token, int32_t end) {
    int count = 0;
    for (int32_t k = gold->kids_at[token + 1] - 1; k >= gold->kids_at[token] && gold->kids[k] >= state->next; k--)
        count += gold->kids[k] < end;
    for (const tg_cell *cell = state->front; cell && cell->token < end; cell = cell->below)
        count += gold->heads[cell->token] == token && cell->token != token;
    return count;
}

static int break_cost(const tg_state *state, const tg_gold *gold, int32_t b0, int32_t end) {
    int cost = gold->starts[b0 + 1] == 0;
    for (const tg_cell *cell = state->stack; cell; cell = cell->below) {
        const int32_t token = cell->token;
        cost += head_in_buffer(state, gold, token, end) + kids_in_buffer(state, gold, token, end);
        cost -= (gold->heads[b0] == token) + (gold->heads[token] == b0);
    }
    return cost;
}

void tg_arc_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
                  float *costs) {
    const tg_cell *s0 = state->stack;
    const int32_t b0 = tg_buffer(state, 0), end = first_start(state, gold), *heads = gold->heads;
    const int can = allowed->rule[BREAK] == ANY;
    int push = INVALID_COST, pop = INVALID_COST, saved = 0, cost[N_ACTIONS] = {0}, matches[N_ACTIONS] = {0};
    if (b0 >= 0)
        push = on_stack(state, heads[b0]) + kids_on_stack(state, gold, b0) + (can && gold->starts[b0 + 1] == 1);
    if (s0) {
        pop = head_in_buffer(state, gold, s0->token, end) + kids_in_buffer(state, gold, s0->token, end);
        if (s0->head < 0) /* arcs within the stack, which are lost when S0 goes */
            saved = (heads[s0->token] != s0->token && on_stack(state, heads[s0->token])) +
                    kids_on_stack(state, gold, s0->token);
    }
    cost[SHIFT] = push;
    cost[REDUCE] = tg_starts_sentence(state, b0) ? 0 : pop - saved;
    if (s0 && b0 >= 0) {
        matches[LEFT] = heads[s0->token] == b0;
        cost[LEFT] = pop + (s0->head >= 0 ? s0->below && heads[s0->token] == s0->below->token : saved) - matches[LEFT];
        matches[RIGHT] = heads[b0] == s0->token;
        if (matches[RIGHT])
            cost[RIGHT] = push - 1;
        else
            cost[RIGHT] = push + (head_in_buffer(state, gold, b0, end) && !(state->front && state->front->unshiftable));
    }
    if (can)
        cost[BREAK] = break_cost(state, gold, b0, end);
    for (int32_t r = 0; r < system->n_runs; r++) {
        const tg_run *run = &system->runs[r];
        const int a = run->action;
        if (allowed->rule[a] == NONE) {
            for (int32_t i = run->begin; i < run->end; i++)
                costs[i] = INVALID_COST;
            continue;
        }
        const int32_t wanted = matches[a] ? gold->labels[a == LEFT ? s0->token : b0] : 0;
        for (int32_t i = run->begin; i < run->end; i++) {
            const int32_t label = system->label[i];
            costs[i] = (float)(cost[a] + (matches[a] && label != 0 && label != wanted));
            if (label == system->subtok && !allowed->subtok && (a == LEFT || a == RIGHT))
                costs[i] = INVALID_COST;
        }
    }
}
