/* Windows of rows: nW neighbours on either side, within the sequence that a row belongs to (see segments.cu). */

/* cols (n, slots, width): slot k of row t is row t + k - nW of X, or zeros beyond the ends of the sequence */
KERNEL seq2col(real *cols, const real *X, const isize *starts, const isize *owner, isize n, isize width, isize nW) {
    const isize slots = 2 * nW + 1;
    EACH(i, n * slots * width) {
        const isize row = i / (slots * width), source = row + i / width % slots - nW, s = owner[row];
        cols[i] = starts[s] <= source && source < starts[s + 1] ? X[source * width + i % width] : 0;
    }
}

/* dX (n, width): each row gathers its gradient from the rows in whose windows it was */
KERNEL backprop_seq2col(real *dX, const real *dcols, const isize *starts, const isize *owner, isize n, isize width,
                        isize nW) {
    const isize slots = 2 * nW + 1;
    EACH(i, n * width) {
        const isize row = i / width, s = owner[row];
        real sum = 0;
        for (isize slot = 0; slot < slots; slot++) {
            const isize user = row - (slot - nW);
            if (starts[s] <= user && user < starts[s + 1])
                sum += dcols[(user * slots + slot) * width + i % width];
        }
        dX[i] = sum;
    }
}
