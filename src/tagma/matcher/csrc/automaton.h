// Token patterns as an automaton over classes of tokens. Knows nothing of Python.
//
// What patterns ask of single attributes are *atoms* ("LOWER is cats", "TAG in NN, NNS"), numbered from 0. A *spec* is
// what one item of a pattern asks of a token: atoms that hold and atoms that do not. A *profile* is the set of atoms
// that hold for a token; profiles are numbered, 0 is the empty one, and tokens with one profile are the same to the
// automaton. So attributes are looked at once for each distinct value, and what follows compares small numbers.
#ifndef TAGMA_AUTOMATON_H
#define TAGMA_AUTOMATON_H

#include <algorithm>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "string_table.h"

namespace tagma {

enum Operator : uint8_t { ONE, NOT, OPTIONAL, STAR };

// One item of an expanded pattern: `spec` -1 asks nothing, `token` is the token pattern that it was made from.
struct Item {
    int32_t spec;
    int32_t token;
    int32_t key;
    Operator op;
    bool last;
    bool ambiguous;  // paths through this pattern can meet again
    int32_t first;   // item of the pattern
};

struct Match {
    int32_t key, start, end;
    int32_t trail;  // where the path ends among Run::trails, -1 for none
};

// Tokens with one profile: the specs that hold, in order, and the patterns that can begin here.
struct TokenClass {
    std::vector<int32_t> specs;
    std::vector<int32_t> starts;

