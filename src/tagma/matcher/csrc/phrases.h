// Phrases as a tree of values: a phrase is a way from the root, and ends at a node. Knows nothing of Python.
//
// Values are numbered, nodes are numbered in the order in which they came into being (a parent before its children), and
// all edges lie in one table. A text is searched from each of its tokens as far as the tree goes, so matches come by
// start and then by end.
#ifndef TAGMA_PHRASES_H
#define TAGMA_PHRASES_H

#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "string_table.h"

namespace tagma {

struct PhraseMatch {
    int32_t key, start, end;
};

class Phrases {
  public:
    Phrases() { clear(); }

    // A phrase of n > 0 values under a key, which is a number of the caller's.
    void add(const uint64_t *values, size_t n, int32_t key) {
        std::unique_lock<std::shared_mutex> writing(mutex_);
        int32_t node = 0;
        for (size_t i = 0; i < n; i++) node = child_to_be(node, label_to_be(values[i]));
        end_at(node, key);
    }

    // Forget a key; when that leaves more ends behind than there are, the tree is made anew.
    void remove(int32_t key) {
        std::unique_lock<std::shared_mutex> writing(mutex_);
        for (int32_t &first : ends_) {
            int32_t *at = &first;
            while (*at >= 0) {
                if (links_[*at].key == key) {
                    *at = links_[*at].next;
                    n_ends_--;
                } else {
                    at = &links_[*at].next;
                }
            }
        }
        if (links_.size() > 64 && n_ends_ * 2 < links_.size()) prune();
    }

    void search(const uint64_t *values, int32_t n, std::vector<PhraseMatch> &found) const {
        std::shared_lock<std::shared_mutex> reading(mutex_);
        std::vector<int32_t> labels(n);
        for (int32_t i = 0; i < n; i++) labels[i] = labels_.find(mixed(values[i]));
        for (int32_t i = 0; i < n; i++) {
            if (labels[i] < 0) continue;
            int32_t node = firsts_[labels[i]];
            for (int32_t j = i; node >= 0;) {
                j++;
                for (int32_t end = ends_[node]; end >= 0; end = links_[end].next) found.push_back({links_[end].key, i, j});
                node = j < n && labels[j] >= 0 ? child(node, labels[j]) : -1;
            }
        }
    }

    // The whole tree: a value for each label; parent and label for each node but the root; node and key of each end.
    void save(std::vector<uint64_t> &values, std::vector<int32_t> &nodes, std::vector<int32_t> &ends) const {
        std::shared_lock<std::shared_mutex> reading(mutex_);
        values = values_;
        nodes.assign((ends_.size() - 1) * 2, 0);
        for (size_t i = 0; i < edges_.size(); i++)
            if (edges_[i].child > 0) {
                nodes[(edges_[i].child - 1) * 2] = edges_[i].parent;
                nodes[(edges_[i].child - 1) * 2 + 1] = edges_[i].label;
            }
        ends.clear();
        for (size_t node = 0; node < ends_.size(); node++)
            for (int32_t end = ends_[node]; end >= 0; end = links_[end].next) {
                ends.push_back(static_cast<int32_t>(node));
                ends.push_back(links_[end].key);
            }
    }

    // False, and an empty tree, for what `save` cannot have written.
    bool load(const std::vector<uint64_t> &values, const std::vector<int32_t> &nodes, const std::vector<int32_t> &ends) {
        std::unique_lock<std::shared_mutex> writing(mutex_);
        clear();
        if (rebuild(values, nodes, ends)) return true;
        clear();
        return false;
    }

  private:
    struct Edge {
        int32_t parent = 0, label = 0, child = 0;  // child 0, the root, where there is no edge
    };
    struct Link {
        int32_t key, next;
    };

    static uint64_t mixed(uint64_t x) {
        x ^= x >> 33;
        x *= 0xff51afd7ed558ccdULL;
        return x ^ (x >> 33);
    }

    static size_t place(int32_t parent, int32_t label) {
        return mixed(uint64_t(uint32_t(parent)) << 32 | uint32_t(label)) * 0xc4ceb9fe1a85ec53ULL >> 20;
    }

    void clear() {
        labels_ = KeyMap();
        values_.clear();
        firsts_.clear();
        edges_.assign(64, Edge());
        ends_.assign(1, -1);
        links_.clear();
        n_ends_ = 0;
    }

