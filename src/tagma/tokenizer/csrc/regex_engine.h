// A small backtracking matcher for the regular expressions of tokenization rules, over code points.
//
// Programs are made by tagma.tokenizer.patterns from Python's own parse of a pattern. Alternatives are tried in their
// order and the first way through wins, as in Python's `re`, so the spans are those of `re`. Knows nothing of Python
// objects; only the character database of CPython is asked about characters beyond ASCII.
#ifndef TAGMA_TOKENIZER_REGEX_H
#define TAGMA_TOKENIZER_REGEX_H

#include <Python.h>

#include <cstdint>
#include <vector>

namespace tagma {

enum RegexOp : int32_t {
    OP_MATCH,     // done
    OP_SET,       // set                        one character of a set
    OP_SPLIT,     // a b                        go on at a, later at b
    OP_JUMP,      // a
    OP_AT,        // where                      an assertion of width 0
    OP_LOOK,      // negative back width after  the program behind it, up to its OP_MATCH, must (not) match
    OP_REPEAT,    // set min max lazy           one character of a set, repeated; max < 0: no limit
    OP_DISPATCH,  // table                      alternatives by the next character
};

enum RegexAt : int32_t { AT_BEGIN, AT_END, AT_END_STRING, AT_BOUNDARY, AT_NON_BOUNDARY };

// Categories beyond ASCII, as bits of CharSet::categories.
enum RegexCategory : int32_t { CAT_DIGIT = 1, CAT_NOT_DIGIT = 2, CAT_SPACE = 4, CAT_NOT_SPACE = 8, CAT_WORD = 16, CAT_NOT_WORD = 32 };

inline bool is_word_char(uint32_t c) { return c == '_' || Py_UNICODE_ISALNUM(static_cast<Py_UCS4>(c)); }

struct CharSet {
    uint64_t ascii[2];             // which of the first 128 characters are in the set, everything considered
    std::vector<uint32_t> bounds;  // ranges beyond ASCII: first, last + 1, first, last + 1 … ascending
    int32_t categories;
    bool negated;                  // of ranges and categories

    bool has(uint32_t c) const {
        if (c < 128) return ascii[c >> 6] >> (c & 63) & 1;
        return has_wide(c);
    }

    bool has_wide(uint32_t c) const {
        size_t low = 0, high = bounds.size();
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (bounds[middle] <= c) low = middle + 1;
            else high = middle;
        }
        bool in = low & 1;
        if (!in && categories) {
            Py_UCS4 u = static_cast<Py_UCS4>(c);
            in = ((categories & CAT_DIGIT) && Py_UNICODE_ISDECIMAL(u)) ||
                 ((categories & CAT_NOT_DIGIT) && !Py_UNICODE_ISDECIMAL(u)) ||
                 ((categories & CAT_SPACE) && Py_UNICODE_ISSPACE(u)) ||
                 ((categories & CAT_NOT_SPACE) && !Py_UNICODE_ISSPACE(u)) ||
                 ((categories & CAT_WORD) && is_word_char(u)) || ((categories & CAT_NOT_WORD) && !is_word_char(u));
        }
        return in != negated;
    }
};

// Alternatives that can begin with each ASCII character, with any other character (128), at the end of the text (129).
struct DispatchTable {
    int32_t first[131];  // alternatives of slot i are targets[first[i] .. first[i + 1])
    std::vector<int32_t> targets;
};

struct RegexProgram {
    std::vector<int32_t> code;
    std::vector<CharSet> sets;
    std::vector<DispatchTable> tables;
    int32_t first_set = -1;     // a match begins with one of these characters (-1: unknown)
    int32_t last_set = -1;      // the text ends with one of these, or there is no match (-1: unknown)
    int32_t needed_set = -1;    // a match contains one of these characters (-1: unknown)
    bool only_at_begin = false; // a match can begin at the beginning of the text only
    // Of a pattern that matches at the end of the text only: a match is at most this long (-1: does not apply), or
    // lies within the run of characters of tail_set at the end.
    int64_t tail_width = -1;
    int32_t tail_set = -1;
};

class RegexMatcher {
  public:
    explicit RegexMatcher(const RegexProgram &program) : p(program) {}

    // Can nothing in this text match? A cheap look at its characters; false means that a search must decide.
    bool ruled_out(const uint32_t *s, int64_t n) const {
        if (n == 0) return p.first_set >= 0;
        if (p.only_at_begin && p.first_set >= 0 && !p.sets[p.first_set].has(s[0])) return true;
        if (p.last_set >= 0 && !p.sets[p.last_set].has(s[n - 1])) return true;
        if (p.tail_width >= 0) return false;  // the search is short; looking through the whole text is not
        int32_t must = p.needed_set >= 0 ? p.needed_set : p.only_at_begin ? -1 : p.first_set;
        if (must < 0) return false;
        const CharSet &set = p.sets[must];
        for (int64_t i = 0; i < n; i++)
            if (set.has(s[i])) return false;
        return true;
    }

