/* Whole steps of a network in compiled code: matrix products, blocks and updates, cut into parts for the pool.
   Bounds of parts are functions of sizes alone; every sum is taken in the same order for any number of threads. */
#ifndef TAGMA_NATIVE_H
#define TAGMA_NATIVE_H

#include "kernels.h"
#include "pool.h"

/* The pool lives in another extension module; its functions are handed over at import. */
void tg_use_pool(void (*run)(tg_part, void *, isize), void *(*scratch)(size_t));
extern void (*tg_run_parts)(tg_part run, void *context, isize parts);
extern void *(*tg_scratch)(size_t bytes);

/* The address of a cblas_sgemm, and whether its integers have 64 bits. NULL: the loops of blas.c. */
void tg_use_sgemm(void *function, int wide);
/* out (n, m) = op(x) op(y) + beta out, row-major, in the calling thread. op transposes where tx, ty say so; ld are
   distances between rows as stored. */
void tg_gemm(int tx, int ty, isize n, isize m, isize k, const float *x, isize ldx, const float *y, isize ldy,
             float beta, float *out, isize ldo);
/* the same in parts of `rows` rows of out */
void tg_gemm_parts(int tx, int ty, isize n, isize m, isize k, const float *x, isize ldx, const float *y, isize ldy,
                   float beta, float *out, isize ldo, isize rows);

/* A dense layer laid out for prediction, see kernels_panels.c: the largest of nP pieces of each output, with biases. */
typedef struct {
    isize nI, nO, nP;
    isize lanes, vectors, outs; /* of a panel: numbers of a vector, vectors of a step, outputs; lanes 0: no panels */
    const float *weights;       /* panels, each with its biases first; or W (nO*nP, nI), then the biases */
} tg_panels;

/* How the layer of nI, nO and nP is laid out on this processor, and how many floats that takes. */
isize tg_panels_floats(tg_panels *dense);
/* Lays out W (nO*nP, nI) and bias (nO*nP) or NULL in the memory that the layer then reads as its weights. */
void tg_panels_fill(const tg_panels *layer, float *to, const float *W, const float *bias);
/* out[i] (nO), ldo apart, for rows of nI numbers that may lie anywhere; 0, or -1 if there was no memory */
int tg_panels_rows(const tg_panels *layer, const float *const *rows, isize n, float *out, isize ldo);
/* the same for rows ldx apart */
int tg_panels_product(const tg_panels *layer, const float *X, isize ldx, isize n, float *out, isize ldo);
/* the same in parts, through a layer norm behind it if G and b are given: Y (n, nO) without gaps then */
int tg_panels_parts(const tg_panels *layer, const float *X, isize ldx, isize n, float *Y, isize ldy, const float *G,
                   const float *b, isize rows);
/* best (n) = the largest output of each row of X (n, nI), in parts; 0, or -1 if there was no memory */
int tg_best_parts(int64_t *best, const float *X, const tg_panels *layer, isize n, isize rows);

/* Dropout by NumPy's Mersenne twister: parts draw in their order, one after the other. */
typedef struct {
    uint8_t *keep; /* (n, nO), or NULL for no dropout */
    float scale;
    double drop;
    uint32_t *state; /* NULL if keep is drawn already */
    int32_t *pos;
    isize turn; /* the part that may draw next; 0 at the beginning */
} tg_dropout;

/* One [dropout of] layer norm of maxout over rows, or over windows of rows, with or without a residual branch; maxout
   alone where G is NULL, as then are b, Xhat and rstd. */
typedef struct {
    isize n, width, nO, nP, window, rows; /* rows of a part; inputs are width * (2 * window + 1) wide */
    const float *X;                       /* (n, width) */
    const float *W, *bias, *G, *b;        /* (nO*nP, nI), (nO*nP), (nO), (nO) */
    int residual;
    tg_dropout dropout;
    float *Y;      /* (n, nO) */
    float *cols;   /* (n, nI): the windows, kept for the way back; NULL without windows and in prediction */
    uint8_t *which; /* (n, nO), as Xhat; NULL in prediction, as Xhat and rstd */
    float *Xhat, *rstd;
} tg_block;

