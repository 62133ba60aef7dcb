"""Node ids: the short names people, URLs and files use for nodes.

| id | node |
|---|---|
| `e{pos}` | embedding of the token at pos |
| `p{pos}` | positional embedding at pos |
| `f{layer}.{index}.{pos}` | feature |
| `r{layer}.{pos}` | error term (what the dictionary misses) |
| `b{layer}.{pos}` | biases of a block |
| `s{layer}.{pos}` | dropped start-of-text MLP output |
| `l{index}.{pos}` | logit of a token (index >= d_vocab: a difference or direction) |

No two nodes of one graph share an id, unlike circuit-tracer's ids (TRACING.md b.6.1).
"""

import re
from dataclasses import dataclass

from headwater.errors import InvalidSetting
from headwater.graph.graph import BIAS, EMBEDDING, ERROR, FEATURE, LOGIT, POSITION, START, Nodes


@dataclass(frozen=True)
class NodeId:
    """What an id says. `layer` is None for kinds whose id has none (embedding, position,
    logit), `index` None where the id has none; see `Nodes` for their stored values."""

    kind: int
    layer: int | None
    index: int | None
    position: int


# One number has at most ten digits, so a hostile id cannot become an unbounded integer.
_NUMBER = r"(\d{1,10})"
_PATTERNS = {
    EMBEDDING: re.compile(rf"e{_NUMBER}", re.ASCII),
    POSITION: re.compile(rf"p{_NUMBER}", re.ASCII),
    FEATURE: re.compile(rf"f{_NUMBER}\.{_NUMBER}\.{_NUMBER}", re.ASCII),
    ERROR: re.compile(rf"r{_NUMBER}\.{_NUMBER}", re.ASCII),
    BIAS: re.compile(rf"b{_NUMBER}\.{_NUMBER}", re.ASCII),
    START: re.compile(rf"s{_NUMBER}\.{_NUMBER}", re.ASCII),
    LOGIT: re.compile(rf"l{_NUMBER}\.{_NUMBER}", re.ASCII),
}


def format_id(kind: int, layer: int, index: int, position: int) -> str:
    if kind == FEATURE:
        return f"f{layer}.{index}.{position}"
    if kind == ERROR:
        return f"r{layer}.{position}"
    if kind == EMBEDDING:
        return f"e{position}"
    if kind == LOGIT:
        return f"l{index}.{position}"
    return f"p{position}" if kind == POSITION else f"{'b' if kind == BIAS else 's'}{layer}.{position}"


def format_ids(nodes: Nodes) -> list[str]:
    """The id of every node, in node order."""
    columns = (nodes.kind, nodes.layer, nodes.index, nodes.position)
    return [format_id(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def parse_id(text: str) -> NodeId:
    for kind, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(text):
            return _node_id(kind, [int(number) for number in match.groups()])
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise InvalidSetting(
        f"{shown!r} is not a node id. Write f{{layer}}.{{index}}.{{position}} for a feature "
        "(for example f3.17.9), e{position} for a token or l{token id}.{position} for a logit.",
        node=shown,
    )


def _node_id(kind: int, numbers: list[int]) -> NodeId:
    if kind in (EMBEDDING, POSITION):
        return NodeId(kind, None, None, numbers[0])
    if kind == LOGIT:
        return NodeId(kind, None, numbers[0], numbers[1])
    if kind == FEATURE:
        return NodeId(kind, numbers[0], numbers[1], numbers[2])
    return NodeId(kind, numbers[0], None, numbers[1])
