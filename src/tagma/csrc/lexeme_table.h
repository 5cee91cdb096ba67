// The lexeme table: one row per distinct text (and per other norm of a text), one column per lexical attribute.
//
// Row creation fills `orth` and `length` only; the other columns are filled lazily, up to a count that each column
// remembers. A *variant* row repeats a text with a norm of its own; all other values are those of its primary row.
// The row of the empty text, key 0, is no word: all its values are 0, and it is not counted.
#ifndef TAGMA_LEXEME_TABLE_H
#define TAGMA_LEXEME_TABLE_H

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "string_table.h"

namespace tagma {

// Columns of 64-bit values, in the order of the attribute ids ORTH .. SUFFIX, then ID (the rank of the vectors).
enum LexemeColumn { LEX_ORTH, LEX_LOWER, LEX_NORM, LEX_SHAPE, LEX_PREFIX, LEX_SUFFIX, LEX_ID, LEX_COLUMNS };

class LexemeTable {
  public:
    LexemeTable() : n_words_(0) {
        for (int i = 0; i < LEX_COLUMNS; i++) filled_[i] = 0;
        for (int i = 0; i < 64; i++) flag_filled_[i] = 0;
    }

    int32_t find(uint64_t orth) const { return primaries_.find(orth); }

    int32_t find_variant(uint64_t orth, uint64_t norm) const { return variants_.find(pair_key(orth, norm)); }

    int32_t add(uint64_t orth, int32_t length) {
        int32_t row = append(orth, length, -1);
        primaries_.insert(orth, row);
        n_words_ += orth != 0;
        return row;
    }

    int32_t add_variant(int32_t of, uint64_t norm) {
        int32_t row = append(orth()[of], length_[of], of);
        columns_[LEX_NORM][row] = norm;
        variants_.insert(pair_key(orth()[of], norm), row);
        return row;
    }

    int32_t size() const { return static_cast<int32_t>(length_.size()); }
    int32_t n_words() const { return n_words_; }
    int32_t primary_of(int32_t row) const { return primary_[row] < 0 ? row : primary_[row]; }
    bool is_variant(int32_t row) const { return primary_[row] >= 0; }

    const uint64_t *orth() const { return columns_[LEX_ORTH].data(); }
    const int32_t *length() const { return length_.data(); }
    uint64_t *column(int which) { return columns_[which].data(); }
    uint64_t *flags() { return flags_.data(); }

    bool flag(int32_t row, int bit) const { return (flags_[row] >> bit) & 1; }
    void set_flag(int32_t row, int bit, bool value) {
        flags_[row] = (flags_[row] & ~(uint64_t(1) << bit)) | (uint64_t(value) << bit);
    }

    int32_t filled(int which) const { return which == LEX_ORTH ? size() : filled_[which]; }
    void set_filled(int which, int32_t n) { filled_[which] = n; }
    int32_t flag_filled(int bit) const { return flag_filled_[bit]; }
    void set_flag_filled(int bit, int32_t n) { flag_filled_[bit] = n; }

    // Release the rows from n on.
    void truncate(int32_t n) {
        for (int32_t row = n; row < size(); row++) {
            uint64_t word = orth()[row];
            if (is_variant(row))
                variants_.erase(pair_key(word, columns_[LEX_NORM][row]));
            else {
                primaries_.erase(word);
                n_words_ -= word != 0;
            }
        }
        for (int i = 0; i < LEX_COLUMNS; i++) {
            columns_[i].resize(n);
            if (filled_[i] > n) filled_[i] = n;
        }
        for (int i = 0; i < 64; i++)
            if (flag_filled_[i] > n) flag_filled_[i] = n;
        flags_.resize(n);
        length_.resize(n);
        primary_.resize(n);
    }

  private:
    static uint64_t pair_key(uint64_t orth, uint64_t norm) {
        uint64_t pair[2] = {orth, norm};
        return tagma_hash64a(pair, sizeof pair, 7);
    }

    int32_t append(uint64_t orth, int32_t length, int32_t of) {
        if (length_.size() >= INT32_MAX - 1) throw std::length_error("the lexeme table is full");
        columns_[LEX_ORTH].push_back(orth);
        for (int i = 1; i < LEX_COLUMNS; i++) columns_[i].push_back(0);
        flags_.push_back(0);
        length_.push_back(length);
        primary_.push_back(of);
        return size() - 1;
    }

    KeyMap primaries_, variants_;
    std::vector<uint64_t> columns_[LEX_COLUMNS];
    std::vector<uint64_t> flags_;
    std::vector<int32_t> length_, primary_;
    int32_t filled_[LEX_COLUMNS];
    int32_t flag_filled_[64];
    int32_t n_words_;
};

}  // namespace tagma

#endif