/* 0, or -1 if there was no memory. */
int tg_block_forward(tg_block *block);
/* Floats a row of the scratch that the way back needs. */
isize tg_block_scratch_width(const tg_block *block);
/* dX (n, width) is set; dW, dbias, dG and db are added to. scratch (n, tg_block_scratch_width), dcols (n, nI) and sums
   (parts, nO*nP + 3*nO) need not be initialized; dcols may be dX where there are no windows. */
void tg_block_backward(const tg_block *block, const float *dY, float *dX, float *dW, float *dbias, float *dG, float *db,
                       float *scratch, float *dcols, float *sums);

/* Products on the way back through maxout: dZ (n, nO) is the gradient of the outputs, which (n, nO) the winning piece.
   Whether they are faster than dense products, for inputs nI wide; if not they must not be called. */
int tg_pieces_pay(isize nI, isize nP);
/* dX (n, nI) is set */
void tg_pieces_inputs(float *dX, const float *dZ, const uint8_t *which, const float *W, isize n, isize nI, isize nO,
                      isize nP);
/* the first `outs` outputs of dW (nO, nP, nI) are added to */
void tg_pieces_weights(float *dW, const float *dZ, const uint8_t *which, const float *X, isize n, isize nI, isize nO,
                       isize nP, isize outs);

/* Tables of a hash embedding, side by side. */
typedef struct {
    const uint64_t *keys; /* a column, key_stride apart */
    isize key_stride;
    uint32_t seed;
    isize nV, width, at; /* at: first column of the table's part of the output */
    const float *table;
    float *gradient;
    int32_t *rows; /* (n, 4) */
    const float *column_scale;
} tg_table;

void tg_tables_forward(tg_table *tables, isize n_tables, isize n, float *out, isize out_width, isize rows);
void tg_tables_backward(const tg_table *tables, isize n_tables, isize n, const float *dY, isize out_width);

/* Y = rows[inverse], with dropout */
void tg_expand_parts(float *Y, const float *rows, const int32_t *inverse, tg_dropout *dropout, isize n, isize width,
                     isize rows_a_part);

/* A batch through an encoder, window layers with residual branches, whose first layer adds up what was kept by word.
   Sequences see rows beyond their ends as if zeros, which run through the layers like any row, went on for ever. */
typedef struct {
    int64_t lo, hi, begin, end; /* rows lo to hi of the sequence begin to end, counted in the batch */
} tg_piece;

typedef struct {
    const tg_panels *panels; /* NULL in the first layer, whose products are kept */
    isize nP;                /* as bias (width*nP), read in the first layer alone */
    const float *bias, *G, *b; /* G and b (width) */
} tg_layer;

typedef struct {
    isize width, window, depth;
    const tg_layer *layers;
    const float *kept;     /* a word: its vector (width), then W x for each place in the window (width*nP of layer 0) */
    isize stride;          /* floats of a word */
    const int32_t *words;  /* the word of row t is words[t - first] */
    isize first;
    const tg_piece *pieces;
    const int64_t *parts; /* the pieces of part i are those from parts[i] to parts[i + 1] */
    isize n_parts;
    float *Y; /* (n, width): the rows of the pieces are set */
} tg_encoder;

/* 0, or -1 if there was no memory. */
int tg_encode_words(const tg_encoder *encoder);

/* Y = softmax(X / temperature) in parts */
void tg_softmax_parts(float *Y, const float *X, isize n, isize width, float temperature, isize rows);
/* dX = the gradient of X, in parts */
void tg_backprop_softmax(float *dX, const float *dY, const float *Y, isize n, isize width, float temperature, isize rows);

typedef struct {
    float *w, *g, *m, *v;
    float *average; /* moves towards the new weights by a share of the distance; NULL for none */
    isize n;
    float learn_rate, decay, grad_clip, share;
} tg_adam_param;

/* One step of all parameters. squares (blocks of all parameters) is scratch; block is a number of floats. */
void tg_adam_parts(const tg_adam_param *params, isize n_params, float beta1, float beta2, float eps, isize block,
                   double *squares);

