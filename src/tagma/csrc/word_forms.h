// What can be said of a word by its characters alone. Words are not empty, and valid UTF-8.
#ifndef TAGMA_WORD_FORMS_H
#define TAGMA_WORD_FORMS_H

#include <Python.h>

#include <cstdint>
#include <string>

namespace tagma {

// Code point at s and the number of bytes it takes.
inline int decode(const char *text, Py_UCS4 *out) {
    const unsigned char *s = reinterpret_cast<const unsigned char *>(text);
    if (s[0] < 0x80) {
        *out = s[0];
        return 1;
    }
    if (s[0] < 0xE0) {
        *out = ((s[0] & 0x1F) << 6) | (s[1] & 0x3F);
        return 2;
    }
    if (s[0] < 0xF0) {
        *out = ((s[0] & 0x0F) << 12) | ((s[1] & 0x3F) << 6) | (s[2] & 0x3F);
        return 3;
    }
    *out = ((s[0] & 0x07) << 18) | ((s[1] & 0x3F) << 12) | ((s[2] & 0x3F) << 6) | (s[3] & 0x3F);
    return 4;
}

inline int32_t count_characters(const char *s, size_t n) {
    int32_t count = 0;
    for (size_t i = 0; i < n; i++) count += (s[i] & 0xC0) != 0x80;
    return count;
}

// Bytes of the first character.
inline size_t prefix_bytes(const char *s) {
    Py_UCS4 ch;
    return static_cast<size_t>(decode(s, &ch));
}

// Bytes of the last three characters, or of all if there are fewer.
inline size_t suffix_bytes(const char *s, size_t n) {
    size_t at = n;
    for (int found = 0; at > 0 && found < 3;) found += (s[--at] & 0xC0) != 0x80;
    return n - at;
}

template <class Is>
bool all_characters(const char *s, size_t n, Is is) {
    Py_UCS4 ch;
    for (size_t i = 0; i < n;) {
        i += decode(s + i, &ch);
        if (!is(ch)) return false;
    }
    return true;
}

inline bool is_capital(Py_UCS4 ch) { return Py_UNICODE_ISUPPER(ch) || Py_UNICODE_ISTITLE(ch); }

// The methods of str of the same names.
inline bool is_alpha(const char *s, size_t n) {
    return all_characters(s, n, [](Py_UCS4 ch) { return bool(Py_UNICODE_ISALPHA(ch)); });
}

inline bool is_ascii(const char *s, size_t n) {
    return all_characters(s, n, [](Py_UCS4 ch) { return ch < 128; });
}

inline bool is_digit(const char *s, size_t n) {
    return all_characters(s, n, [](Py_UCS4 ch) { return bool(Py_UNICODE_ISDIGIT(ch)); });
}

inline bool is_space(const char *s, size_t n) {
    return all_characters(s, n, [](Py_UCS4 ch) { return bool(Py_UNICODE_ISSPACE(ch)); });
}

inline bool is_lower(const char *s, size_t n) {
    bool cased = false;
    return all_characters(s, n, [&](Py_UCS4 ch) {
        cased |= bool(Py_UNICODE_ISLOWER(ch));
        return !is_capital(ch);
    }) && cased;
}

inline bool is_upper(const char *s, size_t n) {
    bool cased = false;
    return all_characters(s, n, [&](Py_UCS4 ch) {
        cased |= bool(Py_UNICODE_ISUPPER(ch));
        return !Py_UNICODE_ISLOWER(ch) && !Py_UNICODE_ISTITLE(ch);
    }) && cased;
}

inline bool is_title(const char *s, size_t n) {
    bool cased = false, inside = false;  // inside a run of letters that have case
    return all_characters(s, n, [&](Py_UCS4 ch) {
        bool capital = is_capital(ch), lower = Py_UNICODE_ISLOWER(ch);
        if (inside ? capital : lower) return false;
        inside = capital || lower;
        cased |= inside;
        return true;
    }) && cased;
}

// X, x and d for upper case, other letters and digits, runs of the same sign cut at four; 100 characters are LONG.
inline void shape(const char *s, size_t n, int32_t length, std::string &out) {
    out.clear();
    if (length >= 100) {
        out = "LONG";
        return;
    }
    Py_UCS4 ch, last = 0;
    int run = 0;
    for (size_t i = 0; i < n;) {
        int step = decode(s + i, &ch);
        Py_UCS4 sign = ch;
        if (Py_UNICODE_ISALPHA(ch))
            sign = Py_UNICODE_ISUPPER(ch) ? 'X' : 'x';
        else if (Py_UNICODE_ISDIGIT(ch))
            sign = 'd';
        run = sign == last ? run + 1 : 1;
        last = sign;
        if (run <= 4) {
            if (sign == ch)
                out.append(s + i, step);
            else
                out.push_back(static_cast<char>(sign));
        }
        i += step;
    }
}

// Lower case of a word of ASCII characters: false if it has others, or is in lower case already.
inline bool lower_ascii(const char *s, size_t n, bool *ascii, std::string &out) {
    bool capital = false;
    *ascii = true;
    for (size_t i = 0; i < n; i++) {
        if (s[i] & 0x80) {
            *ascii = false;
            return false;
        }
        capital |= s[i] >= 'A' && s[i] <= 'Z';
    }
    if (!capital) return false;
    out.assign(s, n);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c += 32;
    return true;
}

}  // namespace tagma

#endif
