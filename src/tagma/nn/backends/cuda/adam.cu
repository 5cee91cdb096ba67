/* One step of Adam, and a zeroed gradient. new1 and new2 are 1 - beta1 and 1 - beta2, to full precision. */

KERNEL adam(real *weights, real *gradient, real *mom1, real *mom2, isize n, real beta1, real new1, real beta2,
            real new2, real eps, real rate) {
    EACH(i, n) {
        const real g = gradient[i], m = beta1 * mom1[i] + new1 * g, v = beta2 * mom2[i] + new2 * g * g;
        mom1[i] = m;
        mom2[i] = v;
        weights[i] -= rate * m / (sqrt(v) + eps);
        gradient[i] = 0;
    }
}