/* A table (classes, rows of a class) of which a few rows are in use; all else is 0 and stays so. */
typedef struct {
    tg_adam_param p; /* n: rows of a class */
    isize classes;
    const int32_t *rows, *fresh; /* ascending: those in use, and those of them with a gradient */
    isize n_rows, n_fresh;
} tg_adam_table;

/* One step. squares (classes) is scratch. */
void tg_adam_rows(const tg_adam_table *T, float beta1, float beta2, float eps, double *squares);

/* Reductions over sequences: the rows of sequence s are those from starts[s] to starts[s + 1]. Parts are whole sequences,
   of about `rows` rows together. Sums become means if `mean`. */
void tg_reduce_sum(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, int mean, isize rows);
void tg_backprop_reduce_sum(float *dX, const float *dY, const int64_t *starts, isize n_seqs, isize width, int mean,
                            isize rows);
/* no sequence may be empty; which (n_seqs, width) are rows within the sequence, the first of equal ones */
void tg_reduce_max(float *Y, int32_t *which, const float *X, const int64_t *starts, isize n_seqs, isize width,
                   isize rows);
/* -1 if a row lies outside its sequence, else 0 */
int tg_backprop_reduce_max(float *dX, const float *dY, const int32_t *which, const int64_t *starts, isize n_seqs,
                           isize width, isize rows);
/* the first row, or the last; no sequence may be empty */
void tg_reduce_edge(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, int last, isize rows);
void tg_backprop_reduce_edge(float *dX, const float *dY, const int64_t *starts, isize n_seqs, isize width, int last,
                             isize rows);
/* softmax of each column over the rows of a sequence, of X clipped to +-20; Y may be X */
void tg_softmax_sequences(float *Y, const float *X, const int64_t *starts, isize n_seqs, isize width, isize rows);
void tg_backprop_softmax_sequences(float *dX, const float *dY, const float *Y, const int64_t *starts, isize n_seqs,
                                   isize width, isize rows);

/* Y = a X, where a (n), the attention, is the softmax of K q over each sequence; q (width), K may be X */
void tg_attend(float *Y, float *attention, const float *X, const float *K, const float *q, const int64_t *starts,
               isize n_seqs, isize width, isize rows);
/* dX and dK are set, dX to the sum of both where dK is NULL because K is X; dq is added to. scores (n) and sums
   (width for each part, see tg_segment_parts) need not be initialized. */
void tg_backprop_attend(float *dX, float *dK, float *dq, float *scores, float *sums, const float *dY,
                        const float *attention, const float *X, const float *K, const float *q, const int64_t *starts,
                        isize n_seqs, isize width, isize rows);
/* how many parts sequences with n rows in all are cut into */
isize tg_segment_parts(isize n, isize rows);

/* One direction of one layer of an LSTM over rows packed by time: the rows of step t are those from starts[t] to
   starts[t + 1], and no step has more than the one before. */
typedef struct {
    isize n_steps, nH, seqs; /* seqs: sequences of a part */
    int reverse;             /* whether the last step comes first */
    const int64_t *starts;
    const float *Wh, *h0, *c0; /* (4 nH, nH), (nH), (nH) */
    float *gates;              /* (n, 4 nH): summed inputs become gates */
    float *H, *C, *H_before, *C_before; /* (n, nH), set */
} tg_lstm;

void tg_lstm_steps(const tg_lstm *lstm);
/* dA (n, 4 nH) is set; dH (n, nH), the gradient of H, and dC (n, nH), zeros, are worked on */
void tg_backprop_lstm_steps(const tg_lstm *lstm, float *dA, float *dH, float *dC);

/* Bags of hashed keys, weights (nO * length). */
typedef struct {
    const uint64_t *keys;
    const float *values;
    const int64_t *starts; /* (n_bags + 1) */
    isize n_bags, nO, length;
    isize class_step;  /* between the weights of a bucket for two classes: 1 if classes share weights, else length */
    isize bags;        /* of a part */
    uint32_t *buckets; /* (keys, 2) */
} tg_sparse;

