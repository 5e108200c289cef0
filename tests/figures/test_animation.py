"""Frames of animations: everything has its place, and what a step draws of a whole run."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from safetensors.numpy import save_file

from preimage.errors import UserError
from preimage.figures import animations, strip
from preimage.figures.animation import OF_TARGETS, Animation, LogitPanel, Moment, Said, Stage
from preimage.figures.logit_curves import draw_logit_curves
from preimage.figures.moments import frames, logits_by_judge
from preimage.figures.sheet import empty_frame, to_image
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.steps.animations import draw_animations
from preimage.tables.images import ITEMS, LOGITS, PREDICTIONS
from preimage.tables.parquet import write_table

NAMES = [f"class {i}" for i in range(12)]
TARGETS = {2: "tench", 9: "goldfish"}
PICTURE = (slice(48, 48 + 416), slice(16, 16 + 416))  # of a frame
PLOT = (slice(90, 440), slice(515, 960))
RED, BLUE = (np.round(255 * np.array(to_rgb(paint))) for paint in OF_TARGETS)


@pytest.fixture(scope="module")
def stage():
    panel = partial(LogitPanel, targets=TARGETS, classes=len(NAMES), span=(-10.0, 30.0))
    return Stage("turn · net:logits · A", panel)


def moment(top=2, logit=20.0, *, shade=0.5, words="t = 0.50"):
    logits = np.zeros(len(NAMES), np.float32)
    logits[top] = logit
    pixels = np.full((3, 8, 8), shade, np.float32)
    return Moment(pixels, Said(logits, f"{NAMES[top]} 0.99"), words)


def places(frame, colour):
    """Return the rows and columns of the plot's pixels of one colour."""
    return np.argwhere((frame[PLOT] == colour).all(axis=-1))


def test_a_frame_has_even_sides(stage):
    assert stage.draw(moment()).shape == (512, 960, 3)


def test_the_picture_is_shown_as_on_sheets(stage):
    shown = moment(shade=7.0)  # clipped
    found = stage.draw(shown)[PICTURE]
    assert (found == np.asarray(to_image(shown.pixels, 416))).all()
    assert (found == 255).all()


def test_only_picture_words_and_dots_move(stage):
    one = stage.draw(moment(2, 20.0))
    other = stage.draw(moment(9, 5.0, shade=0.2, words="t = 0.75"))
    moved = (one != other).any(axis=-1)
    for place in (PICTURE, PLOT, (slice(464, 512), slice(0, 500))):
        assert moved[place].any()
        moved[place] = False
    assert not moved.any()


def test_nothing_of_a_frame_is_left_in_the_next(stage):
    first = stage.draw(moment(2, 20.0))
    stage.draw(moment(9, 5.0, shade=0.2, words="another"))
    assert (stage.draw(moment(2, 20.0)) == first).all()


def test_targets_are_marked_where_their_logits_are(stage):
    low, high = (stage.draw(moment(2, logit)) for logit in (0.0, 20.0))
    rows = [places(frame, RED).mean(axis=0) for frame in (low, high)]
    height = 0.68 * 512  # of the axes, for logits from -10 to 30
    assert rows[0][0] - rows[1][0] == pytest.approx(height * 20 / 40, abs=1)
    assert rows[0][1] == pytest.approx(rows[1][1], abs=0.5)
    blue = places(high, BLUE).mean(axis=0)
    assert blue[0] == pytest.approx(rows[0][0], abs=1)  # its logit is 0
    width = 0.445 * 960  # for 12 classes and 3 % more at each end
    assert blue[1] - rows[1][1] == pytest.approx(width * 7 / (12 * 1.06), abs=1)


def test_a_degenerate_picture_and_missing_logits_are_marked(stage):
    unknown = np.full(len(NAMES), np.nan, np.float32)
    failed = stage.draw(Moment(None, Said(unknown, ""), "t = 0.50", "not finite"))
    assert (failed[PICTURE] == np.asarray(empty_frame("not finite", 416))).all()
    assert not len(places(failed, RED))
    dark = (failed[PLOT] < 60).all(axis=-1)
    assert dark[100:250, 100:350].any()  # words in the middle of the plot


