// What the tokenizer knows about chunks (what stands between white space): a cache from the hash of a chunk's UTF-8
// bytes to lexeme rows, special cases that reach over tokens, and the reading of chunks from a text's own buffer.
#ifndef TAGMA_TOKENIZER_CHUNKS_H
#define TAGMA_TOKENIZER_CHUNKS_H

#include <Python.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "hashing.h"

namespace tagma {

// Chunks up to this many code points are cached; longer ones are rare, and could fill the memory.
const int64_t LONGEST_CACHED = 48;

inline void append(std::vector<int32_t> &rows, const int32_t *more, size_t n) { rows.insert(rows.end(), more, more + n); }

// Tokens of a chunk, with no space after them yet. Most chunks are one token, for which the general way takes three times as long.
inline void append_tokens(std::vector<int32_t> &rows, std::vector<uint8_t> &spacy, const int32_t *more, size_t n) {
    if (n == 1) {
        rows.push_back(*more);
        spacy.push_back(0);
        return;
    }
    append(rows, more, n);
    spacy.resize(rows.size(), 0);
}

// Open addressing, linear probing. Keys are 64-bit hashes and are trusted to be unique.
class ChunkCache {
  public:
    struct Entry {
        uint64_t key;
        int32_t count;  // tokens; 0: the slot is free
        int32_t value;  // the row of a single token, or where the rows begin in the pool
    };

    ChunkCache() { clear(); }

    const Entry *find(uint64_t key) const {
        for (size_t i = key & mask_;; i = (i + 1) & mask_) {
            const Entry &entry = slots_[i];
            if (entry.count == 0) return nullptr;
            if (entry.key == key) return &entry;
        }
    }

    // The key must be absent, n at least 1.
    void insert(uint64_t key, const int32_t *rows, size_t n) {
        if ((used_ + 1) * 2 > slots_.size()) grow();
        Entry entry = {key, static_cast<int32_t>(n), rows[0]};
        if (n > 1) {
            entry.value = static_cast<int32_t>(pool_.size());
            pool_.insert(pool_.end(), rows, rows + n);
        }
        place(entry);
        used_++;
    }

    const int32_t *rows(const Entry *entry) const { return entry->count == 1 ? &entry->value : &pool_[entry->value]; }

    void clear() {
        slots_.assign(1024, Entry());
        mask_ = slots_.size() - 1;
        used_ = 0;
        pool_.clear();
    }

    size_t size() const { return used_; }

  private:
    void place(const Entry &entry) {
        size_t i = entry.key & mask_;
        while (slots_[i].count) i = (i + 1) & mask_;
        slots_[i] = entry;
    }

    void grow() {
        std::vector<Entry> old(slots_.size() * 2, Entry());
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        for (const Entry &entry : old)
            if (entry.count) place(entry);
    }

    std::vector<Entry> slots_;
    std::vector<int32_t> pool_;
    size_t mask_, used_;
};

// Special cases as sequences of token texts, to be found among tokens that the affix rules have split.
class SpanRules {
  public:
    struct Span {
        int64_t start, end;
    };

    void add(const std::vector<uint64_t> &orths) {
        if (orths.empty()) return;
        std::vector<int32_t> &rules = by_first_[orths[0]];
        for (int32_t rule : rules)
            if (rules_[rule] == orths) return;
        rules.push_back(static_cast<int32_t>(rules_.size()));
        rules_.push_back(orths);
    }

    bool empty() const { return rules_.empty(); }

    void clear() {
        rules_.clear();
        by_first_.clear();
    }

    // Spans where a rule matches, without overlaps, in order. Of those that overlap the longest wins, then the first;
    // one that loses still blocks the next, as in the peer.
    void find(const std::vector<uint64_t> &orths, std::vector<Span> &spans) const {
        spans.clear();
        const int64_t n = static_cast<int64_t>(orths.size());
        for (int64_t i = 0; i < n; i++) {
            auto found = by_first_.find(orths[i]);
            if (found == by_first_.end()) continue;
            for (int32_t number : found->second) {
                const std::vector<uint64_t> &rule = rules_[number];
                int64_t length = static_cast<int64_t>(rule.size());
                if (i + length <= n && std::equal(rule.begin(), rule.end(), orths.begin() + i))
                    spans.push_back({i, i + length});
            }
        }
        if (spans.size() < 2) return;
        std::stable_sort(spans.begin(), spans.end(), [](const Span &a, const Span &b) {
            int64_t la = a.end - a.start, lb = b.end - b.start;
            return la != lb ? la > lb : a.start < b.start;
        });
        std::vector<bool> taken(n, false);
        std::vector<Span> kept;
        for (const Span &span : spans) {
            if (!taken[span.start] && !taken[span.end - 1]) kept.push_back(span);
            std::fill(taken.begin() + span.start, taken.begin() + span.end, true);
        }
        std::sort(kept.begin(), kept.end(), [](const Span &a, const Span &b) { return a.start < b.start; });
        spans.swap(kept);
    }

