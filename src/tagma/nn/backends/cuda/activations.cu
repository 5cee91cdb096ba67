/* Activation functions of each value, and their gradients: dX from dY and from X or Y. The output may be any of the
   inputs. The formulas stand at the functions of the same names in _activation_ops.py. */

static __device__ inline real gaussian_cdf(real x) { return real(0.5) * erfc(-x * real(0.70710678118654752)); }

static __device__ inline real tanh_of_softplus(real x) { return tanh(log1p(exp(x))); }

KERNEL backprop_relu(real *dX, const real *dY, const real *Y, isize n) {
    EACH(i, n) dX[i] = dY[i] * (Y[i] > 0 ? 1 : 0);
}

KERNEL clipped_linear(real *Y, const real *X, isize n, real slope, real offset, real low, real high) {
    EACH(i, n) Y[i] = clipped(slope * X[i] + offset, low, high);
}

/* low and high are bounds of X here */
KERNEL backprop_clipped_linear(real *dX, const real *dY, const real *X, isize n, real slope, real low, real high) {
    EACH(i, n) dX[i] = dY[i] * (low < X[i] && X[i] < high ? slope : 0);
}

KERNEL sigmoid(real *Y, const real *X, isize n) { EACH(i, n) Y[i] = logistic(X[i]); }

KERNEL backprop_sigmoid(real *dX, const real *dY, const real *Y, isize n) {
    EACH(i, n) dX[i] = dY[i] * (Y[i] * (1 - Y[i]));
}

KERNEL swish(real *Y, const real *X, isize n) { EACH(i, n) Y[i] = X[i] * logistic(X[i]); }

KERNEL backprop_swish(real *dX, const real *dY, const real *X, const real *Y, isize n) {
    EACH(i, n) dX[i] = dY[i] * (Y[i] + logistic(X[i]) * (1 - Y[i]));
}

KERNEL hard_swish(real *Y, const real *X, isize n) {
    EACH(i, n) Y[i] = X[i] * clipped(real(0.2) * X[i] + real(0.5), 0, 1);
}

KERNEL backprop_hard_swish(real *dX, const real *dY, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i];
        dX[i] = dY[i] * (x > real(2.5) ? 1 : x < real(-2.5) ? 0 : real(0.4) * x + real(0.5));
    }
}

KERNEL hard_swish_mobilenet(real *Y, const real *X, isize n) { EACH(i, n) Y[i] = X[i] * (clipped(X[i] + 3, 0, 6) / 6); }

KERNEL backprop_hard_swish_mobilenet(real *dX, const real *dY, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i];
        dX[i] = dY[i] * (x > 3 ? 1 : x < -3 ? 0 : (2 * x + 3) / 6);
    }
}

KERNEL dish(real *Y, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i];
        Y[i] = real(0.5) * x * (x / sqrt(1 + x * x) + 1);
    }
}

KERNEL backprop_dish(real *dX, const real *dY, const real *X, isize n) {
    EACH(i, n) {
        const real bent = X[i] / sqrt(1 + X[i] * X[i]);
        dX[i] = dY[i] * (bent - real(0.5) * bent * bent * bent + real(0.5));
    }
}

KERNEL gelu(real *Y, const real *X, isize n) { EACH(i, n) Y[i] = X[i] * gaussian_cdf(X[i]); }

KERNEL backprop_gelu(real *dX, const real *dY, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i], density = real(0.39894228040143268) * exp(real(-0.5) * x * x);
        dX[i] = dY[i] * (gaussian_cdf(x) + x * density);
    }
}

KERNEL gelu_approx(real *Y, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i], inner = real(0.79788456080286536) * (x + real(0.044715) * x * x * x);
        Y[i] = real(0.5) * x * (1 + tanh(inner));
    }
}

KERNEL backprop_gelu_approx(real *dX, const real *dY, const real *X, isize n) {
    EACH(i, n) {
        const real x = X[i], cube = x * x * x, inner = real(0.0356774) * cube + real(0.797885) * x;
        const real sech = 1 / cosh(clipped(inner, -20, 20));
        const real steep = (real(0.0535161) * cube + real(0.398942) * x) * sech * sech;
        dX[i] = dY[i] * (real(0.5) * tanh(inner) + steep + real(0.5));
    }
}

KERNEL mish(real *Y, const real *X, isize n, real threshold) {
    EACH(i, n) Y[i] = X[i] >= threshold ? X[i] : X[i] * tanh_of_softplus(X[i]);
}

/* e^x w / d^2 as (e^x / d) (w / d), which stays finite where d^2 would not */
KERNEL backprop_mish(real *dX, const real *dY, const real *X, isize n, real threshold) {
    EACH(i, n) {
        const real x = X[i], e = exp(x < threshold ? x : real(0)), delta = 2 * e + e * e + 2;
        const real omega = 4 * (x + 1) + 4 * e * e + e * e * e + e * (4 * x + 6);
        dX[i] = dY[i] * (x >= threshold ? 1 : (e / delta) * (omega / delta));
    }
}