def test_frames_are_drawn_when_they_are_asked_for(stage):
    asked = []
    moments = [lambda i=i: (asked.append(i), moment(shade=i / 4))[1] for i in range(3)]
    animation = Animation(stage, moments)
    assert len(animation) == 3
    assert asked == []
    assert [frame[100, 100, 0] for frame in animation] == [0, 64, 128]
    assert asked == [0, 1, 2]


ITEM = "002+009"
COUNT = 5
FRAMES = [f"{ITEM}.{i:03d}" for i in range(COUNT)]
LACKING = {2: "degenerate", 3: "not judged"}


def items():
    """Return rows ITEMS of an animation, its frames not in their order."""
    rows = [
        {
            **{"code": "J1", "set": "turn", "network": "net", "layer": "logits"},
            **{"item": f"{ITEM}.{i:03d}", "target": f"{i}", "class_a": 2, "class_b": 9},
            **{"frame": i, "objective": f"{1 - i / 4:g} * net:logits[2] + net:logits[9]"},
            **{"recipe": "quick", "recipe_digest": "d", "precision": "float32", "seed": seed},
            **{"size": 8, "iterations": 10 * (i + 1), "loss_start": 9.0, "loss_end": 3.0 - i},
            **{
                "gradient_end": 1.0,
                "status": "not finite" if i == 2 else "ok",
                "batch": 1,
                "seconds": 1.0,
            },
        }
        for seed in (999, 7)
        for i in (1, 0, 2, 4, 3)
    ]
    return pd.DataFrame(rows)


def said_of(rows, judge, top, names=NAMES):
    logits = np.zeros((len(rows), len(names)), np.float32)
    logits[np.arange(len(rows)), [top[i] for i in rows.frame]] = 10 + rows.frame
    return predictions(rows, logits, judge, 8, names), logit_rows(rows, logits, judge)


@pytest.fixture
def run(tmp_path):
    """Write what the step reads, of a network and another one; return its arguments."""
    files = {"images": [], "item_tables": []}
    for network in ("another", "net"):
        rows = items().assign(network=network)
        pixels = np.random.default_rng(0).random((len(rows), 3, 8, 8), np.float32)
        address = json.dumps(rows[["objective", "seed"]].to_dict("records"))
        images, table = tmp_path / f"{network}.safetensors", tmp_path / f"{network}.parquet"
        save_file({"images": pixels}, images, {"address": address})
        write_table(rows, table, ITEMS)
        files["images"].append(images)
        files["item_tables"].append(table)
    judged = items()[lambda rows: rows.frame != 3]
    told = [said_of(judged, judge, [2, 2, 5, 9, 9]) for judge in ("another", "net")]
    told.append(said_of(judged.assign(network="another"), "net", [1, 1, 1, 1, 1]))
    return files | written(tmp_path, told)


def written(folder, told):
    """Write what judges say of pictures; return the files of both tables."""
    files = {}
    for name, table, parts in zip(
        ("predictions", "logits"), (PREDICTIONS, LOGITS), zip(*told, strict=True), strict=True
    ):
        files[name] = [folder / f"{name}.parquet"]
        write_table(pd.concat(parts), *files[name], table)
    return files


ANIMATED = {
    **{"set": "turn", "network": "net", "item": ITEM, "seed": 999, "along": "t"},
    "frames": COUNT,
    "objective": "(1 - t) * tench + t * goldfish",
    "classes": [[c, name] for c, name in TARGETS.items()],
}
OUTPUT = {"films": "a.mp4", "strips": "a.png", "curves": "a.logits.png"}


def attempt(run, folder, look, *animated):
    """Draw animations; return the exit code of the step."""
    folder.mkdir(exist_ok=True)
    (folder / "plan.json").write_text(json.dumps({"animations": animated, "look": look}))
    options = run | {"plan": [folder / "plan.json"]}
    for name, file in OUTPUT.items():
        options[name] = [folder / f"{i or ''}{file}" for i in range(len(animated))]
    words = []
    for name, files in options.items():
        words += [f"--{name.replace('_', '-')}", *map(str, files)]
    return draw_animations.main(words)


