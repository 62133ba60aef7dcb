"""Does a circuit do what the model does? What it keeps is run, everything else is ablated.

Start with `components.evaluate_components` (heads and MLPs) and `features` (dictionary features); `scores`
holds the numbers themselves, `settings` how they were asked for, `compare` and `stability` what two circuits,
or two draws of examples, have in common. `settings`, `scores` and `compare` need no torch.

Axis names: `circuit` several at once; `example` number in the task; `edge` row of an edge universe; `source`
and `slot` the two axes of a matrix of edges (who writes, and which input is read).
"""
