import json

import plotly.graph_objects as go
import pytest

from headwater.evaluation.settings import Curve, CurvePoint, EvaluationResult, EvaluationSettings, Quantiles
from headwater.figures.evaluation import evaluation_curves, settings_line


def point(size, faithfulness, quantiles=None):
    return CurvePoint(
        size=size, asked=size, fraction=size / 100, metric=1.0, faithfulness=faithfulness, completeness=0.1,
        soft=0.5, hard=0.75, kl=0.2, quantiles=quantiles,
    )  # fmt: skip


QUARTERS = Quantiles(median=0.5, q1=0.25, q3=0.75, worst5=0.0)
RESULT = EvaluationResult(
    settings=EvaluationSettings(ablation="mean"),
    level="components",
    model="toy",
    task={"name": "t"},
    method={"method": "eap"},
    n_examples=12,
    n_items=100,
    clean=3.0,
    empty=-1.0,
    curves=(
        Curve(
            name="circuit",
            ranking="absolute",
            points=(point(0, 0.0), point(10, 0.5, QUARTERS), point(100, None)),
            cpr=0.9,
            cmd=0.1,
        ),
        Curve(
            name="random", ranking="absolute", points=(point(10, 0.1), point(100, 1.0)), cpr=0.25, cmd=0.75
        ),
        Curve(name="circuit", ranking="signed", points=(point(10, 0.7),), cpr=1.2, cmd=0.3),
    ),
)


@pytest.mark.parametrize("measure", ["faithfulness", "completeness", "soft", "hard", "kl"])
@pytest.mark.parametrize("template", ["light", "dark"])
def test_every_measure_is_valid_plotly_and_plain_json(measure, template):
    figure = evaluation_curves(RESULT, measure, template=template)

    go.Figure(figure)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


def test_baselines_stand_beside_the_circuit_and_missing_numbers_are_left_out():
    figure = evaluation_curves(RESULT)

    lines = {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "lines+markers"}
    assert list(lines) == ["this circuit, CPR 0.900, CMD 0.100", "random scores, CPR 0.250, CMD 0.750"]
    assert lines["this circuit, CPR 0.900, CMD 0.100"]["x"] == [10]
    band = [trace["y"] for trace in figure["data"] if trace["mode"] == "lines"]
    assert band == [[0.25], [0.75]]


def test_the_figure_states_its_settings():
    told = settings_line(RESULT)

    for said in ("ablation: mean", "12 examples", "3 (model) to -1 (nothing kept)", "method eap", "seed 0"):
        assert said in told
    assert told in json.dumps(evaluation_curves(RESULT), ensure_ascii=False)


def test_signed_rankings_are_drawn_when_asked_for():
    figure = evaluation_curves(RESULT, ranking="signed")

    assert [trace["y"] for trace in figure["data"] if trace["mode"] == "lines+markers"] == [[0.7]]
