/* A batch in parts for the pool: stretches of consecutive docs, whose bounds depend on their sizes alone. */

#include <stdlib.h>

#include "machine.h"

isize tg_part_bounds(const isize *offsets, isize n_docs, isize words, isize *bounds) {
    isize n_parts = 0;
    bounds[0] = 0;
    for (isize doc = 0; doc < n_docs; doc++)
        if (doc > bounds[n_parts] && offsets[doc + 1] - offsets[bounds[n_parts]] > words)
            bounds[++n_parts] = doc;
    if (n_docs > bounds[n_parts])
        bounds[++n_parts] = n_docs;
    return n_parts;
}

typedef struct {
    tg_stretch run;
    void *job;
    isize *bounds;
    int *statuses; /* of the parts, each written by whoever runs it */
} stretches;

static void run_part(void *context, ptrdiff_t part, ptrdiff_t worker) {
    const stretches *of = context;
    (void)worker;
    of->statuses[part] = of->run(of->job, of->bounds[part], of->bounds[part + 1]);
}

int tg_run_stretches(tg_stretch run, void *job, const isize *offsets, isize n_docs, isize words) {
    stretches of = {run, job, malloc((size_t)(n_docs + 2) * sizeof(isize)), calloc((size_t)n_docs + 1, sizeof(int))};
    int status = of.bounds && of.statuses ? OK : NO_MEMORY;
    if (status == OK) {
        const isize n_parts = tg_part_bounds(offsets, n_docs, words, of.bounds);
        tg_use.run(run_part, &of, n_parts);
        for (isize part = 0; part < n_parts && status == OK; part++)
            status = of.statuses[part];
    }
    free(of.bounds);
    free(of.statuses);
    return status;
}
