"""How is brook made?

Everything that turns the corpus into the bundled model: `tokenizer`, `tasks` (the generated tenth of the
text), `train_lm`, then `train_dictionaries`, and `evaluate_*` for every figure on the model card. README.md beside
this file gives the commands in order. Nothing here is needed to run Headwater.
"""
