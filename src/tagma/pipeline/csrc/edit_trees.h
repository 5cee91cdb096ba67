// Edit trees: what must be done to a word form to get its lemma, as nodes that trees have in common. Knows no Python.
//
//   match         keeps the middle of a text, and has trees for the `prefix_len` characters before and the `suffix_len`
//                 behind it
//   substitution  makes a text, and no other, another one; both are keys of interned texts
//
// The middle is the longest text that form and lemma share, the first in the form, then in the lemma, of equally long
// ones. (Müller et al. 2015, https://doi.org/10.18653/v1/D15-1272)
#ifndef TAGMA_EDIT_TREES_H
#define TAGMA_EDIT_TREES_H

#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "string_table.h"

namespace tagma {

constexpr uint32_t kNoTree = UINT32_MAX;
// Form times lemma, in characters: beyond that a pair has no tree, since the search takes as many steps.
constexpr uint64_t kMostSteps = uint64_t(1) << 26;
// Nodes of one tree, a node in several places counted in each. A tree made from a pair stays far below.
constexpr uint32_t kLargestTree = 1 << 16;
// Results that are remembered; when there are more, all are forgotten.
constexpr size_t kMostResults = 1 << 20;

struct EditNode {
    uint32_t is_match = 0;
    uint32_t prefix_len = 0, suffix_len = 0;
    uint32_t prefix_tree = kNoTree, suffix_tree = kNoTree;
    uint64_t orig = 0, subst = 0;

    bool operator==(const EditNode &o) const {
        return is_match == o.is_match && prefix_len == o.prefix_len && suffix_len == o.suffix_len &&
               prefix_tree == o.prefix_tree && suffix_tree == o.suffix_tree && orig == o.orig && subst == o.subst;
    }
};

inline uint64_t mixed(uint64_t a, uint64_t b) {
    uint64_t h = (a ^ (b + 0x9E3779B97F4A7C15ull + (a << 6) + (a >> 2))) * 0xFF51AFD7ED558CCDull;
    return h ^ (h >> 32);
}

struct HashOfNode {
    size_t operator()(const EditNode &n) const {
        uint64_t lengths = uint64_t(n.prefix_len) << 32 | n.suffix_len;
        uint64_t trees = uint64_t(n.prefix_tree) << 32 | n.suffix_tree;
        return mixed(mixed(lengths, trees), mixed(n.orig, n.subst)) + n.is_match;
    }
};

typedef std::pair<uint64_t, uint64_t> KeyPair;

struct HashOfPair {
    size_t operator()(const KeyPair &pair) const { return mixed(pair.first, pair.second); }
};

// The characters of a UTF-8 text, and where each begins.
class Letters {
  public:
    void read(const char *s, size_t n) {
        bytes = s;
        code.clear();
        at.clear();
        for (size_t i = 0; i < n;) {
            unsigned char first = static_cast<unsigned char>(s[i]);
            size_t width = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
            uint32_t c = 0;
            for (size_t k = 0; k < width && i + k < n; k++) c = c << 8 | static_cast<unsigned char>(s[i + k]);
            code.push_back(c);
            at.push_back(i);
            i += width;
        }
        at.push_back(n);
    }

    size_t size() const { return code.size(); }

    const char *bytes = nullptr;
    std::vector<uint32_t> code;
    std::vector<size_t> at;
};

// A part of a text, in characters.
struct Part {
    const Letters *text;
    size_t begin, end;

