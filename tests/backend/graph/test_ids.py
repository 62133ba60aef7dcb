import numpy as np
import pytest

from headwater.errors import InvalidSetting
from headwater.graph.graph import BIAS, EMBEDDING, ERROR, FEATURE, LOGIT, POSITION, START, Nodes
from headwater.graph.ids import NodeId, format_id, format_ids, parse_id

IDS = {
    "e4": NodeId(EMBEDDING, None, None, 4),
    "p4": NodeId(POSITION, None, None, 4),
    "f3.17.9": NodeId(FEATURE, 3, 17, 9),
    "r5.3": NodeId(ERROR, 5, None, 3),
    "b0.1": NodeId(BIAS, 0, None, 1),
    "s2.0": NodeId(START, 2, None, 0),
    "l4096.8": NodeId(LOGIT, None, 4096, 8),
}


@pytest.mark.parametrize("text", IDS)
def test_ids_read_back(text):
    node = parse_id(text)

    assert node == IDS[text]
    layer, index = (-1 if value is None else value for value in (node.layer, node.index))
    assert format_id(node.kind, layer, index, node.position) == text


def test_no_two_nodes_share_an_id():
    # circuit-tracer calls both of these 0_5_3
    nodes = Nodes(
        np.uint8([ERROR, FEATURE]), np.int16([5, 0]), np.int32([3, 3]), np.int32([-1, 5]), np.float32([0, 1])
    )
    assert format_ids(nodes) == ["r5.3", "f0.5.3"]


@pytest.mark.parametrize("text", ["", "f3.17", "f3.17.9 ", "x1", "f-1.2.3", "e٣", "e" + "9" * 5000])
def test_other_text_is_refused_with_an_example(text):
    with pytest.raises(InvalidSetting, match=r"f3\.17\.9") as refused:
        parse_id(text)
    assert len(refused.value.detail) < 300
