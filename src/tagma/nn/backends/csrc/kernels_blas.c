/* Matrix products: by the sgemm of the BLAS that NumPy brings along, which tagma.nn.backends.blas finds, or by the
   loops below where none was found. */

#include "dispatch.h"
#include "native.h"

#define ROW_MAJOR 101
#define NO_TRANS 111
#define TRANS 112

typedef void (*sgemm32)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
                        int);
typedef void (*sgemm64)(int, int, int, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *,
                        int64_t, float, float *, int64_t);

static void run_here(tg_part run, void *context, isize parts) {
    for (isize part = 0; part < parts; part++)
        run(context, part, 0);
}

static void *no_scratch(size_t bytes) {
    (void)bytes;
    return NULL;
}

void (*tg_run_parts)(tg_part run, void *context, isize parts) = run_here;
void *(*tg_scratch)(size_t bytes) = no_scratch;

static void *sgemm = NULL;
static int sgemm_is_wide = 0;

void tg_use_pool(void (*run)(tg_part, void *, isize), void *(*scratch)(size_t)) {
    tg_run_parts = run;
    tg_scratch = scratch;
}

void tg_use_sgemm(void *function, int wide) {
    sgemm = function;
    sgemm_is_wide = wide;
}

/* A tile of out, TILE_N by TILE_M, stays in registers over a block of BLOCK_K steps, whose part of y is packed. */
enum { TILE_N = 4, TILE_M = 32, BLOCK_K = 128 };

TAGMA_CLONES
static void add_tile(float *RESTRICT out, isize ldo, const float *RESTRICT xs, const float *RESTRICT ys, isize k,
                     isize n, isize m) {
    float sum[TILE_N][TILE_M] = {{0}};
    for (isize p = 0; p < k; p++)
        for (int i = 0; i < TILE_N; i++)
            for (int j = 0; j < TILE_M; j++)
                sum[i][j] += xs[p * TILE_N + i] * ys[p * TILE_M + j];
    for (isize i = 0; i < n; i++)
        for (isize j = 0; j < m; j++)
            out[i * ldo + j] += sum[i][j];
}

static void own_gemm(int tx, int ty, isize n, isize m, isize k, const float *x, isize ldx, const float *y, isize ldy,
                     float beta, float *out, isize ldo) {
    float xs[BLOCK_K * TILE_N], ys[BLOCK_K * TILE_M];
    const isize x_row = tx ? 1 : ldx, x_step = tx ? ldx : 1, y_step = ty ? 1 : ldy, y_column = ty ? ldy : 1;
    for (isize i = 0; i < n; i++)
        for (isize j = 0; j < m; j++)
            out[i * ldo + j] = beta == 0 ? 0 : beta * out[i * ldo + j];
    for (isize p0 = 0; p0 < k; p0 += BLOCK_K) {
        const isize steps = k - p0 < BLOCK_K ? k - p0 : BLOCK_K;
        for (isize j0 = 0; j0 < m; j0 += TILE_M) {
            const isize columns = m - j0 < TILE_M ? m - j0 : TILE_M;
            for (isize p = 0; p < steps; p++)
                for (isize j = 0; j < TILE_M; j++)
                    ys[p * TILE_M + j] = j < columns ? y[(p0 + p) * y_step + (j0 + j) * y_column] : 0;
            for (isize i0 = 0; i0 < n; i0 += TILE_N) {
                const isize rows = n - i0 < TILE_N ? n - i0 : TILE_N;
                for (isize p = 0; p < steps; p++)
                    for (isize i = 0; i < TILE_N; i++)
                        xs[p * TILE_N + i] = i < rows ? x[(i0 + i) * x_row + (p0 + p) * x_step] : 0;
                add_tile(out + i0 * ldo + j0, ldo, xs, ys, steps, rows, columns);
            }
        }
    }
}

void tg_gemm(int tx, int ty, isize n, isize m, isize k, const float *x, isize ldx, const float *y, isize ldy,
             float beta, float *out, isize ldo) {
    if (n <= 0 || m <= 0)
        return;
    const int trans_x = tx ? TRANS : NO_TRANS, trans_y = ty ? TRANS : NO_TRANS;
    if (sgemm == NULL || k <= 0)
        own_gemm(tx, ty, n, m, k, x, ldx, y, ldy, beta, out, ldo);
    else if (sgemm_is_wide)
        ((sgemm64)sgemm)(ROW_MAJOR, trans_x, trans_y, n, m, k, 1, x, ldx, y, ldy, beta, out, ldo);
    else
        ((sgemm32)sgemm)(ROW_MAJOR, trans_x, trans_y, (int)n, (int)m, (int)k, 1, x, (int)ldx, y, (int)ldy, beta, out,
                         (int)ldo);
}

typedef struct {
    int tx, ty;
    isize n, m, k, ldx, ldy, ldo, rows;
    const float *x, *y;
    float beta, *out;
} product;

static void product_part(void *context, isize part, isize worker) {
    const product *p = context;
    const isize lo = part * p->rows, n = p->n - lo < p->rows ? p->n - lo : p->rows;
    (void)worker;
    tg_gemm(p->tx, p->ty, n, p->m, p->k, p->x + lo * (p->tx ? 1 : p->ldx), p->ldx, p->y, p->ldy, p->beta,
            p->out + lo * p->ldo, p->ldo);
}

void tg_gemm_parts(int tx, int ty, isize n, isize m, isize k, const float *x, isize ldx, const float *y, isize ldy,
                   float beta, float *out, isize ldo, isize rows) {
    product p = {tx, ty, n, m, k, ldx, ldy, ldo, rows, x, y, beta, out};
    tg_run_parts(product_part, &p, (n + rows - 1) / rows);
}
