// Interned texts: 64-bit key -> UTF-8 bytes. Knows nothing of Python.
//
// Texts lie in an arena of blocks that never move, so pointers to them stay good until a zone that added them ends.
// Keys are MurmurHash64A (seed 1) of the bytes; the names in `symbols` keep their small ids, the empty text is 0.
#ifndef TAGMA_STRING_TABLE_H
#define TAGMA_STRING_TABLE_H

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "hashing.h"

namespace tagma {

// Open addressing from a well-mixed 64-bit key to an index, linear probing; deletion shifts back, so no tombstones.
class KeyMap {
  public:
    KeyMap() : slots_(64), mask_(63), used_(0) {}

    int32_t find(uint64_t key) const {
        for (size_t i = key & mask_;; i = (i + 1) & mask_) {
            const Slot &slot = slots_[i];
            if (slot.index < 0) return -1;
            if (slot.key == key) return slot.index;
        }
    }

    // The key must be absent.
    void insert(uint64_t key, int32_t index) {
        if ((used_ + 1) * 2 > slots_.size()) grow();
        place(key, index);
        used_++;
    }

    void erase(uint64_t key) {
        size_t i = key & mask_;
        while (slots_[i].index >= 0 && slots_[i].key != key) i = (i + 1) & mask_;
        if (slots_[i].index < 0) return;
        for (size_t j = (i + 1) & mask_; slots_[j].index >= 0; j = (j + 1) & mask_) {
            size_t home = slots_[j].key & mask_;
            if (((j - home) & mask_) >= ((j - i) & mask_)) {
                slots_[i] = slots_[j];
                i = j;
            }
        }
        slots_[i] = Slot();
        used_--;
    }

  private:
    struct Slot {
        uint64_t key = 0;
        int32_t index = -1;
    };

    void place(uint64_t key, int32_t index) {
        size_t i = key & mask_;
        while (slots_[i].index >= 0) i = (i + 1) & mask_;
        slots_[i].key = key;
        slots_[i].index = index;
    }

    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        for (const Slot &slot : old)
            if (slot.index >= 0) place(slot.key, slot.index);
    }

    std::vector<Slot> slots_;
    size_t mask_;
    size_t used_;
};

// The names with small ids. One per process, filled when `tagma.strings` is imported, read-only afterwards.
class SymbolTable {
  public:
    void add(const char *s, size_t n, uint64_t id) {
        map_.insert(tagma_hash64a(s, n, 1), static_cast<int32_t>(id));
        if (names_.size() <= id) names_.resize(id + 1);
        names_[id] = std::string(s, n);
        if (n > longest_) longest_ = n;
    }

    uint64_t key_of(const char *s, size_t n) const {
        if (n == 0) return 0;
        uint64_t hash = tagma_hash64a(s, n, 1);
        if (n > longest_) return hash;
        int32_t id = map_.find(hash);
        return id < 0 ? hash : static_cast<uint64_t>(id);
    }

    const char *get(uint64_t id, size_t *n) const {
        if (id >= names_.size() || (id != 0 && names_[id].empty())) return nullptr;
        *n = names_[id].size();
        return names_[id].data();
    }

  private:
    KeyMap map_;
    std::vector<std::string> names_;
    size_t longest_ = 0;
};

class StringTable {
  public:
    explicit StringTable(const SymbolTable *symbols) : symbols_(symbols) {}

    uint64_t key_of(const char *s, size_t n) const { return symbols_->key_of(s, n); }

    uint64_t add(const char *s, size_t n, bool permanent) {
        uint64_t key = symbols_->key_of(s, n);
        add_key(key, s, n, permanent);
        return key;
    }

    // For callers that hashed already: `key` must be key_of(s, n).
    void add_key(uint64_t key, const char *s, size_t n, bool permanent) {
        size_t symbol_length;
        int32_t found = map_.find(key);
        if (found >= 0) {
            entries_[found].permanent |= permanent;
            return;
        }
        if (symbols_->get(key, &symbol_length)) return;
        Entry entry = {key, store(s, n), n, permanent};
        entries_.push_back(entry);
        map_.insert(key, static_cast<int32_t>(entries_.size() - 1));
    }

    // Bytes of a key or nullptr; the pointer is good until the zone that added the text ends.
    const char *get(uint64_t key, size_t *n) const {
        int32_t found = map_.find(key);
        if (found < 0) return symbols_->get(key, n);
        *n = entries_[found].length;
        return entries_[found].text;
    }

    size_t size() const { return entries_.size(); }
    uint64_t key_at(size_t i) const { return entries_[i].key; }
    size_t bytes() const { return bytes_; }

    void clear() { *this = StringTable(symbols_); }

    bool in_zone() const { return in_zone_; }

    void begin_zone() {
        in_zone_ = true;
        mark_ = entries_.size();
        // What the zone adds starts on a block of its own, so that whole blocks can be released.
        zone_blocks_ = blocks_.size();
        room_ = 0;
    }

    // Release what the zone added, except what was added as permanent.
    void end_zone() {
        std::vector<std::pair<uint64_t, std::string>> kept;
        for (size_t i = mark_; i < entries_.size(); i++) {
            map_.erase(entries_[i].key);
            if (entries_[i].permanent) kept.emplace_back(entries_[i].key, std::string(entries_[i].text, entries_[i].length));
        }
        entries_.resize(mark_);
        for (size_t i = zone_blocks_; i < blocks_.size(); i++) bytes_ -= blocks_[i].size;
        blocks_.resize(zone_blocks_);
        room_ = 0;
        in_zone_ = false;
        for (const auto &item : kept) add_key(item.first, item.second.data(), item.second.size(), true);
        // Zones that keep something would leave one almost empty block each: repack when blocks outnumber their use.
        if (!kept.empty()) repack();
    }

  private:
    struct Entry {
        uint64_t key;
        const char *text;
        size_t length;
        bool permanent;
    };
    struct Block {
        std::unique_ptr<char[]> data;
        size_t size;
    };
    static constexpr size_t kBlock = 1 << 16;

    const char *store(const char *s, size_t n) {
        if (n > room_) {
            size_t size = n > kBlock / 4 ? n : (in_zone_ || blocks_.empty() ? kBlock / 8 : kBlock);
            if (size < n) size = n;
            blocks_.push_back(Block{std::unique_ptr<char[]>(new char[size]), size});
            bytes_ += size;
            next_ = blocks_.back().data.get();
            room_ = size;
        }
        char *at = next_;
        std::memcpy(at, s, n);
        next_ += n;
        room_ -= n;
        return at;
    }

    void repack() {
        size_t used = 0;
        for (const Entry &entry : entries_) used += entry.length;
        if (bytes_ < 2 * used + 4 * kBlock) return;
        std::vector<Block> old;
        old.swap(blocks_);
        bytes_ = 0;
        room_ = 0;
        for (Entry &entry : entries_) entry.text = store(entry.text, entry.length);
    }

    const SymbolTable *symbols_;
    KeyMap map_;
    std::vector<Entry> entries_;
    std::vector<Block> blocks_;
    char *next_ = nullptr;
    size_t room_ = 0;
    size_t bytes_ = 0;
    size_t mark_ = 0;
    size_t zone_blocks_ = 0;
    bool in_zone_ = false;
};

}  // namespace tagma

#endif
