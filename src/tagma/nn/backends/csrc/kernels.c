#include "kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "hashing.h"
#include "row_loops.h"

void tg_seq2col(float *cols, const float *X, isize lo, isize hi, isize begin, isize end, isize width, isize w) {
    const size_t row = (size_t)width * sizeof(float);
    const isize span = 2 * w + 1;
    for (isize t = lo; t < hi; t++) {
        float *out = cols + (t - lo) * span * width;
        isize first = t - w, last = t + w;
        if (first >= begin && last < end) { /* the window's rows lie side by side in X */
            memcpy(out, X + first * width, row * (size_t)span);
            continue;
        }
        for (isize s = first; s <= last; s++, out += width) {
            if (s < begin || s >= end)
                memset(out, 0, row);
            else
                memcpy(out, X + s * width, row);
        }
    }
}

TAGMA_CLONES
void tg_backprop_seq2col(float *dX, const float *dcols, isize lo, isize hi, isize begin, isize end, isize width,
                         isize w) {
    const isize span = 2 * w + 1;
    for (isize t = lo; t < hi; t++) {
        float *RESTRICT out = dX + t * width;
        if (w == 1 && t > begin && t + 1 < end) {
            const float *RESTRICT next = dcols + (t + 1) * span * width, *RESTRICT here = dcols + (t * span + 1) * width;
            const float *RESTRICT last = dcols + ((t - 1) * span + 2) * width;
            for (isize j = 0; j < width; j++)
                out[j] = (next[j] + here[j]) + last[j];
            continue;
        }
        memset(out, 0, (size_t)width * sizeof(float));
        for (isize k = 0; k < span; k++) { /* row t stood in slot k of row t + w - k */
            isize s = t + w - k;
            if (s < begin || s >= end)
                continue;
            const float *RESTRICT in = dcols + (s * span + k) * width;
            for (isize j = 0; j < width; j++)
                out[j] += in[j];
        }
    }
}

TAGMA_CLONES
void tg_maxout(float *best, int32_t *which, const float *X, isize n, isize nO, isize nP) {
    for (isize i = 0; i < n * nO; i++) {
        const float *x = X + i * nP;
        float top = x[0];
        int32_t at = 0;
        for (isize p = 1; p < nP; p++)
            if (x[p] > top || (x[p] != x[p] && top == top)) { /* the first NaN of all wins */
                top = x[p];
                at = (int32_t)p;
            }
        best[i] = top;
        which[i] = at;
    }
}

void tg_backprop_maxout(float *dX, const float *dY, const int32_t *which, isize n, isize nO, isize nP) {
    memset(dX, 0, (size_t)(n * nO * nP) * sizeof(float));
    for (isize i = 0; i < n * nO; i++)
        dX[i * nP + which[i]] = dY[i];
}

static inline __attribute__((always_inline)) float centre(float *RESTRICT x, isize n) {
    /* x becomes (x - mean) / std; returns 1 / std */
    float mean = row_sum(x, n) / (float)n;
    for (isize j = 0; j < n; j++)
        x[j] -= mean;
    float rstd = 1.0f / sqrtf(row_dot(x, x, n) / (float)n + LAYER_NORM_EPS);
    for (isize j = 0; j < n; j++)
        x[j] *= rstd;
    return rstd;
}

static inline __attribute__((always_inline)) void norm_row_back(float *RESTRICT dx, float *RESTRICT dG,
                                                                float *RESTRICT db, const float *RESTRICT dy,
                                                                const float *RESTRICT xhat, float rstd,
                                                                const float *RESTRICT G, isize width) {
    for (isize j = 0; j < width; j++) {
        dG[j] += dy[j] * xhat[j];
        db[j] += dy[j];
        dx[j] = dy[j] * G[j];
    }
    float mean = row_sum(dx, width) / (float)width;
    float tilt = row_dot(dx, xhat, width) / (float)width;
    for (isize j = 0; j < width; j++)
        dx[j] = (dx[j] - mean - xhat[j] * tilt) * rstd;
}

#define STRIP 32 /* winners are found as int32 beside the floats, then narrowed: mixed widths do not vectorise */
/* NaN stays. */
static inline __attribute__((always_inline)) float larger(float a, float b) { return (b > a) | (b != b) ? b : a; }

