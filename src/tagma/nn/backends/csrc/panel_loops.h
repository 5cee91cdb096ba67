/* Products of a few rows with one panel, see kernels_panels.c. Included once for each width of vectors, with
   LANES (numbers of a vector), TARGET (attribute of the functions) and NAME(x) (their names) defined. */

typedef float NAME(vector) __attribute__((vector_size(4 * LANES)));
typedef float NAME(unaligned) __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t NAME(mask) __attribute__((vector_size(4 * LANES)));

#define UNROLL _Pragma("GCC unroll 8")

/* sums[i][v] = the panel's biases, and for each step k row i's k-th number times the panel's vectors */
TARGET INLINE_LOOP void NAME(multiply)(NAME(vector) * sums, const float *const *rows, const float *panel, isize steps,
                                       const int n, const int vectors) {
    NAME(vector) s[6][3];
    UNROLL for (int i = 0; i < n; i++)
        UNROLL for (int v = 0; v < vectors; v++)
            s[i][v] = *(const NAME(unaligned) *)(panel + v * LANES);
    const float *x[6];
    UNROLL for (int i = 0; i < n; i++)
        x[i] = rows[i];
    for (isize k = 0; k < steps; k++) {
        NAME(vector) w[3];
        panel += vectors * LANES;
        UNROLL for (int v = 0; v < vectors; v++)
            w[v] = *(const NAME(unaligned) *)(panel + v * LANES);
        UNROLL for (int i = 0; i < n; i++)
            UNROLL for (int v = 0; v < vectors; v++)
                s[i][v] += x[i][k] * w[v];
    }
    UNROLL for (int i = 0; i < n; i++)
        UNROLL for (int v = 0; v < vectors; v++)
            sums[i * vectors + v] = s[i][v];
}

TARGET INLINE_LOOP NAME(vector) NAME(larger)(NAME(vector) a, NAME(vector) b) {
    const NAME(mask) is_larger = (b > a) | (b != b); /* NaN stays */
    return (NAME(vector))(((NAME(mask))b & is_larger) | ((NAME(mask))a & ~is_larger));
}

/* out[i] = the sums side by side */
#define KEEP_ALL(n)                                                                                                    \
    TARGET static void NAME(all_of_##n)(float *out, isize ldo, const float *const *rows, const float *panel,           \
                                        isize steps) {                                                                 \
        NAME(vector) sums[2 * n];                                                                                      \
        NAME(multiply)(sums, rows, panel, steps, n, 2);                                                                \
        UNROLL for (int i = 0; i < n; i++)                                                                             \
            UNROLL for (int v = 0; v < 2; v++)                                                                         \
                *(NAME(unaligned) *)(out + i * ldo + v * LANES) = sums[2 * i + v];                                     \
    }

/* out[i] = the largest of the sums in each lane */
#define KEEP_LARGEST(n, pieces)                                                                                        \
    TARGET static void NAME(largest_of_##n##_##pieces)(float *out, isize ldo, const float *const *rows,                \
                                                       const float *panel, isize steps) {                              \
        NAME(vector) sums[pieces * n];                                                                                 \
        NAME(multiply)(sums, rows, panel, steps, n, pieces);                                                           \
        UNROLL for (int i = 0; i < n; i++) {                                                                           \
            NAME(vector) best = sums[pieces * i];                                                                      \
            UNROLL for (int v = 1; v < pieces; v++)                                                                    \
                best = NAME(larger)(best, sums[pieces * i + v]);                                                       \
            *(NAME(unaligned) *)(out + i * ldo) = best;                                                                \
        }                                                                                                              \
    }

KEEP_ALL(1)
KEEP_ALL(2)
KEEP_ALL(3)
KEEP_ALL(4)
KEEP_ALL(5)
KEEP_ALL(6)
KEEP_LARGEST(1, 2)
KEEP_LARGEST(2, 2)
KEEP_LARGEST(3, 2)
KEEP_LARGEST(4, 2)
KEEP_LARGEST(5, 2)
KEEP_LARGEST(6, 2)
KEEP_LARGEST(1, 3)
KEEP_LARGEST(2, 3)
KEEP_LARGEST(3, 3)
KEEP_LARGEST(4, 3)

/* by pieces, then by rows */
static const few_rows NAME(loops)[3][6] = {
    {NAME(all_of_1), NAME(all_of_2), NAME(all_of_3), NAME(all_of_4), NAME(all_of_5), NAME(all_of_6)},
    {NAME(largest_of_1_2), NAME(largest_of_2_2), NAME(largest_of_3_2), NAME(largest_of_4_2), NAME(largest_of_5_2),
     NAME(largest_of_6_2)},
    {NAME(largest_of_1_3), NAME(largest_of_2_3), NAME(largest_of_3_3), NAME(largest_of_4_3), NULL, NULL},
};

#undef UNROLL
#undef KEEP_ALL
#undef KEEP_LARGEST
#undef LANES
#undef TARGET
#undef NAME
