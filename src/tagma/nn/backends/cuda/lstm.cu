/* The gates of one step of an LSTM: forget, input and output gate and candidate, each nH wide, beside each other. */

/* H and C (n, nH) are set; A (n, 4 nH), summed inputs, becomes the gates */
KERNEL lstm_gates(real *H, real *C, real *A, const real *C_before, isize n, isize nH) {
    EACH(i, n * nH) {
        real *a = A + i / nH * 4 * nH + i % nH;
        const real f = logistic(a[0]), in = logistic(a[nH]), out = logistic(a[2 * nH]), candidate = tanh(a[3 * nH]);
        a[0] = f;
        a[nH] = in;
        a[2 * nH] = out;
        a[3 * nH] = candidate;
        C[i] = f * C_before[i] + in * candidate;
        H[i] = out * tanh(C[i]);
    }
}

/* dA (n, 4 nH) and dC_before (n, nH) are set */
KERNEL backprop_lstm_gates(real *dA, real *dC_before, const real *dH, const real *dC, const real *gates, const real *C,
                           const real *C_before, isize n, isize nH) {
    EACH(i, n * nH) {
        const isize at = i / nH * 4 * nH + i % nH;
        const real f = gates[at], in = gates[at + nH], out = gates[at + 2 * nH], candidate = gates[at + 3 * nH];
        const real bent = tanh(C[i]), d = dC[i] + dH[i] * out * (1 - bent * bent);
        dA[at] = d * C_before[i] * f * (1 - f);
        dA[at + nH] = d * candidate * in * (1 - in);
        dA[at + 2 * nH] = dH[i] * bent * out * (1 - out);
        dA[at + 3 * nH] = d * in * (1 - candidate * candidate);
        dC_before[i] = d * f;
    }
}
