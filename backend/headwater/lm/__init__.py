"""What does the model compute? Finding, checking, tokenising for and running language models.

Start at `registry` (which models there are, without torch), `tokenizer`, then `model.load_model` and
`frozen.FrozenForward`. Adding a family: one adapter like `llama.py`, one row in `registry.ARCHITECTURES`,
one in `model.ADAPTERS`; `tests/backend/lm/test_model.py` holds the laws it must pass.
"""