def draw(run, folder, look=None, **changes):
    """Draw one animation; return its files."""
    assert attempt(run, folder, look or {}, ANIMATED | changes) == 0
    return {name: folder / file for name, file in {**OUTPUT, "gif": "a.gif"}.items()}


def test_an_animation_is_drawn_though_some_of_its_pictures_failed(run, tmp_path, monkeypatch):
    shown = []
    real = Stage.draw
    monkeypatch.setattr(Stage, "draw", lambda self, m: (shown.append(m), real(self, m))[1])
    found = draw(run, tmp_path / "out")
    moments = {m.words: m for m in shown}
    assert [m.words for m in shown] == [  # each is drawn once, for both films
        "t = 0.00 · loss 3",
        *("t = 0.25 · loss 2", "t = 0.50 · loss 1", "t = 0.75 · loss 0", "t = 1.00 · loss -1"),
    ]
    assert [m.pixels is None for m in moments.values()] == [False, False, True, False, False]
    judged = [bool(np.isfinite(m.beside.logits).all()) for m in moments.values()]
    assert judged == [True, True, False, False, True]
    assert [
        m.beside.first.split()[1] for m in moments.values() if np.isfinite(m.beside.logits).all()
    ] == [*("2", "2", "9")]
    with Image.open(found["gif"]) as film:
        assert film.n_frames == COUNT
    assert found["curves"].with_suffix(".pdf").exists()
    assert b"ftyp" in found["films"].read_bytes()[:16]


def test_each_figure_carries_its_address(run, tmp_path):
    found = draw(run, tmp_path / "out")
    for name in ("strips", "curves"):
        with Image.open(found[name]) as picture:
            assert picture.text["objective"] == ANIMATED["objective"]
            assert (picture.text["item"], picture.text["seed"]) == (ITEM, "999")
            assert (picture.text["recipe"], picture.text["frames"]) == ("quick", str(COUNT))
    with Image.open(found["gif"]) as film:
        assert json.loads(film.info["comment"])["recipe_digest"] == "d"


def test_the_same_data_give_the_same_files(run, tmp_path):
    one, two = (draw(run, tmp_path / name) for name in ("one", "two"))
    for name in one:
        assert one[name].read_bytes() == two[name].read_bytes()


def test_a_strip_shows_the_first_the_last_and_some_between(run, tmp_path, monkeypatch):
    cells = []
    real = animations.sheet
    monkeypatch.setattr(strip, "IN_STRIP", 3)
    monkeypatch.setattr(animations, "sheet", lambda c, **k: (cells.extend(c), real(c, **k))[1])
    draw(run, tmp_path / "out", along="step")
    assert [cell.title for cell in cells] == ["step 10", "step 30", "step 50"]
    assert [cell.status for cell in cells] == ["", "not finite", ""]
    assert [cell.hit for cell in cells] == [True, False, True]


def test_the_axis_shows_all_logits_and_what_the_look_asks_for(run, tmp_path, monkeypatch):
    spans = []
    real = LogitPanel.__init__
    monkeypatch.setattr(
        LogitPanel, "__init__", lambda *a, **k: (spans.append(k["span"]), real(*a, **k))[1]
    )
    draw(run, tmp_path / "out")
    draw(run, tmp_path / "out", look={"logits": [-10, 80]})
    np.testing.assert_allclose(spans, [(-1.4, 15.4), (-19, 89)], rtol=1e-6)


def test_a_film_is_as_fast_as_the_look_asks_for(run, tmp_path):
    with Image.open(draw(run, tmp_path / "out", look={"fps": 5})["gif"]) as film:
        assert film.info["duration"] == 200  # ms


def test_a_look_that_cannot_be_is_an_error(run, tmp_path, capsys):
    assert attempt(run, tmp_path / "out", {"speed": 5}, ANIMATED) == 2
    assert "unknown field `speed` - at `$.look`" in capsys.readouterr().err


def test_missing_frames_are_an_error(run, tmp_path, capsys):
    assert attempt(run, tmp_path / "out", {}, ANIMATED | {"frames": COUNT + 1}) == 2
    assert (
        f"1 of 6 frames are not among the pictures, such as {ITEM}.005" in capsys.readouterr().err
    )
    assert not (tmp_path / "out" / "a.mp4").exists()


