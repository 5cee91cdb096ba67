/* Float32 loops of tagma.nn.backends. Row-major, contiguous; nobody allocates here. Sizes are element counts.
   A range [lo, hi) always means rows, so that a caller can hand parts of one array to several threads. */
#ifndef TAGMA_KERNELS_H
#define TAGMA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t isize;

/* windows: row t - lo of cols = rows t-w .. t+w of X within [begin, end), zeros outside */
void tg_seq2col(float *cols, const float *X, isize lo, isize hi, isize begin, isize end, isize width, isize w);
/* the transpose */
void tg_backprop_seq2col(float *dX, const float *dcols, isize lo, isize hi, isize begin, isize end, isize width,
                         isize w);

void tg_maxout(float *best, int32_t *which, const float *X, isize n, isize nO, isize nP);
void tg_backprop_maxout(float *dX, const float *dY, const int32_t *which, isize n, isize nO, isize nP);

/* bias + max over pieces + layer norm + dropout + residual, one pass over the rows of A (n, nO*nP); no layer norm if G is
   NULL. keep (n, nO) 0/1 or NULL, residual (n, nO) or NULL; which, Xhat, rstd may be NULL when predicting. bias may be NULL
   with one piece: A is the maxima, and may be Y. */
void tg_maxout_norm(float *Y, uint8_t *which, float *Xhat, float *rstd, float *A, const float *bias, const float *G,
                    const float *b, const uint8_t *keep, float scale, const float *residual, isize n, isize nO,
                    isize nP);
/* dZ (n, nO) set, the gradient of the maxima; dbias (nP, nO), dG (nO), db (nO) are added to; scratch has nO floats */
void tg_backprop_maxout_norm(float *dZ, float *dbias, float *dG, float *db, float *scratch, const float *dY,
                             const uint8_t *which, const float *Xhat, const float *rstd, const float *G,
                             const uint8_t *keep, float scale, isize n, isize nO, isize nP);
/* dA (n, nO*nP) = dZ at the winning pieces, 0 elsewhere */
void tg_expand_pieces(float *dA, const float *dZ, const uint8_t *which, isize n, isize nO, isize nP);

/* rows of a hash-embedding table: four uint32 hashes of each key, modulo nV */
void tg_hash_rows(int32_t *rows, const uint64_t *keys, isize key_stride, isize n, uint32_t seed, uint32_t nV);
void tg_hash_keys(uint32_t *hashes, const uint64_t *keys, isize n, uint32_t seed);
/* out[i] (stride apart) = sum of K table rows, times column_scale if given */
void tg_gather_add(float *out, isize out_stride, const float *table, const int32_t *rows, isize K, isize n,
                   isize width, const float *column_scale);
/* `width` columns of table[rows[i][k]], rows `stride` apart, += values[i] * column_scale, for all k; negative rows are
   skipped */
void tg_scatter_add(float *table, isize stride, const int32_t *rows, isize K, const float *values, isize value_stride,
                    isize n, isize width, const float *column_scale);

double tg_sum_squares(const float *x, isize n);
/* g is multiplied by gscale, moments and weights updated, weights decayed by (1 - decay), g zeroed; then the average, if
   it is not NULL, moves towards the weights by `share` */
void tg_adam(float *w, float *g, float *m, float *v, float *average, isize n, float gscale, float beta1, float beta2,
             float eps, float learn_rate, float decay, float share);

void tg_add_bias(float *Y, const float *b, isize n, isize width);
/* best[i] = the first column of the largest A[i], or of the first NaN */
void tg_best_columns(int64_t *best, const float *A, isize n, isize width);
/* the softmax of Y / temperature, in place */
void tg_softmax(float *Y, isize n, isize width, float temperature);

/* keep[i] = 1 where the i-th draw of a Mersenne twister double in [0, 1) is >= drop. The stream is numpy's:
   state (624) and pos are advanced just as numpy.random.uniform would advance them. */
void tg_dropout_keep(uint8_t *keep, isize n, double drop, uint32_t *state, int32_t *pos);

/* Y[i] = X[i] * scale where keep[i], else 0 */
void tg_drop(float *Y, const float *X, const uint8_t *keep, float scale, isize n);

/* Distinct rows of X (n, width) in order of appearance: X[first[u]] is the u-th, X[i] equals X[first[inverse[i]]].
   Returns their number; slots is scratch of n_slots entries, a power of two of at least 2 n. */
isize tg_unique_rows(int32_t *first, int32_t *inverse, const uint64_t *X, isize n, isize width, int32_t *slots,
                     isize n_slots);
/* For each of n rows of X (n, width): its place among the `kept` rows that are in slots, or -1. slots has n_slots entries,
   a power of two that is more than the number of rows; -1 is empty. */
void tg_find_rows(int32_t *places, const uint64_t *X, isize n, isize width, const uint64_t *kept, const int32_t *slots,
                  isize n_slots);
/* Puts the kept rows from lo to hi into slots, but for those that equal one that is there. */
void tg_keep_rows(int32_t *slots, isize n_slots, const uint64_t *kept, isize lo, isize hi, isize width);
/* Y[i] = rows[inverse[i]], with dropout; collect adds dY back up, drows must be zeroed before */
void tg_expand_rows(float *Y, const float *rows, const int32_t *inverse, const uint8_t *keep, float scale, isize lo,
                    isize hi, isize width);
void tg_collect_rows(float *drows, const float *dY, const int32_t *inverse, const uint8_t *keep, float scale, isize n,
                     isize width);

#endif