static inline __attribute__((always_inline)) void best_of_3(float *RESTRICT best, uint8_t *RESTRICT which,
                                                            const float *RESTRICT a, const float *RESTRICT bias,
                                                            isize nO) {
    float p0[STRIP], p1[STRIP], p2[STRIP];
    int32_t at[STRIP];
    for (isize from = 0; from < nO; from += STRIP) {
        isize len = nO - from < STRIP ? nO - from : STRIP;
        const float *RESTRICT x = a + 3 * from, *RESTRICT c = bias + 3 * from;
        for (isize j = 0; j < len; j++) {
            p0[j] = x[3 * j] + c[3 * j];
            p1[j] = x[3 * j + 1] + c[3 * j + 1];
            p2[j] = x[3 * j + 2] + c[3 * j + 2];
        }
        for (isize j = 0; j < len; j++) {
            const float top = larger(p0[j], p1[j]);
            best[from + j] = larger(top, p2[j]);
        }
        for (isize j = 0; j < len; j++)
            at[j] = best[from + j] == p0[j] ? 0 : (best[from + j] == p1[j] ? 1 : 2);
        for (isize j = 0; j < len; j++)
            which[from + j] = (uint8_t)at[j];
    }
}

static inline __attribute__((always_inline)) void best_of_3_only(float *RESTRICT best, const float *RESTRICT a,
                                                                 const float *RESTRICT bias, isize nO) {
    for (isize j = 0; j < nO; j++) {
        float p0 = a[3 * j] + bias[3 * j], p1 = a[3 * j + 1] + bias[3 * j + 1], p2 = a[3 * j + 2] + bias[3 * j + 2];
        best[j] = larger(larger(p0, p1), p2);
    }
}

static inline void best_of_any(float *RESTRICT best, uint8_t *which, const float *RESTRICT a,
                               const float *RESTRICT bias, isize nO, isize nP) {
    for (isize j = 0; j < nO; j++) {
        float top = a[j * nP] + bias[j * nP];
        uint8_t at = 0;
        for (isize p = 1; p < nP; p++) {
            float x = a[j * nP + p] + bias[j * nP + p];
            if (x > top || (x != x && top == top)) {
                top = x;
                at = (uint8_t)p;
            }
        }
        best[j] = top;
        if (which)
            which[j] = at;
    }
}

TAGMA_CLONES
void tg_maxout_norm(float *Y, uint8_t *which, float *Xhat, float *rstd, float *A, const float *bias, const float *G,
                    const float *b, const uint8_t *keep, float scale, const float *residual, isize n, isize nO,
                    isize nP) {
    for (isize i = 0; i < n; i++) {
        const float *a = A + i * nO * nP;
        float *RESTRICT y = Y + i * nO;
        float *RESTRICT x = Xhat ? Xhat + i * nO : y;
        if (nP == 1 && !bias) {
            if (x != a)
                memcpy(x, a, (size_t)nO * sizeof(float));
        } else if (nP == 3 && which)
            best_of_3(x, which + i * nO, a, bias, nO);
        else if (nP == 3)
            best_of_3_only(x, a, bias, nO);
        else
            best_of_any(x, which ? which + i * nO : NULL, a, bias, nO, nP);
        if (G) {
            const float r = centre(x, nO);
            if (rstd)
                rstd[i] = r;
            for (isize j = 0; j < nO; j++)
                y[j] = x[j] * G[j] + b[j];
        }
        if (keep) {
            const uint8_t *RESTRICT k = keep + i * nO;
            for (isize j = 0; j < nO; j++)
                y[j] = k[j] ? y[j] * scale : 0.0f;
        }
        if (residual) {
            const float *RESTRICT res = residual + i * nO;
            for (isize j = 0; j < nO; j++)
                y[j] += res[j];
        }
    }
}