    size_t size() const { return end - begin; }
    uint32_t operator[](size_t i) const { return text->code[begin + i]; }
    const char *bytes() const { return text->bytes + text->at[begin]; }
    size_t n_bytes() const { return text->at[end] - text->at[begin]; }
    Part cut(size_t from, size_t to) const { return Part{text, begin + from, begin + to}; }
};

// What a tree makes of a form.
struct EditResult {
    bool applies = false;
    uint64_t key = 0;
    std::string text;
};

class EditTrees {
  public:
    // The tree of a pair of texts; kNoTree if it is not there. If `add`, it is added, and its texts to `strings`.
    uint32_t of(const char *form, size_t n_form, const char *lemma, size_t n_lemma, StringTable &strings, bool add) {
        if (n_form == n_lemma && std::memcmp(form, lemma, n_form) == 0) return match(0, 0, kNoTree, kNoTree, add);
        form_.read(form, n_form);
        lemma_.read(lemma, n_lemma);
        if (uint64_t(form_.size()) * lemma_.size() > kMostSteps) return kNoTree;
        return build(Part{&form_, 0, form_.size()}, Part{&lemma_, 0, lemma_.size()}, strings, add);
    }

    // The same by keys, which are remembered. Adding a node forgets them.
    const uint32_t *known(uint64_t form, uint64_t lemma) const {
        auto found = pairs_.find(KeyPair(form, lemma));
        return found == pairs_.end() ? nullptr : &found->second;
    }
    void remember(uint64_t form, uint64_t lemma, uint32_t tree) {
        if (pairs_.size() >= kMostResults) pairs_.clear();
        pairs_[KeyPair(form, lemma)] = tree;
    }

    // What a tree makes of a text. False if it does not apply; then `missing` may be the key of a text that is unknown.
    bool apply(uint32_t tree, const char *form, size_t n, const StringTable &strings, std::string &out,
               uint64_t &missing) {
        form_.read(form, n);
        out.clear();
        return apply(tree, Part{&form_, 0, form_.size()}, strings, out, missing);
    }

    // The same for an interned form, remembered by its key; nullptr if a text is unknown.
    const EditResult *result(uint32_t tree, uint64_t form, const StringTable &strings, uint64_t &missing) {
        KeyPair pair(form, tree);
        auto found = results_.find(pair);
        if (found != results_.end()) return &found->second;
        size_t n;
        const char *text = strings.get(form, &n);
        missing = 0;
        EditResult result;
        if (text == nullptr) {
            missing = form;
            return nullptr;
        }
        result.applies = apply(tree, text, n, strings, result.text, missing);
        if (!result.applies && missing) return nullptr;
        if (!result.applies) result.text.clear();
        result.key = strings.key_of(result.text.data(), result.text.size());
        if (results_.size() >= kMostResults) results_.clear();
        return &(results_[pair] = std::move(result));
    }

    // Add a node whose trees are there already. False if the tree becomes too large.
    bool push(const EditNode &node) {
        uint64_t size = 1 + size_of(node.prefix_tree) + size_of(node.suffix_tree);
        if (size > kLargestTree) return false;
        ids_.emplace(node, static_cast<uint32_t>(nodes_.size()));
        nodes_.push_back(node);
        sizes_.push_back(static_cast<uint32_t>(size));
        pairs_.clear();  // what was unknown may be known now
        return true;
    }

    void clear() { *this = EditTrees(); }
    size_t size() const { return nodes_.size(); }
    const EditNode &at(size_t i) const { return nodes_[i]; }

  private:
    uint64_t size_of(uint32_t tree) const { return tree == kNoTree ? 0 : sizes_[tree]; }

    uint32_t id_of(const EditNode &node, bool add) {
        auto found = ids_.find(node);
        if (found != ids_.end()) return found->second;
        if (!add || !push(node)) return kNoTree;
        return static_cast<uint32_t>(nodes_.size() - 1);
    }

    uint32_t match(size_t prefix_len, size_t suffix_len, uint32_t prefix, uint32_t suffix, bool add) {
        EditNode node;
        node.is_match = 1;
        node.prefix_len = static_cast<uint32_t>(prefix_len);
        node.suffix_len = static_cast<uint32_t>(suffix_len);
        node.prefix_tree = prefix;
        node.suffix_tree = suffix;
        return id_of(node, add);
    }

