/* Reductions over sequences of rows that lie end to end: those of sequence s are the rows from starts[s] to
   starts[s + 1]. Columns of a sequence go to neighbouring threads, which read neighbouring values. */

/* For each of n rows: its place in its sequence, and the number of that sequence, found by halving. */
KERNEL place_rows(isize *within, isize *owner, const isize *starts, isize n_seqs, isize n) {
    EACH(row, n) {
        isize low = 0, high = n_seqs;
        while (high - low > 1) {
            const isize middle = (low + high) / 2;
            if (starts[middle] <= row)
                low = middle;
            else
                high = middle;
        }
        owner[row] = low;
        within[row] = row - starts[low];
    }
}

KERNEL sum_rows(real *Y, const real *X, const isize *starts, isize n_seqs, isize width) {
    EACH(i, n_seqs * width) {
        const isize s = i / width, column = i % width;
        real sum = 0;
        for (isize row = starts[s]; row < starts[s + 1]; row++)
            sum += X[row * width + column];
        Y[i] = sum;
    }
}

/* Y (n, width): row t is the row of X whose number is owner[t] */
KERNEL repeat_rows(real *Y, const real *X, const isize *owner, isize n, isize width) {
    EACH(i, n * width) Y[i] = X[owner[i / width] * width + i % width];
}

/* No sequence may be empty. Of equal values the first wins, and the first NaN of all. */
KERNEL reduce_max(real *Y, int *which, const real *X, const isize *starts, isize n_seqs, isize width) {
    EACH(i, n_seqs * width) {
        const isize s = i / width, first = starts[s], n = starts[s + 1] - first;
        const real *column = X + first * width + i % width;
        isize winner = 0;
        real best = column[0];
        for (isize row = 1; row < n; row++) {
            const real x = column[row * width];
            if (x > best || (x != x && best == best)) {
                best = x;
                winner = row;
            }
        }
        Y[i] = best;
        which[i] = (int)winner;
    }
}

/* dX (n, width) = the gradient of each row's sequence where the row was the largest, else 0 */
KERNEL backprop_reduce_max(real *dX, const real *dY, const int *which, const isize *within, const isize *owner, isize n,
                           isize width) {
    EACH(i, n * width) {
        const isize row = i / width, at = owner[row] * width + i % width;
        dX[i] = which[at] == within[row] ? dY[at] : 0;
    }
}