    bool holds(int32_t spec) const { return spec < 0 || std::binary_search(specs.begin(), specs.end(), spec); }
};

inline uint64_t mixed(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

// The patterns. Does not change once it is in use.
class Automaton {
  public:
    // A literal is an atom that holds (2 * atom) or does not (2 * atom + 1). Specs are numbered from 0.
    void add_spec(const std::vector<int32_t> &literals) {
        int32_t spec = static_cast<int32_t>(specs_.size());
        specs_.push_back(literals);
        for (int32_t literal : literals)
            if (literal % 2 == 0) {
                size_t atom = literal / 2;
                if (by_atom_.size() <= atom) by_atom_.resize(atom + 1);
                by_atom_[atom].push_back(spec);
                return;
            }
        unindexed_.push_back(spec);
    }

    void begin_pattern() { firsts_.push_back(static_cast<int32_t>(items_.size())); }

    void add_item(int32_t key, int32_t spec, int op, int32_t token) {
        items_.push_back({spec, token, key, static_cast<Operator>(op), false, false, firsts_.back()});
    }

    // A pattern without items finds nothing.
    void end_pattern() {
        size_t first = firsts_.back();
        if (first == items_.size()) {
            firsts_.pop_back();
            return;
        }
        int32_t pattern = static_cast<int32_t>(firsts_.size()) - 1;
        items_.back().last = true;
        int optional = 0;
        for (size_t i = first; i < items_.size(); i++) optional += items_[i].op == OPTIONAL || items_[i].op == STAR;
        for (size_t i = first; i < items_.size(); i++) items_[i].ambiguous = optional > 1;
        for (size_t i = first; i < items_.size(); i++) {
            const Item &item = items_[i];
            if (item.op == NOT || item.spec < 0)
                anywhere_.push_back(pattern);
            else {
                if (by_spec_.size() <= static_cast<size_t>(item.spec)) by_spec_.resize(item.spec + 1);
                by_spec_[item.spec].push_back(pattern);
            }
            if (item.op == ONE || item.op == NOT) break;
        }
    }

    // The atom holds for this value of a column; a value may be named by several atoms.
    void name(size_t column, uint64_t value, int32_t atom) {
        if (named_.size() <= column) named_.resize(column + 1);
        named_[column][value].push_back(atom);
    }

    const std::unordered_map<uint64_t, std::vector<int32_t>> &named(size_t column) const {
        static const std::unordered_map<uint64_t, std::vector<int32_t>> none;
        return column < named_.size() ? named_[column] : none;
    }

    const Item &item(int32_t i) const { return items_[i]; }
    int32_t first_of(int32_t pattern) const { return firsts_[pattern]; }

    // The class of the tokens for which exactly these atoms hold.
    std::unique_ptr<TokenClass> class_of(const std::vector<int32_t> &atoms) const {
        std::unique_ptr<TokenClass> found(new TokenClass);
        for (int32_t atom : atoms)
            if (static_cast<size_t>(atom) < by_atom_.size())
                for (int32_t spec : by_atom_[atom])
                    if (satisfied(spec, atoms)) found->specs.push_back(spec);
        for (int32_t spec : unindexed_)
            if (satisfied(spec, atoms)) found->specs.push_back(spec);
        std::sort(found->specs.begin(), found->specs.end());
        std::vector<int32_t> &starts = found->starts;
        for (int32_t pattern : anywhere_)
            if (can_start(pattern, *found)) starts.push_back(pattern);
        for (int32_t spec : found->specs)
            if (static_cast<size_t>(spec) < by_spec_.size())
                for (int32_t pattern : by_spec_[spec])
                    if (can_start(pattern, *found)) starts.push_back(pattern);
        std::sort(starts.begin(), starts.end());
        starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
        return found;
    }

  private:
    bool satisfied(int32_t spec, const std::vector<int32_t> &atoms) const {
        for (int32_t literal : specs_[spec])
            if (std::binary_search(atoms.begin(), atoms.end(), literal / 2) == (literal % 2 == 1)) return false;
        return true;
    }

    // Whether the pattern takes such a token as its first one.
    bool can_start(int32_t pattern, const TokenClass &token) const {
        for (int32_t i = firsts_[pattern];; i++) {
            bool holds = token.holds(items_[i].spec);
            if (holds != (items_[i].op == NOT)) return true;
            if (items_[i].op == ONE || items_[i].op == NOT || items_[i].last) return false;
        }
    }

    std::vector<std::unordered_map<uint64_t, std::vector<int32_t>>> named_;
    std::vector<std::vector<int32_t>> specs_;
    std::vector<std::vector<int32_t>> by_atom_;  // specs by the first atom that they ask for
    std::vector<int32_t> unindexed_;             // specs that ask for none
    std::vector<Item> items_;
    std::vector<int32_t> firsts_;                // first item of each pattern
    std::vector<std::vector<int32_t>> by_spec_;  // patterns by the specs that can take their first token
    std::vector<int32_t> anywhere_;              // patterns that a token can begin for which no spec holds
};

// What was learned of values of attributes: which profile they have. Grows until it is thrown away as a whole.
class Profiles {
  public:
    // `tested` says which columns have atoms besides those that name values: their values must be learned.
    Profiles(const Automaton &automaton, const std::vector<uint8_t> &tested)
        : automaton_(automaton), tested_(tested), columns_(tested.size()) {
        intern({});
        for (size_t column = 0; column < tested.size(); column++)
            if (!tested[column])
                for (const auto &value : automaton.named(column)) learn(column, value.first, {});
    }

    // -1 for a value that must be learned.
    int32_t find(size_t column, uint64_t value) const {
        int32_t known = columns_[column].find(mixed(value));
        return known < 0 && !tested_[column] ? 0 : known;
    }

    // Note the tests that hold for a value, beside the atoms that name it.
    void learn(size_t column, uint64_t value, std::vector<int32_t> atoms) {
        const auto &named = automaton_.named(column);
        auto found = named.find(value);
        if (found != named.end()) atoms.insert(atoms.end(), found->second.begin(), found->second.end());
        std::sort(atoms.begin(), atoms.end());
        int32_t profile = intern(atoms);
        columns_[column].erase(mixed(value));
        columns_[column].insert(mixed(value), profile);
        learned_++;
    }

    // The profile of a token of which two attributes, or groups of attributes, have these profiles.
    int32_t join(int32_t a, int32_t b) {
        if (a == 0 || b == 0) return a + b;
        uint64_t pair = mixed(uint64_t(uint32_t(a)) << 32 | uint32_t(b));
        int32_t known = pairs_.find(pair);
        if (known >= 0) return known;
        std::vector<int32_t> atoms(atoms_[a].size() + atoms_[b].size());
        std::merge(atoms_[a].begin(), atoms_[a].end(), atoms_[b].begin(), atoms_[b].end(), atoms.begin());
        int32_t joined = intern(atoms);
        pairs_.insert(pair, joined);
        learned_++;
        return joined;
    }

    int32_t intern(const std::vector<int32_t> &atoms) {
        auto found = ids_.find(atoms);
        if (found != ids_.end()) return found->second;
        int32_t profile = static_cast<int32_t>(atoms_.size());
        atoms_.push_back(atoms);
        classes_.emplace_back();
        ids_.emplace(atoms, profile);
        return profile;
    }

    // Stays where it is as long as this object lives.
    const TokenClass *class_of(int32_t profile) {
        if (!classes_[profile]) classes_[profile] = automaton_.class_of(atoms_[profile]);
        return classes_[profile].get();
    }

    size_t size() const { return learned_ + atoms_.size(); }

    std::vector<int32_t> rows;  // profile by row of the lexeme table, -1 where it is not known

  private:
    struct Hash {
        size_t operator()(const std::vector<int32_t> &atoms) const {
            return tagma_hash64a(atoms.data(), atoms.size() * sizeof(int32_t), 1);
        }
    };

    const Automaton &automaton_;
    std::vector<uint8_t> tested_;
    std::vector<KeyMap> columns_;
    KeyMap pairs_;
    std::unordered_map<std::vector<int32_t>, int32_t, Hash> ids_;
    std::vector<std::vector<int32_t>> atoms_;
    std::vector<std::unique_ptr<TokenClass>> classes_;
    size_t learned_ = 0;
};

// A set of triples that were found, by their place in a list.
class MatchSet {
  public:
    MatchSet() : slots_(64, -1) {}

    // Append the match unless there is one of its key, start and end.
    void add(std::vector<Match> &matches, const Match &match) {
        size_t mask = slots_.size() - 1;
        size_t i = place(match) & mask;
        for (; slots_[i] >= 0; i = (i + 1) & mask) {
            const Match &other = matches[slots_[i]];
            if (other.start == match.start && other.end == match.end && other.key == match.key) return;
        }
        slots_[i] = static_cast<int32_t>(matches.size());
        matches.push_back(match);
        if (matches.size() * 2 > slots_.size()) grow(matches);
    }

  private:
    static uint64_t place(const Match &match) {
        return mixed((uint64_t(uint32_t(match.start)) << 32 | uint32_t(match.end)) + 0x9e3779b97f4a7c15ULL * match.key);
    }

    void grow(const std::vector<Match> &matches) {
        slots_.assign(slots_.size() * 2, -1);
        size_t mask = slots_.size() - 1;
        for (size_t m = 0; m < matches.size(); m++) {
            size_t i = place(matches[m]) & mask;
            while (slots_[i] >= 0) i = (i + 1) & mask;
            slots_[i] = static_cast<int32_t>(m);
        }
    }

    std::vector<int32_t> slots_;
};

// One search through a text.
class Run {
  public:
    Run(const Automaton &automaton, bool aligned) : automaton_(automaton), aligned_(aligned) {}

    std::vector<Match> matches;

    void search(const TokenClass *const *tokens, int32_t n) {
        std::vector<State> live, fresh;
        for (int32_t i = 0; i < n; i++) {
            keep_.clear();
            fresh.clear();
            if (!live.empty()) {
                seen_.next();
                for (const State &state : live) step(state, *tokens[i], i, fresh);
            }
            for (int32_t pattern : tokens[i]->starts)
                step({automaton_.first_of(pattern), i, -1}, *tokens[i], i, fresh);
            // What an optional item has taken is looked at after all else.
            live.swap(keep_);
            live.insert(live.end(), fresh.begin(), fresh.end());
            if (live.size() > MANY) prune(live, tokens, i + 1, n);
        }
        for (const State &state : live) finish(state, n);
    }

    // Token patterns that the tokens of a match were taken by.
    std::vector<int32_t> alignment(const Match &match) const {
        std::vector<int32_t> found;
        for (int32_t at = match.trail; at >= 0; at = trails_[at].before) found.push_back(trails_[at].token);
        std::reverse(found.begin(), found.end());
        return found;
    }

  private:
    struct State {
        int32_t item, start, trail;
    };
    struct Trail {
        int32_t before, token;
    };

    // States of this token that were looked at already: paths that meet go on as one, the first. A slot holds 8 starts
    // by 8 items, which are looked at one after the other.
    class Seen {
      public:
        void next() {
            used_ = 0;
            if (++turn_ == 0) {
                slots_.assign(slots_.size(), Slot());
                turn_ = 1;
            }
        }

        bool add(int32_t item, int32_t start) {
            uint64_t key = uint64_t(uint32_t(item) >> 3) << 32 | uint32_t(start) >> 3;
            uint64_t bit = uint64_t(1) << ((start & 7) * 8 + (item & 7));
            Slot &slot = slots_.empty() ? made(key) : found(key);
            bool fresh = !(slot.states & bit);
            slot.states |= bit;
            return fresh;
        }

      private:
        struct Slot {
            uint64_t key = 0, states = 0;
            uint32_t turn = 0;
        };

        size_t place(uint64_t key) const {
            size_t mask = slots_.size() - 1, i = mixed(key) & mask;
            while (slots_[i].turn == turn_ && slots_[i].key != key) i = (i + 1) & mask;
            return i;
        }

        Slot &found(uint64_t key) {
            if (slots_[last_].turn == turn_ && slots_[last_].key == key) return slots_[last_];
            last_ = place(key);
            return slots_[last_].turn == turn_ ? slots_[last_] : made(key);
        }

        Slot &made(uint64_t key) {
            if ((used_ + 1) * 2 > slots_.size()) grow();
            last_ = place(key);
            slots_[last_].key = key;
            slots_[last_].states = 0;
            slots_[last_].turn = turn_;
            used_++;
            return slots_[last_];
        }

        void grow() {
            std::vector<Slot> old(std::max<size_t>(64, slots_.size() * 2));
            old.swap(slots_);
            for (const Slot &slot : old)
                if (slot.turn == turn_) slots_[place(slot.key)] = slot;
        }

        std::vector<Slot> slots_;
        uint32_t turn_ = 0;
        size_t used_ = 0, last_ = 0;
    };

    void step(State state, const TokenClass &token, int32_t i, std::vector<State> &fresh) {
        for (;;) {
            const Item &item = automaton_.item(state.item);
            if (item.ambiguous && state.start < i && !seen_.add(state.item, state.start)) return;
            bool holds = token.holds(item.spec) != (item.op == NOT);
            if (item.op == ONE || item.op == NOT) {
                if (!holds) return;
                int32_t trail = followed(state.trail, item);
                if (item.last)
                    emit(item, state.start, i + 1, trail);
                else
                    keep_.push_back({state.item + 1, state.start, trail});
                return;
            }
            if (item.last) {
                emit(item, state.start, i, state.trail);
                if (!holds) return;
                int32_t trail = followed(state.trail, item);
                if (item.op == STAR)
                    keep_.push_back({state.item, state.start, trail});
                else
                    emit(item, state.start, i + 1, trail);
                return;
            }
            if (holds) fresh.push_back({state.item + (item.op == OPTIONAL), state.start, followed(state.trail, item)});
            state.item++;
        }
    }

    // Where many states wait, drop those that no match can come of any more.
    void prune(std::vector<State> &live, const TokenClass *const *tokens, int32_t i, int32_t n) {
        std::unordered_map<int32_t, size_t> waiting;
        int32_t first = -1;
        size_t *count = nullptr;
        for (const State &state : live) {
            if (automaton_.item(state.item).first != first) {
                first = automaton_.item(state.item).first;
                count = &waiting[first];
            }
            ++*count;
        }
        for (const auto &pattern : waiting)
            if (pattern.second > MANY / 4 && !futures_.count(pattern.first))
                futures_[pattern.first] = future(pattern.first, tokens, n);
        const std::vector<uint64_t> *known = nullptr;
        first = -1;
        live.erase(std::remove_if(live.begin(), live.end(),
                                  [&](const State &state) {
                                      if (automaton_.item(state.item).first != first) {
                                          first = automaton_.item(state.item).first;
                                          auto found = futures_.find(first);
                                          known = found == futures_.end() ? nullptr : &found->second;
                                      }
                                      return known && !known->empty() && !((*known)[i] >> (state.item - first) & 1);
                                  }),
                   live.end());
    }

    // For each token, and for the end, the items (bits) from which the pattern can still come to its end; nothing for a
    // pattern of more items than there are bits.
    std::vector<uint64_t> future(int32_t first, const TokenClass *const *tokens, int32_t n) const {
        int32_t size = 1;
        while (!automaton_.item(first + size - 1).last) size++;
        if (size > 64) return {};
        std::vector<uint64_t> items(n + 1, 0);
        for (int32_t i = n; i >= 0; i--)
            for (int32_t at = size - 1; at >= 0; at--) {
                const Item &item = automaton_.item(first + at);
                bool optional = item.op == OPTIONAL || item.op == STAR;
                bool ends = optional && (item.last || (items[i] >> (at + 1) & 1));
                if (!ends && i < n && tokens[i]->holds(item.spec) != (item.op == NOT)) {
                    int32_t after = item.op == STAR ? at : at + 1;
                    ends = after == size || (items[i + 1] >> after & 1);
                }
                items[i] |= uint64_t(ends) << at;
            }
        return items;
    }

    void finish(const State &state, int32_t n) {
        for (int32_t at = state.item;; at++) {
            const Item &item = automaton_.item(at);
            if (item.op == ONE || item.op == NOT) return;
            if (item.last) {
                emit(item, state.start, n, state.trail);
                return;
            }
        }
    }

    void emit(const Item &item, int32_t start, int32_t end, int32_t trail) {
        if (end > start) known_.add(matches, {item.key, start, end, trail});
    }

    int32_t followed(int32_t trail, const Item &item) {
        if (!aligned_) return -1;
        trails_.push_back({trail, item.token});
        return static_cast<int32_t>(trails_.size()) - 1;
    }

    static constexpr size_t MANY = 256;  // states; fewer cost less than knowing better

    const Automaton &automaton_;
    bool aligned_;
    std::unordered_map<int32_t, std::vector<uint64_t>> futures_;  // by a pattern's first item
    std::vector<State> keep_;
    std::vector<Trail> trails_;
    MatchSet known_;
    Seen seen_;
};

}  // namespace tagma

#endif