TAGMA_CLONES
void tg_backprop_maxout_norm(float *dZ, float *dbias, float *dG, float *db, float *scratch, const float *dY,
                             const uint8_t *which, const float *Xhat, const float *rstd, const float *G,
                             const uint8_t *keep, float scale, isize n, isize nO, isize nP) {
    float *RESTRICT dy = scratch;
    for (isize i = 0; i < n; i++) {
        memcpy(dy, dY + i * nO, (size_t)nO * sizeof(float));
        if (keep) {
            const uint8_t *RESTRICT k = keep + i * nO;
            for (isize j = 0; j < nO; j++)
                dy[j] = k[j] ? dy[j] * scale : 0.0f;
        }
        float *RESTRICT dz = dZ + i * nO;
        if (G)
            norm_row_back(dz, dG, db, dy, Xhat + i * nO, rstd[i], G, nO);
        else
            memcpy(dz, dy, (size_t)nO * sizeof(float));
        const uint8_t *RESTRICT at = which + i * nO;
        for (isize p = 0; p < nP; p++) {
            float *RESTRICT to = dbias + p * nO;
            for (isize j = 0; j < nO; j++)
                to[j] += at[j] == p ? dz[j] : 0.0f;
        }
    }
}

TAGMA_CLONES
void tg_expand_pieces(float *dA, const float *dZ, const uint8_t *which, isize n, isize nO, isize nP) {
    for (isize i = 0; i < n * nO; i++)
        for (isize p = 0; p < nP; p++)
            dA[i * nP + p] = which[i] == p ? dZ[i] : 0.0f;
}

void tg_hash_keys(uint32_t *hashes, const uint64_t *keys, isize n, uint32_t seed) {
    for (isize i = 0; i < n; i++) {
        uint64_t h[2];
        tagma_hash128_x64(&keys[i], sizeof(uint64_t), seed, h);
        hashes[4 * i] = (uint32_t)h[0];
        hashes[4 * i + 1] = (uint32_t)(h[0] >> 32);
        hashes[4 * i + 2] = (uint32_t)h[1];
        hashes[4 * i + 3] = (uint32_t)(h[1] >> 32);
    }
}

void tg_hash_rows(int32_t *rows, const uint64_t *keys, isize key_stride, isize n, uint32_t seed, uint32_t nV) {
    for (isize i = 0; i < n; i++) {
        uint64_t h[2];
        tagma_hash128_x64(&keys[i * key_stride], sizeof(uint64_t), seed, h);
        rows[4 * i] = (int32_t)((uint32_t)h[0] % nV);
        rows[4 * i + 1] = (int32_t)((uint32_t)(h[0] >> 32) % nV);
        rows[4 * i + 2] = (int32_t)((uint32_t)h[1] % nV);
        rows[4 * i + 3] = (int32_t)((uint32_t)(h[1] >> 32) % nV);
    }
}

TAGMA_CLONES
void tg_gather_add(float *out, isize out_stride, const float *table, const int32_t *rows, isize K, isize n,
                   isize width, const float *column_scale) {
    for (isize i = 0; i < n; i++) {
        float *RESTRICT y = out + i * out_stride;
        const int32_t *r = rows + i * K;
        if (K == 4) {
            const float *RESTRICT t0 = table + (isize)r[0] * width, *RESTRICT t1 = table + (isize)r[1] * width;
            const float *RESTRICT t2 = table + (isize)r[2] * width, *RESTRICT t3 = table + (isize)r[3] * width;
            for (isize j = 0; j < width; j++)
                y[j] = ((t0[j] + t1[j]) + t2[j]) + t3[j];
        } else {
            memset(y, 0, (size_t)width * sizeof(float));
            for (isize k = 0; k < K; k++) {
                const float *RESTRICT t = table + (isize)r[k] * width;
                for (isize j = 0; j < width; j++)
                    y[j] += t[j];
            }
        }
        if (column_scale)
            for (isize j = 0; j < width; j++)
                y[j] *= column_scale[j];
    }
}

TAGMA_CLONES
void tg_scatter_add(float *table, isize stride, const int32_t *rows, isize K, const float *values, isize value_stride,
                    isize n, isize width, const float *column_scale) {
    for (isize i = 0; i < n; i++) {
        const float *RESTRICT v = values + i * value_stride;
        for (isize k = 0; k < K; k++) {
            if (rows[i * K + k] < 0)
                continue;
            float *RESTRICT t = table + (isize)rows[i * K + k] * stride;
            if (column_scale)
                for (isize j = 0; j < width; j++)
                    t[j] += v[j] * column_scale[j];
            else
                for (isize j = 0; j < width; j++)
                    t[j] += v[j];
        }
    }
}

