/* Rows of a few 64-bit keys, numbered in the order in which they were first seen: an open-addressed hash table. */
#ifndef TAGMA_MEMO_H
#define TAGMA_MEMO_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tagma {

class Memo {
public:
  explicit Memo(size_t width = 1) : width_(width) { clear(); }

  size_t size() const { return count_; }

  void clear() {
    count_ = 0;
    rows_.clear();
    slots_.assign(64, -1);
  }

  /* The number of a row; `is_new` says whether it was given now. */
  int32_t number(const uint64_t *row, bool &is_new) {
    size_t mask = slots_.size() - 1, at = hash(row) & mask;
    for (; slots_[at] >= 0; at = (at + 1) & mask) {
      if (std::memcmp(&rows_[slots_[at] * width_], row, width_ * sizeof(uint64_t)) == 0) {
        is_new = false;
        return slots_[at];
      }
    }
    is_new = true;
    const int32_t found = static_cast<int32_t>(count_);
    rows_.insert(rows_.end(), row, row + width_);
    slots_[at] = found;
    ++count_;
    if (count_ * 2 > slots_.size()) grow();
    return found;
  }

private:
  size_t width_, count_ = 0;
  std::vector<uint64_t> rows_;
  std::vector<int32_t> slots_;

  /* The finalizer of MurmurHash3 over each key, chained: keys may be small numbers as well as hashes. */
  size_t hash(const uint64_t *row) const {
    uint64_t h = 0x9E3779B97F4A7C15ull;
    for (size_t i = 0; i < width_; ++i) {
      h ^= row[i];
      h ^= h >> 33;
      h *= 0xFF51AFD7ED558CCDull;
      h ^= h >> 33;
      h *= 0xC4CEB9FE1A85EC53ull;
      h ^= h >> 33;
    }
    return static_cast<size_t>(h);
  }

  void grow() {
    slots_.assign(slots_.size() * 2, -1);
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < count_; ++i) {
      size_t at = hash(&rows_[i * width_]) & mask;
      while (slots_[at] >= 0) at = (at + 1) & mask;
      slots_[at] = static_cast<int32_t>(i);
    }
  }
};

}  // namespace tagma

#endif
