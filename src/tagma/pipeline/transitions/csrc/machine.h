/* Transition systems: states, moves, what they cost, and the network that scores them. Nothing here knows Python.

   A state is a few pointers into cells that never change once they are made: copying it costs nothing, so beams and
   cut sequences share what they have in common. Cells live in an arena, which goes when its owner is done.

   Order of files: machine_state.c (cells, features), machine_arcs.c and machine_ents.c (the two systems),
   machine_net.c (scores), machine_parts.c (a batch in parts), machine_greedy.c, machine_train.c, machine_beam.c (what
   runs them). */
#ifndef TAGMA_MACHINE_H
#define TAGMA_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "dispatch.h"
#include "pool.h"

typedef ptrdiff_t isize;

/* What other modules give at import: the pool of threads, matrix products, and outputs of dense layers that are laid out
   for it (layer, X, ldx, n, out, ldo), which return -1 without memory, see nn/backends/csrc/native.h. */
typedef struct {
    void (*run)(tg_part, void *, isize);
    void (*gemm)(int, int, isize, isize, isize, const float *, isize, const float *, isize, float, float *, isize);
    int (*dense)(const void *, const float *, isize, isize, float *, isize);
} tg_services;
extern tg_services tg_use;

/* --- memory ------------------------------------------------------------------------------------------------------ */

typedef struct tg_chunk {
    struct tg_chunk *next;
    size_t used, size;
} tg_chunk;

typedef struct {
    tg_chunk *blocks;
    int failed; /* there was no memory: what was asked for is one shared cell, and the result must be thrown away */
} tg_arena;

void *tg_take(tg_arena *arena, size_t bytes);
void tg_release(tg_arena *arena);
/* Forget all cells, keep the memory. */
void tg_rewind(tg_arena *arena);

/* --- states ------------------------------------------------------------------------------------------------------ */

typedef struct tg_kid { /* children of a token on one side, the one added last first */
    const struct tg_kid *before;
    int32_t token;
} tg_kid;

typedef struct tg_cell { /* a token on the stack, or one that is back in front of the buffer */
    const struct tg_cell *below;
    const tg_kid *left, *right;
    int32_t token, head, depth; /* head -1: none; depth: number of cells from this one on */
    uint8_t unshiftable;
} tg_cell;

typedef struct tg_mark { /* tokens of the buffer that were made sentence starts, ascending */
    const struct tg_mark *next;
    int32_t token;
} tg_mark;

typedef struct { /* probabilities among the valid moves: of the one that was made, of all LEFT and of all RIGHT */
    float made, left, right;
} tg_chance;

typedef struct tg_step {
    const struct tg_step *before;
    int32_t move;
    tg_chance chance; /* zeros, where it was not asked for */
} tg_step;

/* What is known of a doc beforehand. Arrays of n tokens; NULL where nothing is known. */
typedef struct {
    int32_t n;
    const int8_t *sent_start;  /* 1 starts a sentence, -1 cannot, 0 open */
    const uint8_t *is_space;
    const int8_t *ent_iob;     /* 0 open, 1 I, 2 O, 3 B */
    const int32_t *ent_label;  /* with I and B: number of the label, 0 for a blocked token */
} tg_doc;

typedef struct {
    const tg_doc *doc;
    const tg_cell *stack, *front; /* front: tokens put back, before the unread ones */
    int32_t next;                 /* first unread token */
    const tg_mark *marks;
    const tg_step *history;
    int32_t n_steps;
    int32_t ent_start, ent_label; /* of the entity opened last, -1 if there was none */
    uint8_t ent_open;
} tg_state;

enum { SHIFT, REDUCE, LEFT, RIGHT, BREAK };
enum { MISSING, BEGIN, IN, LAST, UNIT, OUT };
enum { N_ACTIONS = 6, ANY = -1, NONE = -2, INVALID_COST = 9000, MAX_FEATURES = 13 };

/* A run of classes of one action. */
typedef struct {
    int32_t begin, end;
    uint8_t action;
} tg_run;