    uint32_t substitution(Part form, Part lemma, StringTable &strings, bool add) {
        EditNode node;
        node.orig = strings.key_of(form.bytes(), form.n_bytes());
        node.subst = strings.key_of(lemma.bytes(), lemma.n_bytes());
        if (add) {
            strings.add_key(node.orig, form.bytes(), form.n_bytes(), true);
            strings.add_key(node.subst, lemma.bytes(), lemma.n_bytes(), true);
        }
        return id_of(node, add);
    }

    uint32_t build(Part form, Part lemma, StringTable &strings, bool add) {
        size_t in_form = 0, in_lemma = 0, length = shared(form, lemma, in_form, in_lemma);
        if (!length) return substitution(form, lemma, strings, add);
        size_t form_end = in_form + length, lemma_end = in_lemma + length;
        uint32_t prefix = kNoTree, suffix = kNoTree;
        if (in_form || in_lemma) {
            prefix = build(form.cut(0, in_form), lemma.cut(0, in_lemma), strings, add);
            if (prefix == kNoTree) return kNoTree;
        }
        if (form_end < form.size() || lemma_end < lemma.size()) {
            suffix = build(form.cut(form_end, form.size()), lemma.cut(lemma_end, lemma.size()), strings, add);
            if (suffix == kNoTree) return kNoTree;
        }
        return match(in_form, form.size() - form_end, prefix, suffix, add);
    }

    // Length of the longest text in both, and where it begins in each.
    size_t shared(Part form, Part lemma, size_t &in_form, size_t &in_lemma) {
        size_t longest = 0;
        before_.assign(lemma.size() + 1, 0);
        here_.assign(lemma.size() + 1, 0);
        for (size_t i = 0; i < form.size(); i++) {
            for (size_t j = 0; j < lemma.size(); j++) {
                here_[j + 1] = form[i] == lemma[j] ? before_[j] + 1 : 0;
                if (here_[j + 1] > longest) {
                    longest = here_[j + 1];
                    in_form = i + 1 - longest;
                    in_lemma = j + 1 - longest;
                }
            }
            std::swap(before_, here_);
        }
        return longest;
    }

    bool apply(uint32_t tree, Part form, const StringTable &strings, std::string &out, uint64_t &missing) const {
        const EditNode &node = nodes_[tree];
        if (!node.is_match) return substitute(node, form, strings, out, missing);
        size_t n = form.size();
        if (uint64_t(node.prefix_len) + node.suffix_len > n) return false;
        size_t middle = node.prefix_len, end = n - node.suffix_len;
        if (node.prefix_tree != kNoTree && !apply(node.prefix_tree, form.cut(0, middle), strings, out, missing))
            return false;
        Part kept = form.cut(middle, end);
        out.append(kept.bytes(), kept.n_bytes());
        return node.suffix_tree == kNoTree || apply(node.suffix_tree, form.cut(end, n), strings, out, missing);
    }

    static bool substitute(const EditNode &node, Part form, const StringTable &strings, std::string &out,
                           uint64_t &missing) {
        size_t n_orig = 0, n_subst = 0;
        const char *orig = strings.get(node.orig, &n_orig), *subst = strings.get(node.subst, &n_subst);
        if (orig == nullptr || subst == nullptr) {
            missing = orig == nullptr ? node.orig : node.subst;
            return false;
        }
        if (n_orig != form.n_bytes() || std::memcmp(orig, form.bytes(), n_orig) != 0) return false;
        out.append(subst, n_subst);
        return true;
    }

    std::vector<EditNode> nodes_;
    std::vector<uint32_t> sizes_;
    std::unordered_map<EditNode, uint32_t, HashOfNode> ids_;
    std::unordered_map<KeyPair, uint32_t, HashOfPair> pairs_;
    std::unordered_map<KeyPair, EditResult, HashOfPair> results_;
    Letters form_, lemma_;
    std::vector<size_t> before_, here_;
};

}  // namespace tagma

#endif
