/* One build runs on any processor of its kind: hot loops are compiled once per instruction set and the right copy is
   picked by the dynamic loader (GNU ifunc). Where that is not available the compiler's default target is used, which
   on 64-bit Arm already includes NEON. */
#ifndef TAGMA_DISPATCH_H
#define TAGMA_DISPATCH_H

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__has_attribute) && \
    (defined(__clang__) || __GNUC__ >= 11) /* these names of instruction sets came with GCC 11 */
#if __has_attribute(target_clones)
#define TAGMA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef TAGMA_CLONES
#define TAGMA_CLONES
#endif

#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

#endif