typedef struct {
    int is_parser;
    int32_t n_moves, n_runs, subtok; /* subtok: number of that label, -1 if it is not there */
    const uint8_t *action;
    const int32_t *label; /* 0 is the empty label */
    const tg_run *runs;
} tg_system;

/* Which labels an action may have in a state: ANY, NONE, or one. */
typedef struct {
    int32_t rule[N_ACTIONS];
    uint8_t subtok; /* whether arcs may be labelled "subtok" */
} tg_allowed;

/* What a doc should get. Arrays of n tokens. */
typedef struct {
    const int32_t *heads;  /* -1 not known; a root is its own head */
    const int32_t *labels; /* of arcs, or of entities */
    const int8_t *starts;  /* sentence starts: 1, 0, -1 not known */
    const int32_t *kids, *kids_at; /* children of i: kids[kids_at[i] .. kids_at[i + 1]], ascending */
    const int32_t *next_start;     /* first token >= i that the doc says starts a sentence, else n */
    const uint8_t *tags;   /* MISSING, BEGIN, … */
    const int32_t *wrong;  /* entities that are not there: (start, end, label) */
    int32_t n_wrong;
} tg_gold;

void tg_begin(tg_state *state, const tg_doc *doc);
int tg_is_final(const tg_state *state);
void tg_force_final(tg_state *state);
int32_t tg_buffer(const tg_state *state, int i); /* token i of the buffer, -1 beyond its end */
int32_t tg_buffer_length(const tg_state *state);
int tg_starts_sentence(const tg_state *state, int32_t token);
void tg_features(const tg_state *state, int n_features, int32_t *ids);

void tg_allow(const tg_system *system, const tg_state *state, tg_allowed *allowed);
static inline int tg_allows(const tg_system *system, const tg_allowed *allowed, int32_t move) {
    const int32_t label = system->label[move], rule = allowed->rule[system->action[move]];
    if (system->is_parser)
        return rule == ANY && (label != system->subtok || allowed->subtok || system->action[move] < LEFT ||
                               system->action[move] == BREAK);
    return rule == ANY ? label != 0 || system->action[move] == OUT : rule == label;
}
/* chance: may be NULL */
void tg_apply(const tg_system *system, tg_state *state, int32_t move, const tg_chance *chance, tg_arena *arena);
/* cost of each move, INVALID_COST where it is not valid */
void tg_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
              float *costs);
/* The first valid move of the lowest cost, -1 if there is none. */
int32_t tg_oracle(const tg_system *system, const tg_state *state, const tg_gold *gold, float *costs);

void tg_allow_arcs(const tg_state *state, tg_allowed *allowed);
void tg_apply_arc(tg_state *state, int action, tg_arena *arena);
void tg_arc_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
                  float *costs);
void tg_allow_ents(const tg_state *state, tg_allowed *allowed);
void tg_apply_ent(tg_state *state, int action, int32_t label, tg_arena *arena);
void tg_ent_costs(const tg_system *system, const tg_state *state, const tg_allowed *allowed, const tg_gold *gold,
                  float *costs);

/* Moves of a state from the first on; `moves` has room for n_steps, p may be NULL. */
void tg_history(const tg_state *state, int32_t *moves, float *p);
/* The same in an array to be freed, n_steps floats with their probabilities behind them. NULL without memory. */
int32_t *tg_keep_history(const tg_state *state);
/* What the moves of a state say. Any array may be NULL; p gives confidences.
   heads (n): -1 none; labels (n) of arcs; starts (n) uint8: sentence starts made by BREAK;
   tags (n) and ent_labels (n): BEGIN, IN, LAST, UNIT, OUT, MISSING and the label;
   sure (n): how probable it is that a token's head and label are right, or, at its first token, that an entity is:
   the product over the moves that decided it. Returns -1 if there was no memory. */
int tg_read(const tg_system *system, const tg_state *state, int32_t *heads, int32_t *labels, uint8_t *starts,
            uint8_t *tags, int32_t *ent_labels, float *sure);

