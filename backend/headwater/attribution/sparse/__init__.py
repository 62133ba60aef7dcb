"""Which dictionary features carry a behaviour, and through which others?

Start at `sparse_computation`. `sites` says where nodes are, `passes` what is run, `nodes` and `edges` hold
sparse feature circuits (Marks et al. 2024), `hierarchical` the gated pass of Ge et al. 2024.

Axis names: those of `lm.network`; `feature` row of a dictionary, `copies` rows of several copies of a
batch, `target` a node with inputs, `node` a node of the circuit, `bin` entry of its position axis."""

from headwater.attribution.circuit_methods import CircuitMethod, Hierarchical, SparseFeatures
from headwater.attribution.sparse.computation import SparseComputation
from headwater.attribution.sparse.hierarchical import HierarchicalComputation
from headwater.dictionaries.dictionary import DictionarySet
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask


def sparse_computation(
    network: Network, dictionaries: dict[str, DictionarySet], task: TokenTask, method: CircuitMethod
) -> SparseComputation | HierarchicalComputation:
    """The computation of a method on dictionary features. `dictionaries`: part of a block -> set."""
    if isinstance(method, SparseFeatures):
        return SparseComputation(network, dictionaries, task, method)
    if isinstance(method, Hierarchical):
        return HierarchicalComputation(network, dictionaries, task, method)
    raise TypeError(f"{method.method} does not work on dictionary features")


__all__ = ["HierarchicalComputation", "SparseComputation", "sparse_computation"]