TAGMA_CLONES
double tg_sum_squares(const float *x, isize n) {
    double total = 0;
    for (isize at = 0; at < n; at += 4096) { /* short float sums, added up in double */
        isize len = n - at < 4096 ? n - at : 4096;
        total += row_dot(x + at, x + at, len);
    }
    return total;
}

INLINE_LOOP void adam_loop(float *RESTRICT w, float *RESTRICT g, float *RESTRICT m, float *RESTRICT v,
                           float *RESTRICT average, isize n, float gscale, float beta1, float beta2, float eps,
                           float learn_rate, float decay, float share) {
    const float alpha1 = 1.0f - beta1, alpha2 = 1.0f - beta2, keep = 1.0f - decay;
    for (isize i = 0; i < n; i++) {
        const float gi = g[i] * gscale;
        const float mi = m[i] * beta1 + alpha1 * gi;
        const float vi = v[i] * beta2 + alpha2 * gi * gi;
        const float wi = (w[i] - learn_rate * mi / (sqrtf(vi) + eps)) * keep;
        m[i] = mi;
        v[i] = vi;
        w[i] = wi;
        g[i] = 0.0f;
        if (average)
            average[i] += (wi - average[i]) * share;
    }
}

TAGMA_CLONES
void tg_adam(float *w, float *g, float *m, float *v, float *average, isize n, float gscale, float beta1, float beta2,
             float eps, float learn_rate, float decay, float share) {
    if (average)
        adam_loop(w, g, m, v, average, n, gscale, beta1, beta2, eps, learn_rate, decay, share);
    else
        adam_loop(w, g, m, v, NULL, n, gscale, beta1, beta2, eps, learn_rate, decay, share);
}

TAGMA_CLONES
void tg_add_bias(float *Y, const float *b, isize n, isize width) {
    for (isize i = 0; i < n; i++) {
        float *RESTRICT y = Y + i * width;
        for (isize j = 0; j < width; j++)
            y[j] += b[j];
    }
}

/* A plain loop for the maximum is a chain of single steps, since compilers must keep to the order of comparisons. */
static inline __attribute__((always_inline)) float row_max(const float *x, isize n) {
    float lanes[16];
    for (int l = 0; l < 16; l++)
        lanes[l] = x[0];
    isize j = 0;
    for (; j + 16 <= n; j += 16)
        for (int l = 0; l < 16; l++)
            lanes[l] = x[j + l] > lanes[l] ? x[j + l] : lanes[l];
    float top = lanes[0];
    for (int l = 1; l < 16; l++)
        top = lanes[l] > top ? lanes[l] : top;
    for (; j < n; j++)
        top = x[j] > top ? x[j] : top;
    return top;
}

TAGMA_CLONES
void tg_best_columns(int64_t *best, const float *A, isize n, isize width) {
    for (isize i = 0; i < n; i++) {
        const float *a = A + i * width;
        int32_t odd = 0;
        for (isize j = 0; j < width; j++)
            odd |= a[j] != a[j];
        const float top = row_max(a, width);
        isize at = 0;
        while (odd ? a[at] == a[at] : a[at] != top)
            at++;
        best[i] = (int64_t)at;
    }
}

TAGMA_CLONES
void tg_softmax(float *Y, isize n, isize width, float temperature) {
    const float t = 1.0f / temperature;
    for (isize i = 0; i < n; i++) {
        float *y = Y + i * width;
        const float top = row_max(y, width);
        for (isize j = 0; j < width; j++)
            y[j] = exp_below((y[j] - top) * t);
        float total = 1.0f / row_sum(y, width);
        for (isize j = 0; j < width; j++) {
            float share = y[j] * total;
            y[j] = share < FLT_MIN ? 0.0f : share; /* products with subnormal numbers take many times as long */
        }
    }
}

/* The Mersenne twister of Matsumoto & Nishimura 1998 (doi 10.1145/272991.272995), a block of 624 words at a time.
   The three loops carry no dependency shorter than 227 words, so they vectorise. */
#define MT_N 624
#define MT_M 397

static inline uint32_t mt_mix(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return (y >> 1) ^ ((uint32_t)(-(int32_t)(low & 1u)) & 0x9908b0dfu);
}

