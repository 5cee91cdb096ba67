// Matches of patterns of items in dependency trees. Knows nothing of Python.
#ifndef TAGMA_TREES_H
#define TAGMA_TREES_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tagma {

// Where token b stands, seen from token a. The order is that of RELATIONS in _trees.pyx.
enum Relation : int32_t {
    HEAD_OF, CHILD_OF, ABOVE, BELOW, NEXT, LATER, PREVIOUS, EARLIER, SIBLING_NEXT, SIBLING_PREVIOUS, SIBLING_LATER,
    SIBLING_EARLIER, CHILD_NEXT, CHILD_PREVIOUS, CHILD_LATER, CHILD_EARLIER, HEAD_NEXT, HEAD_PREVIOUS, HEAD_LATER,
    HEAD_EARLIER
};

// An item can be the tokens of a rule, and stands in a relation to an earlier item.
struct TreeItem {
    int32_t rule, left;
    int32_t relation;
};

class Trees {
  public:
    // Absolute heads; roots are their own.
    explicit Trees(const std::vector<int32_t> &heads) : heads_(heads), root_(heads.size()), in_(heads.size()), out_(heads.size()) {
        size_t n = heads.size();
        std::vector<int32_t> first(n, -1), next(n, -1), open;
        for (size_t i = n; i-- > 0;)
            if (heads[i] != static_cast<int32_t>(i)) {
                next[i] = first[heads[i]];
                first[heads[i]] = static_cast<int32_t>(i);
            }
        int32_t time = 0;
        for (size_t i = 0; i < n; i++) {  // what is reached from no root stands alone
            root_[i] = static_cast<int32_t>(i);
            in_[i] = out_[i] = -1;
        }
        for (size_t i = 0; i < n; i++) {
            if (heads[i] != static_cast<int32_t>(i)) continue;
            open.push_back(static_cast<int32_t>(i));
            in_[i] = time++;
            while (!open.empty()) {
                int32_t at = open.back(), child = first[at];
                if (child < 0) {
                    out_[at] = time++;
                    open.pop_back();
                    continue;
                }
                first[at] = next[child];
                root_[child] = static_cast<int32_t>(i);
                in_[child] = time++;
                open.push_back(child);
            }
        }
    }

    int32_t root(int32_t token) const { return root_[token]; }

    // Of tokens of one tree.
    bool related(int32_t relation, int32_t a, int32_t b) const {
        int32_t head_a = heads_[a], head_b = heads_[b];
        switch (relation) {
            case HEAD_OF: return head_a == b && a != b;
            case CHILD_OF: return head_b == a && a != b;
            case ABOVE: return in_[b] < in_[a] && out_[a] < out_[b];
            case BELOW: return in_[a] < in_[b] && out_[b] < out_[a];
            case NEXT: return b == a + 1;
            case LATER: return b > a;
            case PREVIOUS: return b == a - 1;
            case EARLIER: return b < a;
            case SIBLING_NEXT: return head_a == head_b && head_b != b && b == a + 1;
            case SIBLING_PREVIOUS: return head_a == head_b && head_b != b && b == a - 1;
            case SIBLING_LATER: return head_a == head_b && head_b != b && b > a;
            case SIBLING_EARLIER: return head_a == head_b && head_b != b && b < a;
            case CHILD_NEXT: return head_b == a && b == a + 1;
            case CHILD_PREVIOUS: return head_b == a && b == a - 1;
            case CHILD_LATER: return head_b == a && b > a;
            case CHILD_EARLIER: return head_b == a && b < a;
            case HEAD_NEXT: return head_a == b && b == a + 1;
            case HEAD_PREVIOUS: return head_a == b && b == a - 1;
            case HEAD_LATER: return head_a == b && b > a;
            default: return head_a == b && b < a;
        }
    }

  private:
    std::vector<int32_t> heads_, root_, in_, out_;
};

class TreeSearch {
  public:
    TreeSearch(const std::vector<int32_t> &heads, size_t n_rules) : trees_(heads), rank_(heads.size(), -1), rules_(n_rules) {}

    // A token that a rule finds. Trees are gone through in the order in which their first tokens are given.
    void give(int32_t rule, int32_t token) {
        int32_t &rank = rank_[trees_.root(token)];
        if (rank < 0) rank = n_trees_++;
        rules_[rule].push_back({rank, token});
    }

    // All have been given.
    void given() {
        for (std::vector<Given> &rule : rules_)
            std::stable_sort(rule.begin(), rule.end(), [](const Given &a, const Given &b) { return a.tree < b.tree; });
    }

    // Append the tokens of each match, items.size() in a row: tree by tree, the last item's tokens change fastest.
    void search(const std::vector<TreeItem> &items, std::vector<int32_t> &found) {
        const std::vector<Given> &anchors = rules_[items[0].rule];
        for (size_t i = 0; i < anchors.size();) {
            int32_t tree = anchors[i].tree;
            if (choose(items, tree) && prune(items)) enumerate(items, found);
            while (i < anchors.size() && anchors[i].tree == tree) i++;
        }
    }

  private:
    struct Given {
        int32_t tree, token;
    };

    // The tokens of a tree that each item can be; false if one can be none.
    bool choose(const std::vector<TreeItem> &items, int32_t tree) {
        choices_.resize(items.size());
        for (size_t k = 0; k < items.size(); k++) {
            const std::vector<Given> &rule = rules_[items[k].rule];
            auto at = std::lower_bound(rule.begin(), rule.end(), tree, [](const Given &a, int32_t b) { return a.tree < b; });
            choices_[k].clear();
            for (; at != rule.end() && at->tree == tree; ++at) choices_[k].push_back(at->token);
            if (choices_[k].empty()) return false;
        }
        return true;
    }

    // Keep the tokens for which all items to the right of theirs can be some token. An item's right ones come after it,
    // so one pass from the end leaves no way that leads nowhere.
    bool prune(const std::vector<TreeItem> &items) {
        for (size_t k = items.size(); k-- > 1;) {
            const std::vector<int32_t> &right = choices_[k];
            std::vector<int32_t> &left = choices_[items[k].left];
            int32_t relation = items[k].relation;
            left.erase(std::remove_if(left.begin(), left.end(),
                                      [&](int32_t a) {
                                          for (int32_t b : right)
                                              if (trees_.related(relation, a, b)) return false;
                                          return true;
                                      }),
                       left.end());
            if (left.empty()) return false;
        }
        return true;
    }

    void enumerate(const std::vector<TreeItem> &items, std::vector<int32_t> &found) {
        std::vector<size_t> at(items.size(), 0);
        std::vector<int32_t> tokens(items.size());
        for (size_t k = 0;;) {
            if (at[k] == choices_[k].size()) {
                if (k == 0) return;
                at[k--] = 0;
                continue;
            }
            int32_t token = choices_[k][at[k]++];
            if (k > 0 && !trees_.related(items[k].relation, tokens[items[k].left], token)) continue;
            tokens[k] = token;
            if (k + 1 == items.size())
                found.insert(found.end(), tokens.begin(), tokens.end());
            else
                k++;
        }
    }

    Trees trees_;
    std::vector<int32_t> rank_;  // of a root's tree
    int32_t n_trees_ = 0;
    std::vector<std::vector<Given>> rules_;
    std::vector<std::vector<int32_t>> choices_;
};

}  // namespace tagma

#endif
