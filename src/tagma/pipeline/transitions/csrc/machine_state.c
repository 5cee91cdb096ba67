/* States: memory, buffer, features, histories. */

#include <stdlib.h>
#include <string.h>

#include "machine.h"

tg_services tg_use;

enum { BLOCK_BYTES = 64 * 1024 };
#define ROUND(bytes) (((bytes) + 15) & ~(size_t)15)

void *tg_take(tg_arena *arena, size_t bytes) {
    static _Thread_local char spare[256];
    bytes = ROUND(bytes);
    tg_chunk *block = arena->blocks;
    if (block == NULL || block->used + bytes > block->size) {
        const size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        block = malloc(ROUND(sizeof(tg_chunk)) + size);
        if (block == NULL) {
            arena->failed = 1;
            return spare;
        }
        block->next = arena->blocks;
        block->used = 0;
        block->size = size;
        arena->blocks = block;
    }
    void *memory = (char *)block + ROUND(sizeof(tg_chunk)) + block->used;
    block->used += bytes;
    return memory;
}

void tg_release(tg_arena *arena) {
    while (arena->blocks) {
        tg_chunk *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

void tg_rewind(tg_arena *arena) {
    if (arena->blocks == NULL)
        return;
    tg_chunk *kept = arena->blocks;
    arena->blocks = kept->next;
    tg_release(arena);
    kept->next = NULL;
    kept->used = 0;
    arena->blocks = kept;
}

void tg_begin(tg_state *state, const tg_doc *doc) {
    memset(state, 0, sizeof(*state));
    state->doc = doc;
    state->ent_start = -1;
}

int tg_is_final(const tg_state *state) {
    return state->stack == NULL && state->front == NULL && state->next >= state->doc->n;
}

void tg_force_final(tg_state *state) {
    state->stack = state->front = NULL;
    state->next = state->doc->n;
}

int32_t tg_buffer(const tg_state *state, int i) {
    const tg_cell *cell = state->front;
    for (; cell && i > 0; i--)
        cell = cell->below;
    if (cell)
        return cell->token;
    return state->next + i < state->doc->n ? state->next + i : -1;
}

int32_t tg_buffer_length(const tg_state *state) {
    return (state->front ? state->front->depth : 0) + state->doc->n - state->next;
}

int tg_starts_sentence(const tg_state *state, int32_t token) {
    if (token < 0)
        return 0;
    if (state->doc->sent_start && state->doc->sent_start[token] == 1)
        return 1;
    for (const tg_mark *mark = state->marks; mark && mark->token <= token; mark = mark->next)
        if (mark->token == token)
            return 1;
    return 0;
}

static int32_t kid(const tg_kid *last, int k) {
    for (; last && k > 1; k--)
        last = last->before;
    return last ? last->token : -1;
}

void tg_features(const tg_state *state, int n_features, int32_t *ids) {
    const int32_t b0 = tg_buffer(state, 0);
    if (n_features == 3) {
        const int inside = state->ent_open && b0 >= 0;
        ids[0] = b0;
        ids[1] = state->ent_open ? state->ent_start : -1;
        ids[2] = inside ? b0 - 1 : -1;
        return;
    }
    if (n_features == 6) {
        ids[0] = b0;
        for (int i = 1; i < 6; i++) {
            const int32_t token = state->ent_start + i - 1;
            ids[i] = state->ent_open && token < b0 ? token : -1;
        }
        return;
    }
    const tg_cell *s0 = state->stack, *s1 = s0 ? s0->below : NULL, *s2 = s1 ? s1->below : NULL;
    const tg_kid *left_b0 = state->front ? state->front->left : NULL;
    ids[0] = b0;
    ids[1] = tg_buffer(state, 1);
    ids[2] = s0 ? s0->token : -1;
    ids[3] = s1 ? s1->token : -1;
    ids[4] = s2 ? s2->token : -1;
    if (n_features == 8) {
        ids[5] = kid(left_b0, 1);
        ids[6] = s0 ? kid(s0->left, 1) : -1;
        ids[7] = s0 ? kid(s0->right, 1) : -1;
        return;
    }
    /* the second left child of S0 is none of the thirteen: trained weights have it so */
    ids[5] = s0 ? kid(s0->left, 1) : -1;
    ids[6] = s0 ? kid(s0->right, 1) : -1;
    ids[7] = kid(left_b0, 1);
    ids[8] = s0 ? kid(s0->right, 2) : -1;
    ids[9] = s1 ? kid(s1->left, 1) : -1;
    ids[10] = s1 ? kid(s1->left, 2) : -1;
    ids[11] = s1 ? kid(s1->right, 1) : -1;
    ids[12] = s1 ? kid(s1->right, 2) : -1;
}

void tg_allow(const tg_system *system, const tg_state *state, tg_allowed *allowed) {
    allowed->subtok = 1;
    if (system->is_parser)
        tg_allow_arcs(state, allowed);
    else
        tg_allow_ents(state, allowed);
}

void tg_apply(const tg_system *system, tg_state *state, int32_t move, const tg_chance *chance,
              tg_arena *arena) {
    tg_step *step = tg_take(arena, sizeof(tg_step));
    step->before = state->history;
    step->move = move;
    step->chance = chance ? *chance : (tg_chance){0, 0, 0};
    state->history = step;
    state->n_steps++;
    if (system->is_parser)
        tg_apply_arc(state, system->action[move], arena);
    else
        tg_apply_ent(state, system->action[move], system->label[move], arena);
}

void tg_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
              float *costs) {
    if (system->is_parser)
        tg_arc_costs(system, state, allowed, gold, costs);
    else
        tg_ent_costs(system, state, allowed, gold, costs);
}

int32_t tg_oracle(const tg_system *system, const tg_state *state, const tg_gold *gold, float *costs) {
    tg_allowed allowed;
    int32_t best = -1;
    tg_allow(system, state, &allowed);
    tg_costs(system, state, &allowed, gold, costs);
    for (int32_t i = 0; i < system->n_moves; i++)
        if (costs[i] < INVALID_COST && (best < 0 || costs[i] < costs[best]))
            best = i;
    return best;
}

void tg_history(const tg_state *state, int32_t *moves, float *p) {
    int32_t at = state->n_steps;
    for (const tg_step *step = state->history; step; step = step->before) {
        moves[--at] = step->move;
        if (p)
            p[at] = step->chance.made;
    }
}

int32_t *tg_keep_history(const tg_state *state) {
    int32_t *moves = malloc((size_t)(2 * state->n_steps + 1) * sizeof(int32_t));
    if (moves)
        tg_history(state, moves, (float *)(moves + state->n_steps));
    return moves;
}

/* The factors by which one move decides heads. Whatever is done with the next token but a RIGHT arc says that its head is
   not the top of the stack, and whatever is done with the top but a LEFT arc or leaving it a root that its head is not
   the next token. A BREAK decides neither: the same two come up again after it. */
static void doubt_arcs(int action, const tg_chance *chance, int32_t s0, int32_t b0, int is_root, float *sure) {
    if (action == BREAK)
        return;
    if (s0 >= 0)
        sure[s0] *= action == LEFT || (action == REDUCE && is_root) ? chance->made : 1 - chance->left;
    if (b0 >= 0)
        sure[b0] *= action == RIGHT ? chance->made : 1 - chance->right;
}

static void read_arcs(const tg_system *system, const int32_t *moves, const tg_chance *chances, int32_t n_steps,
                      int32_t n, int32_t *stack, int32_t *front, int32_t *heads, int32_t *labels, uint8_t *starts,
                      float *sure) {
    int32_t n_stack = 0, n_front = 0, next = 0;
    for (int32_t i = 0; i < n; i++) {
        heads[i] = -1;
        if (sure)
            sure[i] = 1;
    }
    for (int32_t i = 0; i < n_steps; i++) {
        const int action = system->action[moves[i]];
        const int32_t s0 = n_stack ? stack[n_stack - 1] : -1, unread = next < n ? next : -1;
        const int32_t b0 = n_front ? front[n_front - 1] : unread;
        if (sure)
            doubt_arcs(action, &chances[i], s0, b0, s0 >= 0 && heads[s0] < 0, sure);
        if (action == LEFT || action == RIGHT) {
            const int32_t child = action == LEFT ? s0 : b0;
            heads[child] = action == LEFT ? b0 : s0;
            if (labels)
                labels[child] = system->label[moves[i]];
        }
        if (action == SHIFT || action == RIGHT) {
            if (n_front)
                n_front--;
            else
                next++;
            stack[n_stack++] = b0;
        } else if (action == LEFT) {
            n_stack--;
        } else if (action == REDUCE) {
            n_stack--;
            if (heads[s0] < 0 && n_stack > 0)
                front[n_front++] = s0;
        } else if (starts) {
            starts[b0 + 1] = 1;
        }
    }
}

static void read_ents(const tg_system *system, const int32_t *moves, const tg_chance *chances, int32_t n_steps,
                      uint8_t *tags, int32_t *labels, float *sure) {
    int32_t start = 0;
    for (int32_t i = 0; i < n_steps; i++) { /* the i-th move is about token i */
        const int action = system->action[moves[i]];
        if (action == BEGIN || action == UNIT || action == OUT)
            start = i;
        tags[i] = (uint8_t)action;
        if (labels)
            labels[i] = action == OUT ? 0 : system->label[moves[start]];
        if (sure) {
            sure[i] = chances[i].made;
            if (start < i)
                sure[start] *= sure[i];
        }
    }
}

int tg_read(const tg_system *system, const tg_state *state, int32_t *heads, int32_t *labels, uint8_t *starts,
            uint8_t *tags, int32_t *ent_labels, float *sure) {
    const int32_t n = state->doc->n, n_steps = state->n_steps;
    int32_t *moves = malloc((size_t)(n_steps + 3 * n + 1) * sizeof(int32_t));
    tg_chance *chances = sure ? malloc((size_t)(n_steps + 1) * sizeof(tg_chance)) : NULL;
    const int status = moves && (chances || !sure) ? OK : NO_MEMORY;
    if (status == OK) {
        int32_t *stack = moves + n_steps, *front = stack + n, at = n_steps;
        for (const tg_step *step = state->history; step; step = step->before) {
            moves[--at] = step->move;
            if (sure)
                chances[at] = step->chance;
        }
        if (system->is_parser)
            read_arcs(system, moves, chances, n_steps, n, stack, front, heads ? heads : front + n, labels, starts, sure);
        else
            read_ents(system, moves, chances, n_steps, tags, ent_labels, sure);
    }
    free(moves);
    free(chances);
    return status;
}
