import json
import re

import plotly.graph_objects as go
import pytest

from headwater.features.dashboard import Histogram
from headwater.figures.features import activation_histogram
from headwater.figures.interventions import output_distribution, predicted_vs_measured
from headwater.figures.page import to_html
from headwater.figures.theme import theme_of, visible
from headwater.interventions.plan import InterventionPlan, InterventionResult, TokenChange

PLAN = InterventionPlan.model_validate({"interventions": [{"layer": 3, "index": 17, "positions": [5]}]})


def change(text, before, after, predicted=0.0, measured=0.0):
    return TokenChange(
        id=len(text), text=text, logit_before=0, logit_after=0, probability_before=before,
        probability_after=after, measured_change=measured, predicted_change=predicted, direct_change=0,
    )  # fmt: skip


RESULT = InterventionResult(
    plan=PLAN,
    tokens=[
        change(" Mary", 0.6, 0.2, -1.0, -1.2),
        change(" John", 0.3, 0.65, 0.8, 0.9),
        change("<b>", 0.01, 0.02, 0.1, 0.0),
    ],
    activations=[],
    n_changed=0,
    kl=0.3,
    correlation=0.987,
)

both = pytest.mark.parametrize("template", ["light", "dark"])


@both
@pytest.mark.parametrize(
    "draw",
    [
        lambda template: output_distribution(RESULT, template=template),
        lambda template: predicted_vs_measured(RESULT, template=template),
        lambda template: activation_histogram(
            Histogram(maximum=4, counts=[9, 3, 0, 1]), activation=2.5, template=template
        ),
    ],
    ids=["distribution", "scatter", "histogram"],
)
def test_every_figure_is_valid_plotly_and_plain_json(draw, template):
    figure = draw(template)

    go.Figure(figure)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    assert figure["layout"]["paper_bgcolor"] == theme_of(template).ground


def test_bars_are_paired_and_the_likeliest_is_on_top():
    before, after = output_distribution(RESULT)["data"]

    assert before["y"] == after["y"] == ["&lt;b&gt;", "·John", "·Mary"]
    assert before["x"][-1] == 0.6
    assert after["text"][-1] == "-40.0"


def test_tokens_that_print_alike_keep_their_own_bars():
    twins = RESULT.model_copy(update={"tokens": [change("\n", 0.5, 0.5), change("⏎", 0.4, 0.4)]})

    assert output_distribution(twins)["data"][0]["y"] == ["⏎", "⏎ (2)"]


def test_the_scatter_says_how_well_the_graph_foretold():
    figure = predicted_vs_measured(RESULT)

    assert "r = 0.987" in figure["layout"]["title"]["text"]
    assert figure["data"][1]["x"][0] == -1.0
    assert figure["data"][1]["y"][0] == -1.2


def test_nothing_moved_is_drawn_too():
    still = RESULT.model_copy(update={"tokens": [], "correlation": None})

    go.Figure(predicted_vs_measured(still))
    go.Figure(output_distribution(still))
    assert "r =" not in predicted_vs_measured(still)["layout"]["title"]["text"]


def test_the_histogram_marks_this_prompts_activation():
    figure = activation_histogram(Histogram(maximum=4, counts=[9, 3, 0, 1]), activation=2.5)

    assert figure["data"][0]["x"] == [0.5, 1.5, 2.5, 3.5]
    assert figure["layout"]["shapes"][0]["x0"] == 2.5
    assert activation_histogram(Histogram(maximum=4, counts=[1]))["layout"]["shapes"] == []


def contrast(a, b):
    """WCAG contrast ratio of two #rrggbb colours."""

    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@both
def test_text_and_marks_stand_out_from_the_ground(template):
    theme = theme_of(template)

    assert min(contrast(colour, theme.ground) for colour in (theme.text, theme.muted)) >= 4.5
    for mark in (theme.before, theme.after, theme.rises, theme.falls):
        assert contrast(mark, theme.ground) >= 2.9


def test_a_page_needs_no_network():
    page = to_html([output_distribution(RESULT), predicted_vs_measured(RESULT)], title="<x> & y")

    assert "&lt;x&gt; &amp; y" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert page.count("plotly.js v") == 1


def test_invisible_tokens_are_made_visible():
    assert [visible(token) for token in (" a", "\n", "", "<b>")] == ["·a", "⏎", "∅", "&lt;b&gt;"]
