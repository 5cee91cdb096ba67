/* MurmurHash in the three forms that tagma's identifiers are made of.
 *
 * - tagma_hash64a:     MurmurHash64A, seed 1: keys of the string store
 * - tagma_hash32_x86:  MurmurHash3 x86 32-bit: bloom filters and small ids
 * - tagma_hash128_x64: MurmurHash3 x64 128-bit: rows of hashed embedding tables
 *
 * The algorithms are public domain (Austin Appleby); this is our own writing of them.
 * All forms read little-endian words through memcpy, so any alignment is fine.
 */
#ifndef TAGMA_HASHING_H
#define TAGMA_HASHING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t tagma_rotl64(uint64_t x, int r) { return (x << r) | (x >> (64 - r)); }
static inline uint32_t tagma_rotl32(uint32_t x, int r) { return (x << r) | (x >> (32 - r)); }

static inline uint64_t tagma_load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint32_t tagma_load32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static inline uint64_t tagma_hash64a(const void *key, size_t len, uint64_t seed) {
    const uint64_t m = 0xc6a4a7935bd1e995ULL;
    const uint8_t *p = (const uint8_t *)key;
    const uint8_t *stop = p + (len & ~(size_t)7);
    uint64_t h = seed ^ ((uint64_t)len * m);
    for (; p != stop; p += 8) {
        uint64_t k = tagma_load64(p) * m;
        k ^= k >> 47;
        h = (h ^ (k * m)) * m;
    }
    size_t rest = len & 7;
    if (rest) {
        uint64_t tail = 0;
        for (size_t i = 0; i < rest; i++) tail |= (uint64_t)p[i] << (8 * i);
        h = (h ^ tail) * m;
    }
    h ^= h >> 47;
    h *= m;
    return h ^ (h >> 47);
}

static inline uint32_t tagma_hash32_x86(const void *key, size_t len, uint32_t seed) {
    const uint32_t c1 = 0xcc9e2d51U, c2 = 0x1b873593U;
    const uint8_t *p = (const uint8_t *)key;
    const uint8_t *stop = p + (len & ~(size_t)3);
    uint32_t h = seed;
    for (; p != stop; p += 4) {
        h ^= tagma_rotl32(tagma_load32(p) * c1, 15) * c2;
        h = tagma_rotl32(h, 13) * 5 + 0xe6546b64U;
    }
    size_t rest = len & 3;
    if (rest) {
        uint32_t tail = 0;
        for (size_t i = 0; i < rest; i++) tail |= (uint32_t)p[i] << (8 * i);
        h ^= tagma_rotl32(tail * c1, 15) * c2;
    }
    h ^= (uint32_t)len;
    h ^= h >> 16;
    h *= 0x85ebca6bU;
    h ^= h >> 13;
    h *= 0xc2b2ae35U;
    return h ^ (h >> 16);
}

static inline uint64_t tagma_mix64(uint64_t k) {
    k ^= k >> 33;
    k *= 0xff51afd7ed558ccdULL;
    k ^= k >> 33;
    k *= 0xc4ceb9fe1a85ec53ULL;
    return k ^ (k >> 33);
}

static inline void tagma_hash128_x64(const void *key, size_t len, uint32_t seed, uint64_t out[2]) {
    const uint64_t c1 = 0x87c37b91114253d5ULL, c2 = 0x4cf5ad432745937fULL;
    const uint8_t *p = (const uint8_t *)key;
    const uint8_t *stop = p + (len & ~(size_t)15);
    uint64_t h1 = seed, h2 = seed;
    for (; p != stop; p += 16) {
        h1 ^= tagma_rotl64(tagma_load64(p) * c1, 31) * c2;
        h1 = (tagma_rotl64(h1, 27) + h2) * 5 + 0x52dce729ULL;
        h2 ^= tagma_rotl64(tagma_load64(p + 8) * c2, 33) * c1;
        h2 = (tagma_rotl64(h2, 31) + h1) * 5 + 0x38495ab5ULL;
    }
    size_t rest = len & 15;
    if (rest) {
        uint64_t k1 = 0, k2 = 0;
        for (size_t i = 0; i < rest && i < 8; i++) k1 |= (uint64_t)p[i] << (8 * i);
        for (size_t i = 8; i < rest; i++) k2 |= (uint64_t)p[i] << (8 * (i - 8));
        h2 ^= tagma_rotl64(k2 * c2, 33) * c1;
        h1 ^= tagma_rotl64(k1 * c1, 31) * c2;
    }
    h1 ^= (uint64_t)len;
    h2 ^= (uint64_t)len;
    h1 += h2;
    h2 += h1;
    h1 = tagma_mix64(h1);
    h2 = tagma_mix64(h2);
    h1 += h2;
    h2 += h1;
    out[0] = h1;
    out[1] = h2;
}

#endif
