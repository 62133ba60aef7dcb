"""What does the model compute? Finding, checking, tokenising for and running language models.

Start at `registry` (which models there are, without torch), `tokenizer`, then `model.load_model` and
`frozen.FrozenForward`; for methods that take the model apart, `network.Network`. Adding a family: one reader
like `llama.py`, one row in `registry.ARCHITECTURES`, one in `families.READERS`, its name in
`registry.TRACED` where linear tracing can follow it; `tests/backend/lm/test_model.py` and `test_network.py`
hold the laws it must pass.
"""
