/* Vectors of words from the vectors of their pieces, as floret makes them.
 *
 * The pieces of a text are the text between two marks, and all runs of minn to maxn of its characters, marks included.
 * Each piece has one to four rows of a table, by the four words of its 128-bit MurmurHash3; the vector of the text is
 * the mean of all these rows.
 */
#ifndef TAGMA_FLORET_H
#define TAGMA_FLORET_H

#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "hashing.h"

namespace tagma {

class Floret {
  public:
    Floret(const char *bow, size_t n_bow, const char *eow, size_t n_eow, int minn, int maxn, int hash_count,
           uint32_t seed, uint64_t n_rows)
        : bow_(bow, n_bow), eow_(eow, n_eow), minn_(minn), maxn_(maxn), hash_count_(hash_count), seed_(seed),
          n_rows_(n_rows) {}

    /* Rows of the pieces of a text, in their order; none for the empty text. */
    void rows(const char *text, size_t n, std::vector<int64_t> &found) const {
        found.clear();
        if (n == 0 || n_rows_ == 0) return;
        std::string word = bow_;
        word.append(text, n);
        word += eow_;
        std::vector<size_t> starts; /* of the characters, and the end */
        for (size_t i = 0; i < word.size(); i++)
            if (((unsigned char)word[i] & 0xC0) != 0x80) starts.push_back(i);
        starts.push_back(word.size());
        size_t length = starts.size() - 1;
        add(word.data(), word.size(), found);
        for (size_t size = (size_t)minn_; size <= (size_t)maxn_ && size <= length; size++)
            for (size_t i = 0; i + size <= length; i++)
                add(word.data() + starts[i], starts[i + size] - starts[i], found);
    }

    /* The mean of these rows of a table of `width` columns; zeros without rows. */
    static void mean(const std::vector<int64_t> &rows, const float *table, size_t width, float *out) {
        for (size_t j = 0; j < width; j++) out[j] = 0;
        for (int64_t row : rows) {
            const float *from = table + (size_t)row * width;
            for (size_t j = 0; j < width; j++) out[j] += from[j];
        }
        if (rows.empty()) return;
        float share = 1.0f / (float)rows.size();
        for (size_t j = 0; j < width; j++) out[j] *= share;
    }

    /* The vectors of texts, one behind the other; false where there is no memory for the work. */
    bool embed(const char *const *texts, const size_t *lengths, size_t n, const float *table, size_t width,
               float *out) const noexcept {
        try {
            std::vector<int64_t> found;
            for (size_t i = 0; i < n; i++) {
                rows(texts[i], lengths[i], found);
                mean(found, table, width, out + i * width);
            }
        } catch (const std::bad_alloc &) {
            return false;
        }
        return true;
    }

  private:
    std::string bow_, eow_;
    int minn_, maxn_, hash_count_;
    uint32_t seed_;
    uint64_t n_rows_;

    void add(const char *piece, size_t n, std::vector<int64_t> &found) const {
        uint64_t hash[2];
        tagma_hash128_x64(piece, n, seed_, hash);
        const uint32_t words[4] = {(uint32_t)hash[0], (uint32_t)(hash[0] >> 32), (uint32_t)hash[1],
                                   (uint32_t)(hash[1] >> 32)};
        for (int i = 0; i < hash_count_; i++) found.push_back((int64_t)(words[i] % n_rows_));
    }
};

}  // namespace tagma

#endif
