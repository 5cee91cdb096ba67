/* One pool of threads for all compiled work of a process: parts of a job are handed out in order to whoever is free.
   A caller takes parts itself, so a pool of no workers is plain serial code. Without POSIX threads all work is serial. */
#ifndef TAGMA_POOL_H
#define TAGMA_POOL_H

#include <stddef.h>

/* `worker` is 0 in the calling thread and 1 .. tg_pool_workers() in the others: an index of scratch memory */
typedef void (*tg_part)(void *context, ptrdiff_t part, ptrdiff_t worker);

/* Threads beside the caller from the next job on. Waits for a running job, and for threads to end. */
void tg_pool_resize(int workers);
int tg_pool_workers(void);
/* Calls run(context, 0 .. parts - 1, worker) and returns when all are done. While another job has the pool, or from
   within a part, the caller does all parts itself. */
void tg_pool_run(tg_part run, void *context, ptrdiff_t parts);
/* Memory of the calling thread, of at least `bytes`, in whole cache lines; NULL if there is none to be had. Its content is
   undefined, it is valid until the thread's next call, and goes when the thread goes. */
void *tg_pool_scratch(size_t bytes);
/* In a forked child, which has none of its parent's threads. */
void tg_pool_forget(void);

#endif