    int32_t label_to_be(uint64_t value) {
        int32_t label = labels_.find(mixed(value));
        if (label >= 0) return label;
        label = static_cast<int32_t>(values_.size());
        labels_.insert(mixed(value), label);
        values_.push_back(value);
        firsts_.push_back(-1);
        return label;
    }

    int32_t child(int32_t parent, int32_t label) const {
        size_t mask = edges_.size() - 1;
        for (size_t i = place(parent, label) & mask; edges_[i].child; i = (i + 1) & mask)
            if (edges_[i].parent == parent && edges_[i].label == label) return edges_[i].child;
        return -1;
    }

    int32_t child_to_be(int32_t parent, int32_t label) {
        int32_t known = parent ? child(parent, label) : firsts_[label];
        if (known >= 0) return known;
        int32_t made = static_cast<int32_t>(ends_.size());
        ends_.push_back(-1);
        if (!parent) firsts_[label] = made;
        if (ends_.size() * 4 > edges_.size() * 3) {
            std::vector<Edge> old(edges_.size() * 2);
            old.swap(edges_);
            for (const Edge &edge : old)
                if (edge.child) put(edge);
        }
        Edge edge;
        edge.parent = parent;
        edge.label = label;
        edge.child = made;
        put(edge);
        return made;
    }

    void put(const Edge &edge) {
        size_t mask = edges_.size() - 1, i = place(edge.parent, edge.label) & mask;
        while (edges_[i].child) i = (i + 1) & mask;
        edges_[i] = edge;
    }

    void end_at(int32_t node, int32_t key) {
        int32_t *at = &ends_[node];
        for (; *at >= 0; at = &links_[*at].next)
            if (links_[*at].key == key) return;
        *at = static_cast<int32_t>(links_.size());
        links_.push_back({key, -1});
        n_ends_++;
    }

    bool rebuild(const std::vector<uint64_t> &values, const std::vector<int32_t> &nodes, const std::vector<int32_t> &ends) {
        if (nodes.size() % 2 || ends.size() % 2) return false;
        for (size_t label = 0; label < values.size(); label++)
            if (label_to_be(values[label]) != static_cast<int32_t>(label)) return false;
        int32_t n_labels = static_cast<int32_t>(values.size());
        for (size_t i = 0; i < nodes.size(); i += 2) {
            int32_t made = static_cast<int32_t>(ends_.size());
            if (nodes[i] < 0 || nodes[i] >= made || nodes[i + 1] < 0 || nodes[i + 1] >= n_labels) return false;
            if (child_to_be(nodes[i], nodes[i + 1]) != made) return false;
        }
        for (size_t i = 0; i < ends.size(); i += 2) {
            if (ends[i] < 1 || ends[i] >= static_cast<int32_t>(ends_.size()) || ends[i + 1] < 0) return false;
            end_at(ends[i], ends[i + 1]);
        }
        return true;
    }

    // Leave out the nodes that lead to no end.
    void prune() {
        std::vector<int32_t> parents(ends_.size(), 0), labels(ends_.size(), 0), renamed(ends_.size(), -1);
        std::vector<bool> leads(ends_.size(), false);
        for (const Edge &edge : edges_)
            if (edge.child) {
                parents[edge.child] = edge.parent;
                labels[edge.child] = edge.label;
            }
        for (size_t node = ends_.size(); node-- > 1;) {
            leads[node] = leads[node] || ends_[node] >= 0;
            if (leads[node]) leads[parents[node]] = true;
        }
        std::vector<uint64_t> values;
        std::vector<int32_t> ends, links;
        values.swap(values_);
        ends.swap(ends_);
        std::vector<Link> old;
        old.swap(links_);
        clear();
        renamed[0] = 0;
        for (size_t node = 1; node < ends.size(); node++) {
            if (!leads[node]) continue;
            renamed[node] = child_to_be(renamed[parents[node]], label_to_be(values[labels[node]]));
            for (int32_t end = ends[node]; end >= 0; end = old[end].next) end_at(renamed[node], old[end].key);
        }
    }

    KeyMap labels_;                 // value → label
    std::vector<uint64_t> values_;  // label → value
    std::vector<int32_t> firsts_;   // label → child of the root, -1 for none
    std::vector<Edge> edges_;       // open addressing
    std::vector<int32_t> ends_;     // node → its first link, -1 where no phrase ends
    std::vector<Link> links_;       // keys of the phrases that end at a node, in the order of adding
    size_t n_ends_;
    mutable std::shared_mutex mutex_;
};

}  // namespace tagma

#endif
