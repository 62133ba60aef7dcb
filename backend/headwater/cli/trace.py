"""`headwater trace`: one graph without a server."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.cli.options import (
    Data,
    Device,
    Dictionaries,
    Json,
    Model,
    Prompt,
    read_feature,
    read_prompt,
    read_settings,
    read_token,
)
from headwater.cli.output import Output, answering, check_writable, counted, write_json, writing

if TYPE_CHECKING:
    from headwater.attribution.methods import LinearTracing
    from headwater.cli.session import Request
    from headwater.graph.graph import Graph
    from headwater.graph.prune import PrunedGraph


class Format(StrEnum):
    headwater = "headwater"
    neuronpedia = "neuronpedia"
    npz = "npz"


def trace(
    prompt: Prompt,
    model: Model = None,
    dictionaries: Dictionaries = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help='Next token to explain, exactly as it reads (" Mary") or as #ID; may be repeated.',
            show_default="the likeliest ones",
        ),
    ] = None,
    target_minus: Annotated[
        str | None, typer.Option(help="Explain the logit of --target less the logit of this token.")
    ] = None,
    feature: Annotated[
        str | None, typer.Option(help="Explain a feature instead: LAYER:INDEX@POSITION.", metavar="FEATURE")
    ] = None,
    position: Annotated[int, typer.Option(help="Position whose next token is explained.")] = -1,
    max_features: Annotated[
        int | None, typer.Option(help="Most influential features to explain.", show_default="all")
    ] = None,
    node_threshold: Annotated[float, typer.Option(help="Share of influence that shown nodes hold.")] = 0.8,
    edge_threshold: Annotated[float, typer.Option(help="Share of score that shown edges hold.")] = 0.98,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; `-` is stdout.")] = None,
    format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="File format.", show_default="npz for *.npz, else headwater"),
    ] = None,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Compute the attribution graph of a prompt."""
    with answering(as_json) as output:
        if out is not None and str(out) == "-" and as_json:
            raise typer.BadParameter("--json already answers on standard output: give --out a file.")
        from headwater.cli.session import prepare
        from headwater.graph.prune import check_threshold

        check_threshold("node_threshold", node_threshold)
        check_threshold("edge_threshold", edge_threshold)
        settings = read_settings(data=data, device=device)
        method = read_method(target or [], target_minus, feature, position, max_features)
        if out is not None:
            check_writable(out)
        request = prepare(settings, model, dictionaries, read_prompt(prompt))
        with output.progress() as progress:
            graph = run_trace(request, method, progress)
        pruned = graph.prune(node_threshold, edge_threshold)
        if out is not None:
            write_graph(
                out, format or (Format.npz if out.suffix == ".npz" else Format.headwater), graph, pruned
            )
        if out is None or str(out) != "-":
            _report(output, request, graph, pruned, out)


def read_method(
    target: list[str], target_minus: str | None, feature: str | None, position: int, max_features: int | None
) -> "LinearTracing":
    """The settings of a trace; options that exclude each other are wrong usage."""
    from pydantic import ValidationError

    from headwater.attribution.methods import ChosenTokens, LinearTracing, LogitDifference, Targets, TopLogits
    from headwater.errors import InvalidSetting, InvalidTarget

    if feature is not None and (target or target_minus is not None):
        raise typer.BadParameter("--feature and --target exclude each other: give one of them.")
    if target_minus is not None and len(target) != 1:
        raise typer.BadParameter("--target-minus needs exactly one --target to subtract from.")
    try:
        targets: Targets
        if feature is not None:
            targets = read_feature(feature)
        elif target_minus is not None:
            plus, minus = read_token(target[0]), read_token(target_minus)
            targets = LogitDifference(plus=plus, minus=minus, position=position)
        elif target:
            targets = ChosenTokens(tokens=tuple(map(read_token, target)), position=position)
        else:
            targets = TopLogits(position=position)
    except ValidationError as error:
        raise InvalidTarget(f"The target cannot be read: {error.errors()[0]['msg']}. Name a token.") from None
    try:
        return LinearTracing(targets=targets, max_features=max_features)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InvalidSetting(f"max_features is {max_features}: {reason}. Leave it out for all.") from None


