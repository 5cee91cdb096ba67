#define _GNU_SOURCE /* pthread_setname_np; before every header */

#include "pool.h"

#include <stdlib.h>

#define LINE 64 /* bytes of a cache line */

#if defined(_WIN32)

#include <malloc.h>

void tg_pool_resize(int workers) { (void)workers; }
int tg_pool_workers(void) { return 0; }
void tg_pool_forget(void) {}

void *tg_pool_scratch(size_t bytes) {
    static __declspec(thread) void *memory;
    static __declspec(thread) size_t size;
    if (bytes > size) {
        _aligned_free(memory);
        memory = _aligned_malloc(bytes, LINE);
        size = memory ? bytes : 0;
    }
    return memory;
}

void tg_pool_run(tg_part run, void *context, ptrdiff_t parts) {
    for (ptrdiff_t part = 0; part < parts; part++)
        run(context, part, 0);
}

#else

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define MAX_WORKERS 255
#define PAUSES 200        /* looks for a new job before the first yield, some 10 µs */
#define SPIN_NS 1000000   /* how long a worker yields before it sleeps: waking it takes some 50 µs, a yield 1 µs */

static struct {
    pthread_t threads[MAX_WORKERS];
    _Atomic int wanted;
    int running;
    atomic_flag busy;
    /* the job; `open` is its number while parts may be taken, else 0 */
    tg_part run;
    void *context;
    ptrdiff_t parts;
    _Atomic ptrdiff_t next;
    _Atomic uint64_t job, open;
    _Atomic int inside; /* workers that may be looking at the job */
    _Atomic int sleeping, stop;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} pool = {.busy = ATOMIC_FLAG_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Before the memory stands its size, in a cache line of its own. */
static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free); }

void *tg_pool_scratch(size_t bytes) {
    pthread_once(&scratch_once, make_scratch_key);
    char *block = pthread_getspecific(scratch_key);
    if (block == NULL || *(size_t *)block < bytes) {
        free(block);
        size_t size = (bytes + LINE - 1) / LINE * LINE;
        block = aligned_alloc(LINE, size + LINE);
        pthread_setspecific(scratch_key, block);
        if (block == NULL)
            return NULL;
        *(size_t *)block = size;
    }
    return block + LINE;
}

static void take_parts(ptrdiff_t worker) {
    ptrdiff_t part;
    while ((part = atomic_fetch_add(&pool.next, 1)) < pool.parts)
        pool.run(pool.context, part, worker);
}

static int news(uint64_t last) { return atomic_load(&pool.job) != last || atomic_load(&pool.stop); }

static void wait_for_news(uint64_t last) {
    for (int i = 0; i < PAUSES; i++) {
        if (news(last))
            return;
        pause_briefly();
    }
    for (int64_t end = now_ns() + SPIN_NS; now_ns() < end; sched_yield())
        if (news(last))
            return;
    pthread_mutex_lock(&pool.mutex);
    atomic_fetch_add(&pool.sleeping, 1);
    while (!news(last))
        pthread_cond_wait(&pool.wake, &pool.mutex);
    atomic_fetch_sub(&pool.sleeping, 1);
    pthread_mutex_unlock(&pool.mutex);
}

static void *serve(void *index) {
    uint64_t last = 0;
    for (;;) {
        wait_for_news(last);
        if (atomic_load(&pool.stop))
            return NULL;
        last = atomic_load(&pool.job);
        /* The caller closes the job and then looks at `inside`; here it is the other way round, so either the job is
           seen closed, or the caller waits. Only an open job's fields are read. */
        atomic_fetch_add(&pool.inside, 1);
        if (atomic_load(&pool.open) == last)
            take_parts((intptr_t)index);
        atomic_fetch_sub(&pool.inside, 1);
    }
}

static void wake_workers(void) {
    if (atomic_load(&pool.sleeping)) {
        pthread_mutex_lock(&pool.mutex);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.mutex);
    }
}

static void end_workers(void) {
    atomic_store(&pool.stop, 1);
    wake_workers();
    for (int i = 0; i < pool.running; i++)
        pthread_join(pool.threads[i], NULL);
    atomic_store(&pool.stop, 0);
    pool.running = 0;
}

static void start_workers(void) {
    while (pool.running < pool.wanted) {
        intptr_t index = pool.running + 1;
        if (pthread_create(&pool.threads[pool.running], NULL, serve, (void *)index))
            break; /* the system gives no more: those there are do the work */
#if defined(__linux__)
        char name[24];
        snprintf(name, sizeof name, "tagma-%d", (int)index);
        pthread_setname_np(pool.threads[pool.running], name);
#endif
        pool.running++;
    }
}

void tg_pool_resize(int workers) {
    while (atomic_flag_test_and_set(&pool.busy))
        sched_yield();
    if (workers > MAX_WORKERS)
        workers = MAX_WORKERS;
    if (workers < pool.running)
        end_workers();
    pool.wanted = workers;
    atomic_flag_clear(&pool.busy);
}

int tg_pool_workers(void) { return pool.wanted; }

void tg_pool_run(tg_part run, void *context, ptrdiff_t parts) {
    if (parts <= 1 || pool.wanted == 0 || atomic_flag_test_and_set(&pool.busy)) {
        for (ptrdiff_t part = 0; part < parts; part++)
            run(context, part, 0);
        return;
    }
    if (pool.running < pool.wanted)
        start_workers();
    pool.run = run;
    pool.context = context;
    pool.parts = parts;
    atomic_store(&pool.next, 0);
    uint64_t number = atomic_load(&pool.job) + 1;
    atomic_store(&pool.open, number);
    atomic_store(&pool.job, number);
    wake_workers();
    take_parts(0);
    atomic_store(&pool.open, 0);
    for (int i = 0; atomic_load(&pool.inside); i++)
        i < PAUSES ? pause_briefly() : (void)sched_yield();
    atomic_flag_clear(&pool.busy);
}

void tg_pool_forget(void) {
    pool.running = 0;
    atomic_flag_clear(&pool.busy);
    atomic_store(&pool.open, 0);
    atomic_store(&pool.inside, 0);
    atomic_store(&pool.sleeping, 0);
    atomic_store(&pool.stop, 0);
    pthread_mutex_init(&pool.mutex, NULL);
    pthread_cond_init(&pool.wake, NULL);
}

#endif
