"""Which edges between heads and MLPs carry a behaviour?

Start at `component_computation`; `scores.py` holds the estimates, `graph.py` the numbering of edges.
"""

from headwater.attribution.circuit_methods import CircuitMethod, EdgeSearch, PositionAware
from headwater.attribution.components.computation import EdgeComputation, EdgeMethod, PositionComputation
from headwater.attribution.components.search import SearchComputation
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask


def component_computation(
    network: Network, task: TokenTask, method: CircuitMethod
) -> EdgeComputation | PositionComputation | SearchComputation:
    """The computation of a method on heads and MLPs."""
    if isinstance(method, PositionAware):
        return PositionComputation(network, task, method)
    if isinstance(method, EdgeSearch):
        return SearchComputation(network, task, method)
    if not isinstance(method, EdgeMethod):
        raise TypeError(f"{method.method} does not work on heads and MLPs")
    return EdgeComputation(network, task, method)


__all__ = ["EdgeComputation", "PositionComputation", "component_computation"]
