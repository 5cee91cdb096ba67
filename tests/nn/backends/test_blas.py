"""Matrix products in compiled code: through NumPy's BLAS, and by tagma's own loops where no BLAS is known."""

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from tagma.nn.backends import NumpyOps, _kernels, blas
from tagma.nn.backends.numpy_ops import matmul_into

SHAPES = [(1, 1, 1), (4, 32, 128), (5, 33, 129), (130, 96, 288), (3, 300, 7), (700, 50, 96)]


@pytest.fixture(params=["BLAS", "own loops"])
def product(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test with NumPy's BLAS and without any."""
    blas.find_sgemm()
    if request.param == "own loops":
        _kernels.use_sgemm(0, False)
    yield request.param
    blas.find_sgemm.cache_clear()
    blas.find_sgemm()


def _floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("f")


def test_the_blas_of_numpy_is_found() -> None:
    """Where NumPy came with OpenBLAS, its product is used and not the loops for want of it."""
    libraries = ThreadpoolController().select(user_api="blas").info()
    if not any(library["internal_api"] == "openblas" for library in libraries):
        pytest.skip("this NumPy has another BLAS")
    name = blas.find_sgemm()
    assert name is not None
    assert "cblas_sgemm" in name


@pytest.mark.parametrize(("n", "m", "k"), SHAPES)
@pytest.mark.parametrize("trans1", [False, True])
@pytest.mark.parametrize("trans2", [False, True])
def test_products(product: str, n: int, m: int, k: int, trans1: bool, trans2: bool) -> None:
    """Both give op(x) @ op(y), for every shape of edge and in every orientation, whatever stood in `out`."""
    x, y = (_floats(k, n).T if trans1 else _floats(n, k)), (_floats(m, k).T if trans2 else _floats(k, m))
    out = np.full((n, m), np.nan, dtype="f")
    matmul_into(out, x, y)
    np.testing.assert_allclose(out, x.astype("d") @ y.astype("d"), rtol=1e-4, atol=1e-4)
    matmul_into(out, x, y, beta=1.0)
    np.testing.assert_allclose(out, 2 * (x.astype("d") @ y.astype("d")), rtol=1e-4, atol=1e-4)


def test_views_and_empty_arrays(product: str) -> None:
    """Parts of wider arrays, rows repeated without a step, and sizes of 0 are multiplied as NumPy does."""
    wide, y = _floats(40, 64), _floats(16, 24)
    for x in (wide[:, 8:24], wide[::2, :16], wide[:, :32:2], np.broadcast_to(wide[0, :16], (9, 16))):
        out = np.empty((len(x), 24), dtype="f")
        matmul_into(out, x, y)
        np.testing.assert_allclose(out, x @ y, rtol=1e-4, atol=1e-4)
    for n, m, k in ((0, 3, 4), (3, 0, 4), (3, 4, 0)):
        out = np.full((n, m), np.nan, dtype="f")
        matmul_into(out, _floats(n, k), _floats(k, m))
        assert not out.any()


def test_gemm_says_what_does_not_fit() -> None:
    """Shapes that do not fit are named."""
    with pytest.raises(ValueError, match=r"\(2, 3\) by \(4, 5\)"):
        NumpyOps().gemm(_floats(2, 3), _floats(4, 5))