/* Sets the buckets, which all that follow read. */
void tg_sparse_hash(const tg_sparse *S);
/* Y (n_bags, nO) is added to */
void tg_sparse_forward(const tg_sparse *S, float *Y, const float *W);
/* rows (n, nO) = the weights of the buckets `used`, of W (nO * length) */
void tg_sparse_fetch(float *rows, const float *W, const int64_t *used, isize n, isize nO, isize length);
/* The same as forward, with the weights of each bucket side by side: places (keys, 2) are rows of `rows` (n, nO). */
void tg_sparse_forward_rows(const tg_sparse *S, float *Y, const float *rows, const int32_t *places);
/* dW (nO * length) is added to */
void tg_sparse_backward(const tg_sparse *S, float *dW, const float *dY);

/* Activations. settings: the threshold of mish; slope, offset, least and largest value of clipped_linear; the temperature
   of softmax, which is one of rows and not to be had alone. */
typedef enum {
    TG_LINEAR,
    TG_RELU,
    TG_SIGMOID,
    TG_SOFTMAX,
    TG_MISH,
    TG_GELU,
    TG_SWISH,
    TG_DISH,
    TG_HARD_SWISH,
    TG_HARD_SWISH_MOBILENET,
    TG_CLIPPED_LINEAR
} tg_bend_kind;

typedef struct {
    int kind; /* tg_bend_kind; from TG_MISH on the way back needs slopes, before it the outputs or nothing */
    float settings[4];
} tg_bend;

/* out = activation of X, in parts of `size` values; with dY dY times the slope, and X are the outputs of kinds that do
   without slopes. out may be X, or dY. */
void tg_bend_parts(const tg_bend *bend, float *out, const float *dY, const float *X, isize n, isize size);

/* Y (n, nO) = activation of X W^T + b */
typedef struct {
    isize n, nI, nO, rows; /* rows of a part */
    tg_bend bend;
    const float *X, *W, *b; /* (n, nI), (nO, nI), (nO) */
    float *Y, *slope;       /* slope is NULL in prediction and where it is not needed */
} tg_dense;

void tg_dense_forward(const tg_dense *dense);
/* dX (n, nI) is set; dW and db are added to. dA (n, nO), NULL for linear and softmax, and sums (parts, nO) need not be
   initialized. For softmax dY is the gradient of its input. dW is made in slices of `outs` outputs. */
void tg_dense_backward(const tg_dense *dense, const float *dY, float *dX, float *dW, float *db, float *dA, float *sums,
                       isize outs);

/* Y = (X - mean) rstd G + b, where mean and rstd (n) are of the row; rstd = 1 / sqrt(variance + 1e-8) */
void tg_layer_norm(float *Y, float *mean, float *rstd, const float *X, const float *G, const float *b, isize n,
                   isize width, isize rows);
/* dX is set; dG and db are added to; sums (parts, 2 * width) need not be initialized */
void tg_backprop_layer_norm(float *dX, float *dG, float *db, const float *dY, const float *X, const float *mean,
                            const float *rstd, const float *G, isize n, isize width, isize rows, float *sums);

/* out (n, width) = sums of K rows of the table each, in parts of `rows` rows */
void tg_gather_parts(float *out, const float *table, const int32_t *indices, isize K, isize n, isize width,
                     isize rows);
/* tg_scatter_add in parts of columns */
void tg_scatter_parts(float *table, const int32_t *indices, isize K, const float *values, isize value_stride, isize n,
                      isize width, const float *column_scale);

/* Windows of `window` rows on either side, within sequences, in parts of `rows` rows. */
void tg_windows(float *cols, const float *X, const int64_t *starts, isize n_seqs, isize width, isize window, isize rows);
void tg_backprop_windows(float *dX, const float *dcols, const int64_t *starts, isize n_seqs, isize width, isize window,
                         isize rows);

/* Y = X with dropout, in parts of `size` values; keep is drawn first if dropout says so */
void tg_dropout_parts(float *Y, const float *X, tg_dropout *dropout, isize n, isize size);

#endif
