/* What every file of kernels begins with. Each is compiled once with REAL = float and once with REAL = double.

   Arrays are row-major and contiguous. Whoever launches a kernel has checked sizes and row numbers. No kernel shares
   memory between threads, none waits for another thread: each computes its items alone, in the order written here, so
   results are the same for any grid, but for the sums that scatter_add makes with atomics. */

typedef REAL real;
typedef long long isize;
typedef unsigned int uint32;
typedef unsigned long long uint64;

#define KERNEL extern "C" __global__ void

/* Every i below n, shared out among all threads of the grid, whatever its size. */
#define EACH(i, n)                                                             \
    for (isize i = (isize)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (isize)gridDim.x * blockDim.x)

/* x within low and high. NaN stays NaN, which fmin and fmax would turn into a bound. */
static __device__ inline real clipped(real x, real low, real high) { return x < low ? low : x > high ? high : x; }

static __device__ inline real logistic(real x) { return 1 / (1 + exp(-clipped(x, -20, 20))); }