/* --- network ----------------------------------------------------------------------------------------------------- */

enum { PAGE = 32 };

typedef struct {
    isize nF, nI, nO, nP;  /* nO: width of the hidden layer */
    isize n_moves, stride; /* stride: n_moves rounded up */
    int relu;              /* with one piece: whether negative values are cut */
    const float *W, *b, *pad; /* (nF, nO, nP, nI), (nO, nP), (nF, nO, nP); W is read in training alone */
    const float *upper_W;     /* (n_moves, nO), read in training alone, or NULL: the hidden layer is the scores */
    const void *lower, *upper; /* the same as dense layers: W without b, of nF * nO * nP outputs; upper_W with its biases */
    const uint8_t *unseen;          /* (n_moves), or NULL */
} tg_net;

/* Products of the lower layer for tokens [0, n) of an array, made page by page when they are asked for. */
typedef struct {
    const tg_net *net;
    const float *X; /* (n, nI) */
    isize n, n_pages, n_slots, limit; /* limit: slots to have at most, 0 for no limit */
    int32_t *slot_of, *page_of;       /* -1: not there */
    uint64_t *used, now;              /* when the slots were asked for, counted in states */
    float **slots;
    int failed;
} tg_table;

int tg_open_table(tg_table *table, const tg_net *net, const float *X, isize n, isize limit);
void tg_close_table(tg_table *table);
/* The products of one token, (nF, nO * nP); NULL without memory. Valid for the state that asks, as long as the limit is
   above MAX_FEATURES. */
const float *tg_row(tg_table *table, isize token);

/* hidden (nO) of the tokens ids (nF, -1 for none), which (nO) may be NULL */
void tg_hidden(tg_table *table, const int32_t *ids, isize offset, float *hidden, uint8_t *which);
/* scores (rows, stride) of hidden (rows, nO); OK or NO_MEMORY */
int tg_scores(const tg_net *net, const float *hidden, isize rows, float *scores);
/* The best allowed move, -1 if none is allowed, -2 if a score is not a number. */
int32_t tg_best(const tg_system *system, const tg_allowed *allowed, const float *scores);
/* Probabilities among the allowed moves, of which `move` is one. */
tg_chance tg_chances(const tg_system *system, const tg_allowed *allowed, const float *scores, int32_t move);

/* --- runs -------------------------------------------------------------------------------------------------------- */

enum { OK = 0, NO_MEMORY = -1, NOT_A_NUMBER = -2 };

/* First docs of the parts, and the number of docs behind them: as many docs as fit the number of words, one at least.
   bounds has room for n_docs + 2; returns the number of parts. */
isize tg_part_bounds(const isize *offsets, isize n_docs, isize words, isize *bounds);
/* Run the docs from begin to end, and return how it went. */
typedef int (*tg_stretch)(void *job, isize begin, isize end);
/* All docs of a batch, in parts of so many words; the first status that is not OK, or OK. */
int tg_run_stretches(tg_stretch run, void *job, const isize *offsets, isize n_docs, isize words);

typedef struct {
    const tg_system *system;
    const tg_net *net;
    const tg_doc *docs;
    const isize *offsets; /* (n_docs + 1): first token of each doc in X */
    isize n_docs;
    const float *X;
    int want_p;
    /* results, arrays over all tokens as in tg_read, NULL where not wanted */
    int32_t *heads, *labels, *ent_labels;
    uint8_t *starts, *tags;
    float *sure;
    int32_t **moves, *n_steps; /* (n_docs): all moves, in arrays to be freed; behind them n_steps floats, as want_p has it */
    int status;
} tg_greedy;

void tg_run_greedy(tg_greedy *job, isize words_a_part);

/* --- beams ------------------------------------------------------------------------------------------------------- */

typedef struct tg_trail { /* what was scored on the way to a member, and the move that was made */
    const struct tg_trail *before;
    int32_t record, move;
} tg_trail;

