/* Loops of kernels_pieces.c for one instruction set. Before it is included, NAME(f) and VECTOR_BYTES are defined, and
   the compiler has been told the target. K vectors stay in registers; K is a constant wherever these are inlined. */

typedef float NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

static inline __attribute__((always_inline)) void NAME(add_inputs)(const int K, const span *s, float *dX, isize ldx,
                                                                   const float *W, int first) {
    const float *const dZ = s->dZ; /* copies: the compiler cannot know that stores leave the span as it is */
    const uint8_t *const which = s->which;
    const isize nO = s->nO, width = s->width, step = s->nP * width, rows = s->rows, outs = s->outs;
    for (isize i = 0; i < rows; i++) {
        NAME(vector) sum[MAX_VECTORS];
        NAME(vector) *to = (NAME(vector) *)(dX + i * ldx);
        for (int v = 0; v < K; v++)
            sum[v] = first ? (NAME(vector)){0} : to[v];
        const float *w = W;
        for (isize o = 0; o < outs; o++, w += step) {
            const NAME(vector) *piece = (const NAME(vector) *)(w + which[i * nO + o] * width);
            const float d = dZ[i * nO + o];
            for (int v = 0; v < K; v++)
                sum[v] += d * piece[v];
        }
        for (int v = 0; v < K; v++)
            to[v] = sum[v];
    }
}

static inline __attribute__((always_inline)) void NAME(add_weights)(const int K, const span *s, float *dW,
                                                                    const float *X, isize ldx) {
    const float *const dZ = s->dZ; /* copies: the compiler cannot know that stores leave the span as it is */
    const uint8_t *const which = s->which;
    const isize nO = s->nO, width = s->width, step = s->nP * width, rows = s->rows, outs = s->outs;
    for (isize i = 0; i < rows; i++) {
        NAME(vector) x[MAX_VECTORS];
        const NAME(vector) *from = (const NAME(vector) *)(X + i * ldx);
        for (int v = 0; v < K; v++)
            x[v] = from[v];
        float *w = dW;
        for (isize o = 0; o < outs; o++, w += step) {
            NAME(vector) *piece = (NAME(vector) *)(w + which[i * nO + o] * width);
            const float d = dZ[i * nO + o];
            for (int v = 0; v < K; v++)
                piece[v] += d * x[v];
        }
    }
}

#define EVERY_K(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12)

static void NAME(inputs)(int K, const span *s, float *dX, isize ldx, const float *W, int first) {
    switch (K) {
#define DO(k) \
    case k: \
        NAME(add_inputs)(k, s, dX, ldx, W, first); \
        break;
        EVERY_K(DO)
#undef DO
    }
}

static void NAME(weights)(int K, const span *s, float *dW, const float *X, isize ldx) {
    switch (K) {
#define DO(k) \
    case k: \
        NAME(add_weights)(k, s, dW, X, ldx); \
        break;
        EVERY_K(DO)
#undef DO
    }
}