def test_animations_are_drawn_in_the_order_of_the_plan(run, tmp_path):
    other = {"seed": 7, "along": "step", "objective": "another"}
    assert attempt(run, tmp_path / "out", {}, ANIMATED, ANIMATED | other) == 0
    for name in ("a.png", "a.logits.png"):
        for start, animated in (("", ANIMATED), ("1", ANIMATED | other)):
            with Image.open(tmp_path / "out" / f"{start}{name}") as picture:
                assert picture.text["seed"] == str(animated["seed"])
                assert picture.text["objective"] == animated["objective"]
    assert (tmp_path / "out" / "1a.mp4").exists()
    with Image.open(tmp_path / "out" / "1a.gif") as film:
        assert json.loads(film.info["comment"])["seed"] == 7


def test_of_a_study_of_two_classes_there_is_no_other(run, tmp_path):
    judged = items().assign(class_a=0, class_b=1)
    told = [said_of(judged, judge, [0, 0, 1, 1, 1], NAMES[:2]) for judge in ("another", "net")]
    two = run | written(tmp_path, told)
    found = draw(two, tmp_path / "out", classes=[[0, "tench"], [1, "goldfish"]])
    assert all(file.exists() for file in found.values())


def test_logits_stand_by_judge_the_maker_first_and_nan_where_there_are_none():
    rows = frames(items()[lambda rows: rows.seed == 999], FRAMES, "t")
    judges = [
        said_of(rows[rows.frame != 3], name, [2, 2, 5, 9, 9])[1] for name in ("b", "net", "a")
    ]
    judges[0].at[0, "logits"] = np.full(len(NAMES), np.inf, np.float32)
    found = logits_by_judge(rows, pd.concat(judges))
    assert list(found) == ["net", "a", "b"]
    assert np.isnan(found["net"]).all(axis=1).tolist() == [False, False, True, True, False]
    assert np.isnan(found["b"]).all(axis=1).tolist() == [True, False, True, True, False]
    assert found["a"][4].argmax() == 9
    with pytest.raises(UserError, match="no logits by net"):
        logits_by_judge(rows, judges[0])


def test_curves_of_both_of_two_classes_are_the_targets_alone():
    figure = Figure()
    logits = np.zeros((3, 2), np.float32)
    draw_logit_curves(figure, {"net": logits}, {0: "tench", 1: "eel"}, ("t", np.arange(3) / 2))
    assert [line.get_label() for line in figure.axes[0].lines] == ["tench", "eel"]


def test_curves_are_the_targets_and_the_highest_of_the_others():
    logits = np.tile(np.arange(4, dtype=np.float32), (3, 1)) + np.arange(3)[:, None]
    logits[1] = np.nan
    figure = Figure()
    draw_logit_curves(
        figure, {"net": logits, "b": 2 * logits}, {0: "tench", 3: "eel"}, ("t", np.arange(3) / 2)
    )
    left, right = figure.axes
    assert (left.get_title(), left.get_xlabel()) == ("judged by net\ndoes not turn", "t")
    drawn = {line.get_label(): line.get_ydata() for line in left.lines}
    assert list(drawn) == ["highest of the others", "tench", "eel"]
    np.testing.assert_array_equal(drawn["highest of the others"], [2, np.nan, 4])
    np.testing.assert_array_equal(drawn["tench"], [0, np.nan, 2])
    np.testing.assert_array_equal(right.lines[-1].get_ydata(), [6, np.nan, 10])


@pytest.mark.parametrize(
    ("targets", "along", "said"),
    [([0, 1], "t", "50 % of the way"), ([0, 1], "step", "by net"), ([0], "t", "by net")],
)
def test_curves_of_a_class_that_turns_into_another_say_how_gradually(targets, along, said):
    ahead = np.array([-2, -1, 1, 2], np.float32)
    logits = np.stack([-ahead, ahead, ahead], axis=1)
    figure = Figure()
    names = {c: NAMES[c] for c in targets}
    draw_logit_curves(figure, {"net": logits}, names, (along, np.linspace(0, 1, 4)))
    assert figure.axes[0].get_title().endswith(said)
