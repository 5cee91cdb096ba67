/* One build runs on any processor of its kind: hot loops are compiled once per instruction set and the right copy is
   picked by the dynamic loader (GNU ifunc). Where that is not available the compiler's default target is used, which
   on 64-bit Arm already includes NEON. A build with TAGMA_CLONE=default, v3 or v4 (see setup.py) has one copy alone, so
   that each can be tested on any processor that has its instructions. */
#ifndef TAGMA_DISPATCH_H
#define TAGMA_DISPATCH_H

#include <stdint.h> /* says __GLIBC__ */

/* These names of instruction sets came with GCC 11. Clang's clones cannot be called from another source file. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 11 && \
    !defined(__clang__)
#if defined(TAGMA_CLONE_V4)
#define TAGMA_CLONES __attribute__((target("arch=x86-64-v4")))
#elif defined(TAGMA_CLONE_V3)
#define TAGMA_CLONES __attribute__((target("arch=x86-64-v3")))
#elif defined(TAGMA_CLONE_DEFAULT)
#define TAGMA_CLONES
#else
#define TAGMA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#elif defined(TAGMA_CLONE_V3) || defined(TAGMA_CLONE_V4)
#error "TAGMA_CLONE=v3 and v4 need GCC 11 or later on x86-64 Linux; here there is the default target alone"
#else
#define TAGMA_CLONES
#endif

#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

#endif