TAGMA_CLONES
static void mt_next_block(uint32_t *s) {
    for (int i = 0; i < MT_N - MT_M; i++)
        s[i] = s[i + MT_M] ^ mt_mix(s[i], s[i + 1]);
    for (int i = MT_N - MT_M; i < MT_N - 1; i++)
        s[i] = s[i + MT_M - MT_N] ^ mt_mix(s[i], s[i + 1]);
    s[MT_N - 1] = s[MT_M - 1] ^ mt_mix(s[MT_N - 1], s[0]);
}

static inline uint64_t mt_double_bits(uint32_t a, uint32_t b) {
    return ((uint64_t)(a >> 5) << 26) + (b >> 6); /* times 2^-53 is numpy's double */
}

INLINE_LOOP uint32_t mt_tempered(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* Of the two words of a draw the first has the upper bits, which nearly always decide; else `ties` is not 0. */
TAGMA_CLONES
static int keep_pairs(uint8_t *RESTRICT keep, const uint32_t *RESTRICT s, isize pairs, uint64_t limit) {
    const int32_t high = (int32_t)(limit >> 26);
    int32_t above[MT_N / 2], ties = 0;
    for (isize i = 0; i < pairs; i++) {
        const int32_t upper = (int32_t)(mt_tempered(s[2 * i]) >> 5);
        ties |= upper == high;
        above[i] = upper > high;
    }
    for (isize i = 0; i < pairs; i++)
        keep[i] = (uint8_t)above[i];
    return ties;
}

void tg_dropout_keep(uint8_t *keep, isize n, double drop, uint32_t *state, int32_t *pos) {
    /* u * 2^53 is an integer, so u >= drop is the same as u * 2^53 >= ceil(drop * 2^53) */
    const uint64_t limit = (uint64_t)ceil(drop * 9007199254740992.0);
    isize done = 0;
    while (done < n) {
        if (*pos >= MT_N) {
            mt_next_block(state);
            *pos = 0;
        }
        const uint32_t *s = state + *pos;
        const isize available = (MT_N - *pos) / 2, take = n - done < available ? n - done : available;
        if (available == 0) { /* a draw that straddles two blocks */
            const uint32_t first = mt_tempered(*s);
            mt_next_block(state);
            *pos = 1;
            keep[done++] = mt_double_bits(first, mt_tempered(*state)) >= limit;
            continue;
        }
        if (keep_pairs(keep + done, s, take, limit))
            for (isize i = 0; i < take; i++)
                keep[done + i] = mt_double_bits(mt_tempered(s[2 * i]), mt_tempered(s[2 * i + 1])) >= limit;
        *pos += (int32_t)(2 * take);
        done += take;
    }
}

TAGMA_CLONES
void tg_drop(float *RESTRICT Y, const float *RESTRICT X, const uint8_t *RESTRICT keep, float scale, isize n) {
    for (isize i = 0; i < n; i++)
        Y[i] = X[i] * (keep[i] ? scale : 0.0f);
}

TAGMA_CLONES
void tg_expand_rows(float *Y, const float *rows, const int32_t *inverse, const uint8_t *keep, float scale, isize lo,
                    isize hi, isize width) {
    for (isize i = lo; i < hi; i++) {
        const float *RESTRICT x = rows + (isize)inverse[i] * width;
        float *RESTRICT y = Y + i * width;
        if (keep) {
            const uint8_t *RESTRICT k = keep + i * width;
            for (isize j = 0; j < width; j++)
                y[j] = k[j] ? x[j] * scale : 0.0f;
        } else
            memcpy(y, x, (size_t)width * sizeof(float));
    }
}

TAGMA_CLONES
void tg_collect_rows(float *drows, const float *dY, const int32_t *inverse, const uint8_t *keep, float scale, isize n,
                     isize width) {
    for (isize i = 0; i < n; i++) {
        float *RESTRICT x = drows + (isize)inverse[i] * width;
        const float *RESTRICT y = dY + i * width;
        if (keep) {
            const uint8_t *RESTRICT k = keep + i * width;
            for (isize j = 0; j < width; j++)
                x[j] += k[j] ? y[j] * scale : 0.0f;
        } else
            for (isize j = 0; j < width; j++)
                x[j] += y[j];
    }
}