def run_trace(request: "Request", method: "LinearTracing", progress: Any) -> "Graph":
    from headwater.jobs.memory import CheckedProgress, check_memory
    from headwater.lm.tokenizer import load_tokenizer

    method = method.resolved(load_tokenizer(request.entry), len(request.token_ids))
    check_memory(
        request.settings,
        request.entry,
        request.dictionary_set,
        n_tokens=len(request.token_ids),
        is_warm=False,
    )
    progress("loading the model", 0, 0)
    from headwater.attribution.linear import trace as trace_linear

    model, dictionaries = request.load()
    checked = CheckedProgress(request.settings, progress)
    graph = trace_linear(model, dictionaries, request.token_ids, method, progress=checked)
    return replace(graph, provenance={**graph.provenance, "prompt": request.prompt})


def write_graph(path: Path, format: Format, graph: "Graph", pruned: "PrunedGraph") -> None:
    if format == Format.npz:
        from headwater.graph.export.npz import write_npz

        with writing(path) as file:
            write_npz(graph, file)
    elif format == Format.neuronpedia:
        from headwater.graph.export.neuronpedia import to_neuronpedia

        write_json(path, to_neuronpedia(pruned, slug=path.stem))
    else:
        from headwater.graph.export.headwater import to_headwater

        write_json(path, to_headwater(graph, pruned))


def _report(
    output: Output, request: "Request", graph: "Graph", pruned: "PrunedGraph", out: Path | None
) -> None:
    from headwater.graph.codec import view_facts
    from headwater.graph.graph import FEATURE
    from headwater.graph.ids import format_ids

    seconds = sum(graph.provenance["seconds"].values())
    scores, paths, ids = graph.scores, pruned.top_paths(5), format_ids(graph.nodes)
    n_features = int((graph.nodes.kind == FEATURE).sum())
    labels, weights = graph.target_labels, graph.target_weights.tolist()
    targets = [
        {"label": label, "probability": weight, "node": ids[node]}
        for label, weight, node in zip(labels, weights, graph.target_nodes.tolist(), strict=True)
    ]
    output.give(
        {
            "model": request.entry.name,
            "dictionaries": request.dictionary_set.id,
            "prompt": request.prompt,
            "tokens": list(graph.tokens),
            "token_ids": graph.token_ids.tolist(),
            "targets": targets,
            "n_nodes": len(graph.nodes),
            "n_edges": len(graph.edges),
            "n_features": n_features,
            "replacement_score": scores.replacement,
            "completeness_score": scores.completeness,
            "completeness_score_leaf_free": scores.completeness_leaf_free,
            "view": view_facts(pruned),
            "top_paths": [
                {"nodes": path.nodes, "weights": path.weights, "strength": path.strength, "sign": path.sign}
                for path in paths
            ],
            "provenance": graph.provenance,
            "seconds": round(seconds, 3),
            "out": None if out is None else str(out),
        }
    )
    explained = ", ".join(f"{label!r} {weight:.1%}" for label, weight in zip(labels, weights, strict=True))
    output.say(f"Explains    {explained}")
    output.say(
        f"Graph       {counted(len(graph.nodes), 'node')} ({counted(n_features, 'feature')}), "
        f"{counted(len(graph.edges), 'edge')}; "
        f"{counted(len(pruned.node), 'node')} and {counted(len(pruned.edge), 'edge')} shown"
    )
    output.say(
        f"Scores      replacement {scores.replacement:.3f}, completeness {scores.completeness:.3f} "
        f"(leaf-free {scores.completeness_leaf_free:.3f})"
    )
    output.say("Strongest paths")
    named = dict(zip(ids, _names(graph, ids), strict=True))
    for path in paths:
        output.say(f"  {' → '.join(named[node] for node in path.nodes)}  {path.sign * path.strength:+.2%}")
    output.say(f"Traced in {seconds:.2f} s" + (f"; written to {out}" if out is not None else ""))


def _names(graph: "Graph", ids: list[str]) -> list[str]:
    """Node ids with the token they stand for, where they stand for one."""
    from headwater.graph.graph import EMBEDDING

    texts = dict(zip(graph.target_nodes.tolist(), graph.target_labels, strict=True))
    for node in (graph.nodes.kind == EMBEDDING).nonzero()[0].tolist():
        texts[node] = graph.tokens[graph.nodes.position[node]]
    return [f"{id} {texts[node]!r}" if node in texts else id for node, id in enumerate(ids)]
