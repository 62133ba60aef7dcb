"""Training takes a step in the right direction, on a toy."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from training import model, streams, train_dictionaries, train_lm
from training.dictionaries import D, Group

TOY = model.Shape(
    vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2
)


def test_a_few_steps_lower_the_loss_of_the_language_model() -> None:
    torch.manual_seed(0)
    text = np.tile(np.arange(2, 50, dtype=np.uint16), 60)
    mix = streams.Mix.of({"tasks": text, "04": text}, "cpu")
    network = model.Brook(TOY)
    batch = mix.draw(2, torch.Generator().manual_seed(1))
    before = train_lm.loss_of(network, batch).item()

    train_lm.train(network, mix, steps=50, seconds=60, batch=2, check=lambda: None)

    assert train_lm.loss_of(network, batch).item() < before - 0.3


def test_rows_start_with_start_of_text_and_follow_the_stream() -> None:
    text = np.arange(2, 2002, dtype=np.uint16)
    drawn = streams.Mix.of({"tasks": text, "04": text}, "cpu").draw(8, torch.Generator().manual_seed(0))

    assert drawn.shape == (8, 257)
    assert (drawn[:, 0] == 1).all()
    assert (drawn[:, 2:] - drawn[:, 1:-1] == 1).all()


def test_bisection_finds_the_cut_that_keeps_the_right_number() -> None:
    pre = torch.rand(2, 50, 40, generator=torch.Generator().manual_seed(0))

    cut = train_dictionaries.batch_threshold(pre, torch.tensor(100))

    kept = (pre > cut).sum((1, 2))
    assert ((kept >= 95) & (kept <= 100)).all()


def test_a_few_steps_lower_the_error_of_the_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_dictionaries, "STEP_TOKENS", 64)
    monkeypatch.setattr(train_dictionaries, "AUXILIARY_K", 4)
    monkeypatch.setattr(train_dictionaries, "WARM_UP", 1)
    torch.manual_seed(0)
    group = Group("toy", "resid", "resid", 64, 8, "hook_resid_post")
    directions = torch.randn(6, 32, D)

    def source() -> Iterator[dict[str, torch.Tensor]]:
        while True:
            yield {"resid": torch.bmm((torch.rand(6, 64, 32) > 0.9).float(), directions)}

    batch = next(source())["resid"]
    stack = train_dictionaries.Stack(group, {"resid": batch})
    before = train_dictionaries.loss_of(stack, batch, batch, torch.tensor(8 * 64), *stack.dead())[1].mean()

    train_dictionaries.train([stack], source(), seconds=60, steps=50)

    after = train_dictionaries.loss_of(stack, batch, batch, torch.tensor(8 * 64), *stack.dead())[1].mean()
    assert after < 0.9 * before
