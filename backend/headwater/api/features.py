"""What does this feature respond to? Dashboards and search over the harvest, if a model has one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.errors import UnknownDictionary, UnknownFeature
from headwater.features.dashboard import FeatureDashboard
from headwater.features.table import FeaturePage, FeatureTable, blank_dashboard
from headwater.lm.registry import ModelEntry
from headwater.store.pages import MAX_LIMIT

router = APIRouter(prefix="/features", tags=["features"], responses=RESPONSES)


@router.get("/{dictionary}/{index}")
def get_feature(
    dictionary: Annotated[str, Path(description="`model.set.layer`, e.g. `brook.transcoders.3`.")],
    index: int,
    server: AppServer,
) -> FeatureDashboard:
    """One feature's dashboard. Without a harvest only what is known is filled; `has_examples` is false."""
    entry, found, layer = server.catalogue.dictionary(dictionary)
    width = next(file.width for file in found.files if file.layer == layer)
    if not 0 <= index < width:
        raise UnknownFeature(f"{dictionary} has features 0 to {width - 1}, and no feature {index}.")
    table = server.catalogue.features(entry)
    if table is None or not table.has(dictionary):
        return blank_dashboard(dictionary, layer, index)
    return table.dashboard(dictionary, index, server.catalogue.tokenizer(entry))


@router.get("")
def search_features(
    server: AppServer,
    q: Annotated[
        str, Query(max_length=200, description="Words; all must match. Empty lists a dictionary.")
    ] = "",
    dictionary: Annotated[
        str | None, Query(description="A dictionary or a set; without one, the default model is searched.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: str | None = None,
) -> FeaturePage:
    """Features whose strongest or promoted tokens contain the words, best first."""
    entry, table = _table(server, dictionary)
    tokenizer = server.catalogue.tokenizer(entry)
    if q.strip() or dictionary is None:
        page = table.search(q, tokenizer, dictionary=dictionary, limit=limit, cursor=cursor)
    else:
        page = table.browse(dictionary, tokenizer, limit=limit, cursor=cursor)
    return page


def _table(server: Server, dictionary: str | None) -> tuple[ModelEntry, FeatureTable]:
    name = dictionary.split(".")[0] if dictionary else server.settings.default_model
    entry = server.catalogue.model(name)
    table = server.catalogue.features(entry)
    if table is None:
        raise UnknownDictionary(
            f"{name} has no harvested features to search. "
            f"Harvest them with `headwater harvest --model {name}`."
        )
    return entry, table
