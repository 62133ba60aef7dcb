"""Laws of encoding and decoding, on numbers that a reader can redo."""

import pytest
import torch
from lm_toys import toy_dictionary
from torch import Tensor

from headwater.dictionaries import dictionary as module
from headwater.errors import UnknownFeature

X = torch.tensor([[1.0, 2.0], [-1.0, 0.5]])
ENCODER, DECODER = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 2.0], [1.0, -1.0]]
# Pre-activations of X: [1, 2, 3] and [-1, 0.5, -0.5].


def test_relu_keeps_what_is_positive() -> None:
    plain = toy_dictionary(ENCODER, DECODER)

    assert plain.preactivation(X).tolist() == [[1, 2, 3], [-1, 0.5, -0.5]]
    assert plain.encode(X).tolist() == [[1, 2, 3], [0, 0.5, 0]]


def test_jumprelu_keeps_what_exceeds_its_threshold_unchanged() -> None:
    jump = toy_dictionary(ENCODER, DECODER, threshold=torch.tensor([1.0, 0.6, 2.5]))

    assert jump.encode(X).tolist() == [[0, 2, 3], [0, 0, 0]]


def test_topk_keeps_the_largest_and_never_a_negative_one() -> None:
    top = toy_dictionary(ENCODER, DECODER, k=2)

    assert top.encode(X).tolist() == [[0, 2, 3], [0, 0.5, 0]]


def test_decoding_is_a_sum_of_decoder_rows() -> None:
    plain = toy_dictionary(ENCODER, DECODER, b_dec=torch.tensor([10.0, 20.0]))

    # 1*[1,0] + 2*[0,2] + 3*[1,-1] + [10,20] = [14, 21]
    assert plain.decode(plain.encode(X)).tolist() == [[14, 21], [10, 21]]


def test_the_skip_path_is_added_to_the_reconstruction() -> None:
    skip = toy_dictionary(ENCODER, DECODER, W_skip=torch.tensor([[0.0, 1.0], [0.0, 0.0]]))

    # x @ W_skip.T = [2, 0] and [0.5, 0], on top of [4, 1] and [0, 1]
    assert skip.decode(skip.encode(X), X).tolist() == [[6, 1], [0.5, 1]]
    with pytest.raises(ValueError, match="skip path"):
        skip.decode(skip.encode(X))


@pytest.mark.parametrize("max_dense", [1, 150, 10**6])
@pytest.mark.parametrize("parts", [{}, {"threshold": torch.full((50,), 0.3)}, {"k": 4}])
def test_sparse_and_dense_agree(
    parts: dict[str, object], max_dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DENSE", max_dense)
    g = torch.Generator().manual_seed(0)
    W_enc, W_dec, W_skip = (torch.randn(shape, generator=g) for shape in ((50, 8), (50, 8), (8, 8)))
    random = toy_dictionary(W_enc.tolist(), W_dec.tolist(), W_skip=W_skip, **parts)
    x = torch.randn(9, 8, generator=g)

    sparse = random.encode_sparse(x)

    dense = torch.zeros(9, 50).index_put((sparse.position, sparse.feature), sparse.activation)
    assert torch.allclose(dense, random.encode(x), atol=1e-6)
    assert (sparse.activation > 0).all()
    keys = sparse.position * 50 + sparse.feature
    assert torch.equal(keys, keys.sort().values)
    assert torch.allclose(random.reconstruct(x), random.decode(random.encode(x), x), atol=1e-5)
    assert torch.allclose(random.activation_at(x, *grid(9, 50)), random.encode(x).flatten(), atol=1e-5)


def grid(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    every = torch.arange(rows * columns)
    return every // columns, every % columns


def test_leading_positions_can_be_left_out() -> None:
    plain = toy_dictionary(ENCODER, DECODER)

    assert plain.encode_sparse(X, first=1).position.tolist() == [1]
    assert len(plain.encode_sparse(X, first=2)) == 0


def test_a_feature_outside_the_dictionary_is_unknown() -> None:
    with pytest.raises(UnknownFeature, match="features 0 to 2, and no feature 3"):
        toy_dictionary(ENCODER, DECODER).check_feature(3)