  private:
    std::vector<std::vector<uint64_t>> rules_;
    std::unordered_map<uint64_t, std::vector<int32_t>> by_first_;
};

// A chunk that is not in the cache: its code points, its UTF-8 bytes, and where each code point begins in them.
struct Chunk {
    std::vector<uint32_t> points;
    std::vector<int64_t> byte_at;
    std::string utf8;

    const char *bytes(int64_t a) const { return utf8.data() + byte_at[a]; }
    int64_t n_bytes(int64_t a, int64_t b) const { return byte_at[b] - byte_at[a]; }
    uint64_t hash(int64_t a, int64_t b) const { return tagma_hash64a(bytes(a), n_bytes(a, b), 1); }
};

// UTF-8 of one code point; returns the number of bytes, or 0 for a surrogate.
inline int put_utf8(uint32_t c, char *out) {
    if (c < 0x80) {
        out[0] = static_cast<char>(c);
        return 1;
    }
    if (c < 0x800) {
        out[0] = static_cast<char>(0xC0 | (c >> 6));
        out[1] = static_cast<char>(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        if (c >= 0xD800 && c < 0xE000) return 0;
        out[0] = static_cast<char>(0xE0 | (c >> 12));
        out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out[2] = static_cast<char>(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = static_cast<char>(0xF0 | (c >> 18));
    out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out[3] = static_cast<char>(0x80 | (c & 0x3F));
    return 4;
}

// str.isspace for every character below 256.
struct SpaceTable {
    bool is[256];
    SpaceTable() {
        for (int c = 0; c < 256; c++) is[c] = Py_UNICODE_ISSPACE(static_cast<Py_UCS4>(c));
    }
};
inline const SpaceTable &space_table() {
    static const SpaceTable table;
    return table;
}

// The buffer of a str, in whichever width CPython keeps it.
class TextReader {
  public:
    TextReader() = default;
    TextReader(const void *data, int kind, bool ascii, int64_t length)
        : length_(length), data_(data), kind_(kind), ascii_(ascii), spaces_(space_table().is) {}

    uint32_t at(int64_t i) const {
        if (kind_ == 1) return static_cast<const uint8_t *>(data_)[i];
        if (kind_ == 2) return static_cast<const uint16_t *>(data_)[i];
        return static_cast<const uint32_t *>(data_)[i];
    }

    bool space_at(int64_t i) const { return is_space(at(i)); }

    // First position from i on whose character is (not) white space.
    int64_t end_of_run(int64_t i, bool space) const {
        if (kind_ == 1) return run(static_cast<const uint8_t *>(data_), i, space);
        if (kind_ == 2) return run(static_cast<const uint16_t *>(data_), i, space);
        return run(static_cast<const uint32_t *>(data_), i, space);
    }

    // Hash of the UTF-8 bytes of at most LONGEST_CACHED characters; false if one of them is a surrogate.
    bool hash(int64_t a, int64_t b, uint64_t *key) const {
        if (ascii_) {
            *key = tagma_hash64a(static_cast<const char *>(data_) + a, b - a, 1);
            return true;
        }
        char bytes[LONGEST_CACHED * 4];
        int n = 0;
        for (int64_t i = a; i < b; i++) {
            int step = put_utf8(at(i), bytes + n);
            if (step == 0) return false;
            n += step;
        }
        *key = tagma_hash64a(bytes, n, 1);
        return true;
    }

    // Read a chunk; the position of the first surrogate, or -1 if there is none.
    int64_t read(int64_t a, int64_t b, Chunk &chunk) const {
        chunk.points.resize(b - a);
        chunk.byte_at.resize(b - a + 1);
        chunk.utf8.resize((b - a) * (ascii_ ? 1 : 4));
        char *out = &chunk.utf8[0];
        int64_t n = 0;
        for (int64_t i = a; i < b; i++) {
            uint32_t c = at(i);
            int step = put_utf8(c, out + n);
            if (step == 0) return i;
            chunk.points[i - a] = c;
            chunk.byte_at[i - a] = n;
            n += step;
        }
        chunk.byte_at[b - a] = n;
        chunk.utf8.resize(n);
        return -1;
    }

  private:
    bool is_space(uint32_t c) const { return c < 256 ? spaces_[c] : Py_UNICODE_ISSPACE(static_cast<Py_UCS4>(c)); }

    template <class T>
    int64_t run(const T *s, int64_t i, bool space) const {
        while (i < length_ && is_space(s[i]) == space) i++;
        return i;
    }

    int64_t length_ = 0;
    const void *data_ = nullptr;
    int kind_ = 1;
    bool ascii_ = true;
    const bool *spaces_ = nullptr;
};

}  // namespace tagma

#endif
