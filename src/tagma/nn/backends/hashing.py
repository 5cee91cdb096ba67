"""The hash functions of the library in vectorised uint64 arithmetic: MurmurHash3 x64-128, x86-32 and MurmurHash64A.

Austin Appleby, https://github.com/aappleby/smhasher (public domain). Embedding rows depend on every bit of these.
Overflow wraps, as the algorithms want.
"""

from __future__ import annotations

from typing import Any

_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
_F1, _F2 = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53
_M64 = 0xC6A4A7935BD1E995
_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF


def murmur3_128(xp: Any, ids: Any, seed: int) -> Any:
    """uint64 (n,) → uint32 (n, 4): low and high half of h1, then of h2. Raises ValueError unless 0 ≤ seed < 2³²."""
    if not 0 <= seed <= _MASK32:
        raise ValueError(f"hash: the seed must lie in 0 … 2**32 - 1, but is {seed}")
    u64 = xp.uint64
    k = xp.ascontiguousarray(ids).astype("uint64") * u64(_C1)
    k = (k << u64(31)) | (k >> u64(33))
    k *= u64(_C2)
    start = seed ^ 8  # both halves start at the seed; the key's length, 8 bytes, is mixed in at the end
    h1 = k ^ u64(start)
    h1 += u64(start)
    h2 = h1 + u64(start)
    h1, h2 = _fmix64(xp, h1), _fmix64(xp, h2)
    h1 += h2
    h2 += h1
    return xp.stack([h1, h2], axis=1).astype("<u8").view("<u4").astype("uint32", copy=False)


def _fmix64(xp: Any, h: Any) -> Any:
    u64 = xp.uint64
    h = h ^ (h >> u64(33))
    h *= u64(_F1)
    h ^= h >> u64(33)
    h *= u64(_F2)
    h ^= h >> u64(33)
    return h


def ngrams(xp: Any, n: int, keys: Any) -> Any:
    """MurmurHash64A, seed 0, of every run of n keys: uint64 (m,) → uint64 (max(0, m − n + 1),); n < 1 gives none."""
    count = max(0, len(keys) - n + 1) if n >= 1 else 0
    u64 = xp.uint64
    if not count:
        return xp.zeros((0,), dtype="uint64")
    k = xp.ascontiguousarray(keys).astype("uint64") * u64(_M64)
    k ^= k >> u64(47)
    k *= u64(_M64)
    h = xp.full((count,), (8 * n * _M64) & _MASK64, dtype="uint64")
    for i in range(n):
        h ^= k[i : i + count]
        h *= u64(_M64)
    h ^= h >> u64(47)
    h *= u64(_M64)
    h ^= h >> u64(47)
    return h


def murmur3_32_keys(xp: Any, keys: Any, seed: int) -> Any:
    """MurmurHash3 x86-32 of each 8-byte little-endian key: uint64 (n,) → uint32 (n,)."""
    keys = xp.ascontiguousarray(keys).astype("uint64")
    h = xp.full(keys.shape, seed, dtype="uint64")
    for shift in (0, 32):
        block = (keys >> xp.uint64(shift)) & xp.uint64(_MASK32)
        h ^= _scramble32(xp, block)
        h = ((h << xp.uint64(13)) | (h >> xp.uint64(19))) & xp.uint64(_MASK32)
        h = (h * xp.uint64(5) + xp.uint64(0xE6546B64)) & xp.uint64(_MASK32)
    return _fmix32(xp, h ^ xp.uint64(8)).astype("uint32")


def _scramble32(xp: Any, k: Any) -> Any:
    k = (k * xp.uint64(0xCC9E2D51)) & xp.uint64(_MASK32)
    k = ((k << xp.uint64(15)) | (k >> xp.uint64(17))) & xp.uint64(_MASK32)
    return (k * xp.uint64(0x1B873593)) & xp.uint64(_MASK32)


def _fmix32(xp: Any, h: Any) -> Any:
    h ^= h >> xp.uint64(16)
    h = (h * xp.uint64(0x85EBCA6B)) & xp.uint64(_MASK32)
    h ^= h >> xp.uint64(13)
    h = (h * xp.uint64(0xC2B2AE35)) & xp.uint64(_MASK32)
    return h ^ (h >> xp.uint64(16))


def murmur3_32_bytes(data: bytes, seed: int = 0) -> int:
    """MurmurHash3 x86-32 of some bytes, unsigned."""
    h = seed
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        h ^= _scramble32_int(int.from_bytes(data[i : i + 4], "little"))
        h = ((h << 13) | (h >> 19)) & _MASK32
        h = (h * 5 + 0xE6546B64) & _MASK32
    if len(data) > whole:
        h ^= _scramble32_int(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & _MASK32
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & _MASK32
    return h ^ (h >> 16)


def _scramble32_int(k: int) -> int:
    k = (k * 0xCC9E2D51) & _MASK32
    k = ((k << 15) | (k >> 17)) & _MASK32
    return (k * 0x1B873593) & _MASK32
