"""Figures of opposites: the graph with names, cycles and groups, and the map of groups."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from preimage.figures.opposite_graphs import draw_graph
from preimage.figures.opposite_groups import draw_groups, seen
from preimage.figures.opposites import graph_plot
from preimage.measures.opposites.cycles import cycles
from preimage.measures.opposites.groups import opposite_groups
from preimage.tables.images import OPPOSITES

NAMES = {"name": "class", "opposite_name": "opposite"}
GROUPS = {"low": [0, 1, 2, 3], "even": [0, 2, 4, 6]}


def opposites(steps):
    rows = pd.DataFrame({"class": list(steps), "opposite": list(steps.values())})
    names = {n: [f"class {c}" for c in rows[of]] for n, of in NAMES.items()}
    rows = rows.assign(set="opposites", network="net", seed=999, status="ok", **names)
    return rows.reindex(columns=OPPOSITES.names)


def drawn(steps, groups=GROUPS):
    figure = Figure(figsize=(7, 7), layout="constrained")
    rows = opposites(steps)
    draw_graph(figure, rows, cycles(rows), groups)
    FigureCanvasAgg(figure).draw()
    return figure


def written(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_class_has_its_name_where_there_is_room():
    steps = {0: 1, 1: 2, 2: 0, 3: 0, 4: 3, 5: 3, 6: 9}
    said = written(drawn(steps))
    assert {f"class {c}" for c in (*steps, 9)} <= set(said)


def test_many_classes_that_lead_nowhere_have_names_of_a_size_to_read(tmp_path):
    """Of 300 classes, 220 lead to the other 80, which lead nowhere."""
    steps = {c: 300 + c % 80 for c in range(220)}
    table = opposites(steps)
    plot = graph_plot(table, cycles(table), {}, "net")
    plot.save(tmp_path / "graph.png")  # where no name may run into another
    plot.draw(figure := Figure(figsize=(plot.width, plot.height), layout="constrained"))
    named = {text.get_text(): text.get_size() for text in figure.axes[0].texts}
    assert {*named} == {f"class {c}" for c in (*steps, *range(300, 380))}
    assert min(named.values()) > 5


def test_arrows_follow_the_cycles_and_the_longest_is_listed_first():
    figure = drawn({0: 1, 1: 0, 2: 3, 3: 4, 4: 2, 5: 2, 7: 7})
    arrows = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    assert len(arrows) == 5  # one's own opposite is a ring
    lines = written(figure)[-1].splitlines()
    assert lines[-3:] == [
        "4 lead to: class 2 → class 3 → class 4",
        "2 lead to: class 0 → class 1",
        "1 lead to: class 7",
    ]


def test_a_class_has_the_look_of_its_first_group_and_the_legend_says_so():
    figure = drawn({0: 1, 1: 0, 4: 0, 9: 0})
    legend = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert legend == ["low", "even", "no group"]
    assert drawn({0: 1, 1: 0}, groups={}).axes[1].get_legend() is None


def test_hollow_is_what_has_no_opposite_that_is_known():
    nodes = drawn({0: 8}, groups={}).axes[0].collections[-1]
    filled = [tuple(face[:3]) != (1, 1, 1) for face in nodes.get_facecolors()]
    assert filled == [True, False]


@pytest.mark.parametrize("n", [3, 40, 400])
def test_names_inside_do_not_cover_each_other(n):
    steps = dict(enumerate(np.random.default_rng(0).integers(0, max(2, n // 3), n).tolist()))
    figure = drawn(steps)
    inside = [text for text in figure.axes[0].texts if text.get_ha() == "center"]
    assert inside
    boxes = [text.get_window_extent().padded(-1) for text in inside]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_nothing_to_draw_is_said():
    assert "no opposites" in drawn({}).texts[0].get_text()


def test_groups_are_a_map_of_shares_with_marks_beyond_chance():
    steps = {c: (c + 10) % 20 for c in range(20)}
    groups = {"low": range(10), "high": range(10, 20)}
    figure = Figure()
    draw_groups(figure, opposite_groups(opposites(steps), groups))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["▼", "1.00\n▲", "1.00\n▲", "▼"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["low (10)", "high (10)"]
    assert axes.images[0].get_array().filled(-1).tolist() == [[-1, 1], [1, -1]]


def test_groups_that_nothing_leads_to_are_left_out():
    groups = {"here": [0, 1], "there": [5], "nowhere": [9]}
    table = seen(opposite_groups(opposites({0: 5, 1: 5}), groups))
    assert table.opposite_group.unique().tolist() == ["here", "there"]


def test_no_groups_are_said():
    figure = Figure()
    draw_groups(figure, opposite_groups(opposites({0: 1}), {}))
    assert "no opposites" in figure.texts[0].get_text()