    // First match at or after `from`: its end, and where it begins in *start; -1 if there is none.
    int64_t search(const uint32_t *s, int64_t n, int64_t from, int64_t *start) {
        text = s;
        length = n;
        if (p.only_at_begin) {
            *start = 0;
            return from > 0 ? -1 : run(0, 0);
        }
        int64_t at = from;
        if (p.tail_width >= 0) {
            int64_t within = n - p.tail_width;
            if (p.tail_set >= 0 && within > 0) {
                int64_t run_start = n;
                while (run_start > 0 && p.sets[p.tail_set].has(s[run_start - 1])) run_start--;
                if (run_start < within) within = run_start;
            }
            if (within > at) at = within;
        }
        const CharSet *first = p.first_set >= 0 ? &p.sets[p.first_set] : nullptr;
        for (; at <= n; at++) {
            if (first && (at == n || !first->has(s[at]))) continue;
            int64_t end = run(0, at);
            if (end >= 0) {
                *start = at;
                return end;
            }
        }
        return -1;
    }

  private:
    struct Choice {
        int32_t pc;     // where to go on
        int32_t set;    // of a repeat: its set, or -1
        int64_t at;     // next position to try
        int64_t limit;  // greedy repeat: lowest position; lazy repeat: ~highest position
    };

    bool boundary(int64_t at) const {
        bool before = at > 0 && is_word_char(text[at - 1]);
        bool after = at < length && is_word_char(text[at]);
        return before != after;
    }

    bool holds(int32_t where, int64_t at) const {
        switch (where) {
            case AT_BEGIN: return at == 0;
            case AT_END: return at == length || (at == length - 1 && text[at] == '\n');
            case AT_END_STRING: return at == length;
            case AT_BOUNDARY: return boundary(at);
            default: return !boundary(at);
        }
    }

    // Run the program at pc from a position; the end of the match, or -1.
    int64_t run(int32_t pc, int64_t at) {
        const size_t base = choices.size();
        const int32_t *code = p.code.data();
        for (;;) {
            bool ok = true;
            switch (code[pc]) {
                case OP_MATCH:
                    choices.resize(base);
                    return at;
                case OP_SET:
                    ok = at < length && p.sets[code[pc + 1]].has(text[at]);
                    at++;
                    pc += 2;
                    break;
                case OP_SPLIT:
                    choices.push_back({code[pc + 2], -1, at, 0});
                    pc = code[pc + 1];
                    break;
                case OP_JUMP:
                    pc = code[pc + 1];
                    break;
                case OP_AT:
                    ok = holds(code[pc + 1], at);
                    pc += 2;
                    break;
                case OP_LOOK: {
                    int64_t from = code[pc + 2] ? at - code[pc + 3] : at;
                    bool found = from >= 0 && run(pc + 5, from) >= 0;
                    ok = found != static_cast<bool>(code[pc + 1]);
                    pc = code[pc + 4];
                    break;
                }
                case OP_REPEAT: {
                    const CharSet &set = p.sets[code[pc + 1]];
                    int64_t low = at + code[pc + 2];
                    int64_t high = code[pc + 3] < 0 || at + code[pc + 3] > length ? length : at + code[pc + 3];
                    bool lazy = code[pc + 4];
                    int64_t to = at;
                    int64_t wanted = lazy ? low : high;
                    while (to < wanted && to < length && set.has(text[to])) to++;
                    ok = to >= low;
                    if (ok && !lazy && to > low) choices.push_back({pc + 5, -2, to - 1, low});
                    if (ok && lazy && to < high) choices.push_back({pc + 5, code[pc + 1], to, high});
                    at = to;
                    pc += 5;
                    break;
                }
                case OP_DISPATCH: {
                    const DispatchTable &table = p.tables[code[pc + 1]];
                    int32_t slot = at >= length ? 129 : text[at] < 128 ? static_cast<int32_t>(text[at]) : 128;
                    int32_t begin = table.first[slot], end = table.first[slot + 1];
                    ok = begin < end;
                    for (int32_t i = end - 1; i > begin; i--) choices.push_back({table.targets[i], -1, at, 0});
                    if (ok) pc = table.targets[begin];
                    break;
                }
            }
            while (!ok) {
                if (choices.size() == base) return -1;
                Choice &choice = choices.back();
                pc = choice.pc;
                at = choice.at;
                ok = true;
                if (choice.set == -1)
                    choices.pop_back();
                else if (choice.set == -2) {  // greedy: one character less
                    if (--choice.at < choice.limit) choices.pop_back();
                } else {  // lazy: one character more
                    ok = p.sets[choice.set].has(text[at]);
                    at++;
                    if (!ok || ++choice.at >= choice.limit) choices.pop_back();
                }
            }
        }
    }

    const RegexProgram &p;
    const uint32_t *text = nullptr;
    int64_t length = 0;
    std::vector<Choice> choices;
};

}  // namespace tagma

#endif