typedef struct {
    tg_state state;
    const tg_trail *trail;
    uint64_t hash; /* of the moves */
    float score, loss;
    int done;
} tg_member;

typedef struct {
    float score;
    int32_t member, move; /* move -1: a finished member stays */
    float cost;
} tg_candidate;

typedef struct {
    const tg_system *system;
    isize width, size, steps;
    float density;
    int follow_gold, want_p, done; /* follow_gold: only moves of the lowest cost; want_p: keep how probable moves were */
    tg_member *members, *spare; /* members are in the order of their scores, the best first */
    tg_member *memory;
    tg_candidate *candidates;
    float *costs;
} tg_beam;

int tg_beam_open(tg_beam *beam, const tg_system *system, isize width, float density, int follow_gold);
void tg_beam_close(tg_beam *beam);
void tg_beam_begin(tg_beam *beam, const tg_doc *doc);
/* One step. rows: scores of each member that is not done; records: their numbers for trails, or NULL; gold for losses,
   or NULL. */
int tg_beam_advance(tg_beam *beam, const float *const *rows, const int32_t *records, const tg_gold *gold,
                    tg_arena *arena);

typedef struct {
    const tg_system *system;
    const tg_net *net;
    const tg_doc *docs;
    const isize *offsets;
    isize n_docs, width;
    float density;
    const float *X;
    /* results: (n_docs) members of each doc, (n_docs, width) their scores, and arrays (width, n_tokens) as in tg_read */
    int32_t *sizes;
    float *scores;
    int32_t *heads, *labels;
    uint8_t *starts, *tags;
    int32_t **moves, *n_steps; /* of the best member of each doc, as in tg_greedy; or NULL */
    int status;
} tg_search;

void tg_run_search(tg_search *job, isize words_a_part);

/* A state to train from: a doc, and the moves that lead to it. */
typedef struct {
    isize doc;
    tg_state state;
} tg_start;

typedef struct {
    float *W, *b, *pad, *upper_W, *upper_b; /* gradients, added to */
} tg_gradients;

typedef struct {
    const tg_system *system;
    const tg_net *net;
    const tg_doc *docs;
    const tg_gold *golds;
    const isize *offsets;
    isize n_docs;
    const tg_start *starts; /* ascending by doc */
    isize n_starts;
    isize max_steps;     /* steps of a state at most; 0 for no limit */
    double drop;         /* of the hidden layer, with upper */
    uint64_t seed;
    const float *X;
    float *dX;           /* added to */
    tg_gradients grads;
    uint8_t *right;      /* (n_moves): set to 1 for moves that were right in some state */
    double loss;
    isize n_scored;      /* number of states that were scored */
    /* learning from another network's scores instead of gold */
    const tg_net *teacher;
    const float *teacher_X;
    isize beam_width;    /* 0, or whole docs are searched by beams */
    float beam_density;
    int compare;         /* 0 gold, 1 probabilities of the teacher, 2 those of a former self (rehearsal) */
    int status;
} tg_train;

/* Words and starts of the parts are functions of sizes alone: sums come in one order for any number of threads. */
void tg_run_training(tg_train *job, isize words_a_part);
/* The moves of the oracle from the beginning of a doc, in an array to be freed; *n_moves is their number. NULL without
   memory. */
int32_t *tg_oracle_moves(const tg_system *system, const tg_doc *doc, const tg_gold *gold, isize *n_moves);
/* The state before every `cut` moves of a doc. Where gold is given, only those before a stretch of tokens of which
   something is known. starts has room for n_moves / cut + 1; returns their number. */
isize tg_cut(const tg_system *system, const tg_doc *doc, isize doc_index, const tg_gold *gold, const int32_t *moves,
             isize n_moves, isize cut, tg_start *starts, tg_arena *arena);
/* Whether anything is known of the tokens from begin to end. */
int tg_has_gold(const tg_system *system, const tg_gold *gold, int32_t begin, int32_t end);

#endif
