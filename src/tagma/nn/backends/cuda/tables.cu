/* Embedding tables: hashes of keys, sums of rows, gradients of rows. The hash functions are Austin Appleby's (public
   domain), bit for bit those of hashing.py. */

static __device__ inline uint64 finished(uint64 h) {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
}

/* hashes (n, 4): MurmurHash3 x64-128 of each key, whose 8 bytes end before the second half of a block begins */
KERNEL hash_keys(uint32 *hashes, const uint64 *keys, isize n, uint32 seed) {
    EACH(i, n) {
        uint64 k = keys[i] * 0x87c37b91114253d5ULL;
        k = ((k << 31) | (k >> 33)) * 0x4cf5ad432745937fULL;
        const uint64 start = seed ^ 8; /* 8: the length of a key */
        uint64 h1 = (k ^ start) + start, h2 = h1 + start;
        h1 = finished(h1);
        h2 = finished(h2);
        h1 += h2;
        h2 += h1;
        hashes[4 * i] = (uint32)h1;
        hashes[4 * i + 1] = (uint32)(h1 >> 32);
        hashes[4 * i + 2] = (uint32)h2;
        hashes[4 * i + 3] = (uint32)(h2 >> 32);
    }
}

/* hashes (n): MurmurHash64A, seed 0, of the `length` keys that begin at each place */
KERNEL hash_runs(uint64 *hashes, const uint64 *keys, isize n, isize length) {
    const uint64 m = 0xc6a4a7935bd1e995ULL;
    EACH(i, n) {
        uint64 h = 8 * (uint64)length * m;
        for (isize j = 0; j < length; j++) {
            uint64 k = keys[i + j] * m;
            k ^= k >> 47;
            h = (h ^ (k * m)) * m;
        }
        h ^= h >> 47;
        h *= m;
        hashes[i] = h ^ (h >> 47);
    }
}

/* Y (n, width) = sums of K rows of the table each; rows (n, K) */
KERNEL gather_add(real *Y, const real *table, const int *rows, isize n, isize K, isize width) {
    EACH(i, n * width) {
        real sum = 0;
        for (isize k = 0; k < K; k++)
            sum += table[(isize)rows[i / width * K + k] * width + i % width];
        Y[i] = sum;
    }
}

/* table[rows[i, k]] += values[i], for all k; negative rows are skipped. The order of a row's sums is left open. */
KERNEL scatter_add(real *table, const int *rows, const real *values, isize n, isize K, isize width) {
    EACH(i, n * K * width) {
        const isize row = rows[i / width], column = i % width;
        if (row >= 0)
            atomicAdd(&table[row * width + column], values[i / (K * width) * width + column]);
    }
}
