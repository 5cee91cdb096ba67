/* Maxout: X (n, nP) are the pieces of all outputs of all rows, an output's pieces beside each other. */

/* Of equal pieces the first wins, and the first NaN of all. */
KERNEL maxout(real *best, int *which, const real *X, isize n, isize nP) {
    EACH(i, n) {
        const real *pieces = X + i * nP;
        isize winner = 0;
        for (isize p = 1; p < nP; p++)
            if (pieces[p] > pieces[winner] || (pieces[p] != pieces[p] && pieces[winner] == pieces[winner]))
                winner = p;
        best[i] = pieces[winner];
        which[i] = (int)winner;
    }
}

KERNEL backprop_maxout(real *dX, const real *dY, const int *which, isize n, isize nP) {
    EACH(i, n * nP) dX[i] = which[i / nP] == i % nP ? dY[i / nP] : 0;
}
