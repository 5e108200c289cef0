"""Drawing how networks were trained, from files to a figure that says what it shows."""

import json

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from preimage.figures.curves import draw_training
from preimage.steps.networks import draw_training as step
from preimage.tables.parquet import read_table, write_table
from preimage.tables.training import TRAINING


@pytest.fixture
def histories(tmp_path):
    rows = pd.DataFrame(
        {"network": network, "data": data, "epoch": i // 2 + 1, "step": i, "loss": 1 / (i + 1)}
        | {"accuracy": 0.5 if i % 2 else None, "learning_rate": 0.1}
        for network, data in (("net", "demo"), ("other", "noise"))
        for i in range(4)
    )
    write_table(rows.reindex(columns=TRAINING.names), tmp_path / "t.parquet", TRAINING)
    return tmp_path / "t.parquet"


def draw(histories, name):
    output = histories.with_name(name)
    assert step.main(["--histories", str(histories), "--figure", str(output)]) == 0
    return output


def test_a_figure_carries_its_address(histories):
    with Image.open(draw(histories, "out.png")) as picture:
        assert json.loads(picture.text["network"]) == ["net", "other"]
        assert not {"date", "creation time"} & {key.lower() for key in picture.text}


def test_the_same_data_give_the_same_bytes(histories):
    one, other = draw(histories, "one.png"), draw(histories, "two.png")
    assert one.read_bytes() == other.read_bytes()
    assert one.with_suffix(".pdf").read_bytes() == other.with_suffix(".pdf").read_bytes()


@pytest.mark.parametrize(("kept", "rows"), [(["demo"], 1), (["noise"], 1), (["demo", "noise"], 2)])
def test_demo_world_and_noise_have_panels_of_their_own(kept, rows, histories):
    table = read_table(histories, TRAINING)
    figure = Figure()
    draw_training(figure, table[table.data.isin(kept)])
    assert len(figure.axes) == 2 * rows
    loss, accuracy = figure.axes[-2:]
    assert loss.get_xlabel() == accuracy.get_xlabel() == ("epoch" if "noise" in kept else "step")
    if "noise" in kept:
        (line,) = loss.lines
        assert line.get_xdata().tolist() == [1, 2]
        assert line.get_ydata().tolist() == pytest.approx([3 / 4, 7 / 24])


@pytest.mark.parametrize("data", ["logits", "demo", "noise"])
def test_many_networks_have_lines_that_differ(data, histories):
    table = read_table(histories, TRAINING)
    one = table[table.network == "net"].assign(data=data)
    figure = Figure()
    draw_training(figure, pd.concat([one.assign(network=f"net-{i}") for i in range(16)]))
    lines = figure.axes[0].get_legend().get_lines()
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == len(lines) == 16
