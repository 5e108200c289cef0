"""Claims about depth get the verdicts that tables were made to give, in all directions."""

from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
import yaml
from reconstructed import LAYERS, reconstructed, traced

from preimage.claims.depth import settle_depth
from preimage.claims.kinds import DepthClaims
from preimage.claims.ledger import table
from preimage.claims.makers import Maker
from preimage.steps.claims import Claims
from preimage.study.claims import claims_plan
from preimage.study.configuration import checked
from preimage.study.study import Study as Settings
from preimage.tables.depth import RECOGNISED

WORKFLOW = Path(__file__).parents[2] / "workflow"

PHOTOS = [f"photo {i}" for i in range(12)]
JITTER = np.exp(0.1 * np.random.default_rng(3).standard_normal((len(LAYERS), len(PHOTOS))))
STUDY = {"set": "s", "recipe": "layer", "size": 299, "iterations": 220}


class Study:
    """Networks, what is reconstructed from them, and what claims say of it."""

    def __init__(self):
        self.runs, self.makers, self.rows, self.traces, self.said = [], {}, [], [], []

    def add(self, network, state="untrained", architecture="resnet50", photos=PHOTOS, **more):
        """Add a run. more: keys of the run, and columns of the rows as `reconstructed` has them."""
        keys = {"blur", "normalised", "fixed", "recorded", "code", "layers", "kind", *STUDY}
        run = STUDY | {key: more.pop(key) for key in keys & set(more)}
        defaults = {"blur": True, "normalised": True, "fixed": False, "code": "D", "layers": LAYERS}
        kind = f"{architecture} {state} {network if state == 'trained' else ''}"
        run = defaults | {"kind": kind} | run
        about = {"network": network, "architecture": architecture, "state": state}
        self.runs.append(run | about)
        self.makers[network] = Maker(architecture, state, published=state == "trained")
        course = {key: more.pop(key) for key in ("course", "gradient") if key in more}
        said = {key: more.pop(key) for key in ("in_five", "recognised", "halves") if key in more}
        shared = {"set": run["set"], "network": network, "recipe": run["recipe"]}
        rows = reconstructed(run["layers"], photos, **shared, **more)
        self.rows.append(rows)
        distances = course.get("course", lambda row: ([1.0] * 5, [1.0] * 5))
        self.traces.append(
            traced(
                rows,
                lambda row: distances(row)[0],
                lambda row: distances(row)[1],
                course.get("gradient", lambda row: 1.0),
            )
        )
        if said:
            self.said.append(
                rows[["code", "set", "network", "layer", "item", "photo", "seed", "status"]].assign(
                    judge="judge",
                    beaten=said.get("recognised", 1.0),
                    in_five=said.get("in_five", 1.0),
                    in_five_others=0.0,
                    other_half=rows.photo.map(other_half) if "halves" in said else None,
                    own_half=said.get("halves"),
                )
            )
        return self

    def settled(self):
        makers = self.makers | {"judge": Maker("vgg11", "trained", published=True)}
        plan = msgspec.convert({"runs": self.runs, "judges": ["judge"]}, DepthClaims)
        said = pd.concat(self.said) if self.said else pd.DataFrame(columns=RECOGNISED.names)
        found = settle_depth(plan, makers, pd.concat(self.rows), pd.concat(self.traces), said)
        rows = table(found)
        return rows[rows.networks != ""]

    def row(self, claim, role="primary"):
        rows = self.settled()
        (row,) = rows[(rows.id == claim) & (rows.role == role)].to_dict("records")
        return row


def other_half(photo):
    """Return the photo that is the other half of one: they come in pairs."""
    place = PHOTOS.index(photo)
    return PHOTOS[place + 1 - 2 * (place % 2)]


def by_layer(**values):
    """Return a column by the names of layers, with some spread among photos."""
    stages = dict(zip(LAYERS, range(len(LAYERS)), strict=True))
    at = {stages[name]: value for name, value in values.items()}
    return lambda i, j: at.get(i, 0.5) * JITTER[i, j]


def by_photo(k):
    """Return a column of a run of one photo, of number k, with that spread."""
    return lambda i, _: JITTER[i, k]


def pairs(**columns):
    """Return a study of an untrained ResNet-50 for each photo."""
    study = Study()
    for k, photo in enumerate(PHOTOS):
        own = {
            n: (lambda i, _, f=f, k=k: f(i, k)) if callable(f) else f for n, f in columns.items()
        }
        study.add(f"net {k}", photos=[photo], **own)
    return study


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "reproduced"), (3.0, "not reproduced"), (1.0, "inconclusive")]
)
def test_pairs_of_photos_and_networks_are_the_units(value, verdict):
    row = pairs(m_g=by_layer(layer4=2 * value), recorded="Conv5", normalised=False).row("D1.2")
    assert (row["verdict"], row["n"]) == (verdict, 12)
    own = np.log(value * JITTER[LAYERS.index("layer4")])
    half = 2.200985 * own.std(ddof=1) / np.sqrt(12)  # Student's t of 11, 97.5 %, of any table
    assert row["value"] == pytest.approx(np.exp(own.mean()))
    assert row["low"] == pytest.approx(np.exp(own.mean() - half), rel=1e-5)


def test_photos_of_one_initialisation_are_one_pair():
    study = Study().add("net", m_g=by_layer(layer4=0.2), recorded="Conv5", normalised=False)
    row = study.row("D1.2")
    assert (row["verdict"], row["n"], row["high"] < 1) == ("inconclusive", 1, True)
    assert "1, where a verdict needs 8 pairs" in row["why"]


def test_photos_and_initialisations_that_are_crossed_are_as_many_as_the_fewer():
    study = Study()
    for k in range(9):
        study.add(f"net {k}", m_g=by_layer(layer4=0.2), recorded="Conv5", normalised=False)
    row = study.row("D1.2")
    assert (row["verdict"], row["n"]) == ("reproduced", 9)


def test_the_page_s_recipe_makes_the_primary_row_and_another_an_exploratory_one():
    study = pairs(m_g=by_layer(layer1=6.0))
    rows = study.settled()
    found = rows[rows.id.isin(["D1.1", "D1.2"])]
    assert set(found.role) == {"exploratory"}
    assert found.verdict[found.id == "D1.1"].tolist() == ["reproduced"]
    small = pairs(m_g=by_layer(layer1=6.0), recorded="Conv2", normalised=False, size=64).settled()
    assert set(small[small.id == "D1.1"].role) == {"exploratory"}
    first = pairs(m_g=by_layer(layer1=6.0), recorded="Conv2", normalised=False).settled()
    assert first[first.id == "D1.1"].role.tolist() == ["primary", "exploratory"]  # noise of 1/18


def test_the_same_random_map_of_a_deeper_network_leaves_it_open():
    study = pairs(m_g=by_layer(layer1=6.0), recorded="Conv2", normalised=False)
    for k, photo in enumerate(PHOTOS):
        study.add(f"deep {k}", architecture="resnet152", photos=[photo], m_g=6.0)
    row = study.row("D1.1")
    assert (row["verdict"], row["control_verdict"]) == ("inconclusive", "reproduced")


def test_descents_that_failed_are_asked_for_and_counted_both_ways():
    study = pairs(m_g=by_layer(layer4=0.2), recorded="Conv5", normalised=False)
    study.rows[0].loc[study.rows[0].layer == "layer4", "status"] = "not finite"
    row = study.row("D1.2")
    assert (row["n"], row["failed"], row["verdict"]) == (11, 1, "reproduced")
    study.rows[1].loc[study.rows[1].layer == "layer4", "status"] = "diverged"
    assert study.row("D1.2")["failed"] == 1  # a finite picture counts
    for rows in study.rows[:7]:
        rows.loc[rows.layer == "layer4", "status"] = "no gradient"
    row = study.row("D1.2")
    assert (row["verdict"], row["n"]) == ("inconclusive", 5)


@pytest.mark.parametrize(("late", "verdict"), [(0.15, "reproduced"), (0.9, "not reproduced")])
@pytest.mark.parametrize(("state", "claim"), [("trained", "C1.2"), ("untrained", "C2.2")])
def test_what_is_left_of_a_photo_is_told_between_its_floor_and_conv1(late, verdict, state, claim):
    ssim = by_layer(conv1=0.95, maxpool=0.9, layer1=0.9, layer4=late, logits=late)
    study = pairs(ssim=ssim) if state == "untrained" else Study().add("mine", state, ssim=ssim)
    row = study.row(claim)
    assert row["verdict"] == verdict
    place = [LAYERS.index(name) for name in ("layer4", "conv1")]
    levels = (late * JITTER[place[0]] - 0.1) / (0.95 * JITTER[place[1]] - 0.1)
    parts = dict(part.split(" ")[:2] for part in row["parts"].split("; "))
    assert float(parts["level_conv5"]) == pytest.approx(levels.mean(), rel=1e-3)
    assert study.row(claim[:2] + ".1")["verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("trained", "untrained", "verdict"),
    [
        ((1.0, 1.0), (0.0, 0.5), "reproduced"),
        ((0.0, 0.3), (0.0, 0.5), "not reproduced"),
        ((1.0, 1.0), (1.0, 1.0), "inconclusive"),  # the untrained do that, too
    ],
)
def test_photos_are_recognised_by_a_network_of_no_kin(trained, untrained, verdict):
    study = Study()
    study.add("mine", "trained", in_five=trained[0], recognised=trained[1])
    study.add("new", in_five=untrained[0], recognised=untrained[1])
    row = study.row("C1.3")
    assert (row["verdict"], row["measured_in"]) == (verdict, "judge")
    assert study.row("G4.1")["value"] == trained[0] - untrained[0]


def test_a_judge_of_the_maker_s_family_is_named():
    study = Study().add("mine", "trained", in_five=1.0).add("new", in_five=0.0)
    assert study.row("C1.3")["why"] == ""
    study.makers = {"judge": Maker("resnet18", "trained")}
    study.makers |= {"mine": Maker("resnet50", "trained", published=True)}
    study.makers["new"] = Maker("resnet50", "untrained")
    found = settle_with(study, Maker("resnet18", "trained"))
    assert "the judge judge is of the maker's family" in found.why[found.id == "C1.3"].item()


def settle_with(study, judge):
    plan = msgspec.convert({"runs": study.runs, "judges": ["judge"]}, DepthClaims)
    makers = study.makers | {"judge": judge}
    tables = (pd.concat(part) for part in (study.rows, study.traces, study.said))
    rows = table(settle_depth(plan, makers, *tables))
    return rows[rows.networks != ""]


@pytest.mark.parametrize(
    ("deeper", "verdict"), [(3.0, "reproduced"), (0.4, "not reproduced"), (1.0, "inconclusive")]
)
def test_depths_are_compared_photo_by_photo(deeper, verdict):
    study = Study()
    depths = (("resnet18", 1.0), ("resnet50", 2.0), ("resnet152", 2.0 * deeper))
    for place, (name, times) in enumerate(depths):

        def m_i(i, k, place=place, times=times):
            return 10.0**k * (times if i == 5 else 1) * JITTER[(i + place) % 7, k]

        for k, photo in enumerate(PHOTOS):
            own = partial(lambda m_i, k, i, _: m_i(i, k), m_i, k)
            study.add(f"{name} {k}", architecture=name, photos=[photo], m_i=own)
    row = study.row("D3.3")
    assert (row["verdict"], row["n"]) == (verdict, 12)
    if verdict == "reproduced":
        assert row["control_verdict"] == "inconclusive"


def test_the_worst_of_three_depths_says_whether_a_reconstruction_is_near_and_far():
    def study(m_g):
        found = Study()
        for name, near in (("resnet18", 0.1), ("resnet50", m_g), ("resnet152", 0.1)):
            for k, photo in enumerate(PHOTOS):
                of = lambda i, _, k=k, near=near: 2 * near * JITTER[i, k]  # noqa: E731
                found.add(f"{name} {k}", architecture=name, photos=[photo], m_g=of)
        return found

    assert study(0.2).row("D8.1")["verdict"] == "inconclusive"  # in conv1 likewise
    assert study(0.2).row("D8.1")["control_verdict"] == "reproduced"
    row = study(5.0).row("D8.1")
    assert row["verdict"] == "not reproduced"
    assert row["value"] == pytest.approx(5, rel=0.1)


def course(slope_g, slope_i):
    def of(row):
        away = 0.1 * (PHOTOS.index(row["photo"]) - 3.5)
        steps = np.arange(1, 3001.0)
        return steps ** (slope_g + 0.01 * away), 5 * steps ** (slope_i + 0.01 * away)

    return of


@pytest.mark.parametrize(
    ("slopes", "verdict"),
    [((-0.8, 0.2), "reproduced"), ((-0.8, -0.2), "not reproduced"), ((0.1, 0.2), "not reproduced")],
)
def test_slopes_and_the_fall_say_where_a_long_descent_goes(slopes, verdict):
    layers = ["layer1", "layer4"]
    study = Study()
    for k, photo in enumerate(PHOTOS[:8]):
        study.add(
            *(f"net {k}",),
            photos=[photo],
            layers=layers,
            iterations=3000,
            fixed=True,
            m_g=0.01,
            course=course(*slopes),
        )
    assert study.row("D4.1")["verdict"] == verdict
    assert study.row("D6.1")["verdict"] == verdict
    short = Study().add("net", layers=layers, course=course(*slopes)).settled()
    assert not short.id.isin(["D4.1", "D6.1"]).any()


def test_a_falling_step_is_another_claim():
    study = Study()
    for k, photo in enumerate(PHOTOS[:8]):
        study.add(
            *(f"net {k}", "untrained", "resnet152", [photo]),
            iterations=3000,
            m_g=0.01,
            course=course(-0.8, 0.0),
        )
    rows = study.settled()
    assert rows.verdict[(rows.id == "D5.1") & (rows.role == "primary")].tolist() == ["inconclusive"]
    assert "far 2" in rows.parts[rows.id == "D5.1"].item()
    assert "D4.1" not in set(rows.id)


@pytest.mark.parametrize(
    ("deep", "verdict"), [(1.2, "reproduced"), (5.0, "not reproduced"), (2.0, "inconclusive")]
)
def test_gradients_of_shallow_and_deep_layers_are_compared_at_three_times(deep, verdict):
    def norm(row):
        spread = JITTER[0, PHOTOS.index(row["photo"])]
        return {"layer4": deep * spread, "logits": 9.0}.get(row["layer"], 1.0)

    study = Study()
    for k, photo in enumerate(PHOTOS):
        study.add(f"net {k}", photos=[photo], gradient=norm)
    assert study.row("D7.1")["verdict"] == verdict
    assert study.row("D7.1")["control_verdict"] == "not reproduced"


def test_conv1_is_judged_before_and_behind_pooling():
    layers = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer4"]
    study = Study()
    for k, photo in enumerate(PHOTOS):
        ssim = lambda i, _, k=k: [0.99, 0.98, 0.97, 0.6, 0.5, 0.2][i] + 0.001 * (k % 3)  # noqa: E731
        study.add(f"net {k}", photos=[photo], layers=layers, ssim=ssim)
    verdicts = {claim: study.row(claim)["verdict"] for claim in ("F3.1", "F3.2", "F3.4")}
    assert verdicts == dict.fromkeys(verdicts, "reproduced")
    assert study.row("F3.4")["value"] == pytest.approx(0.37 - 0.01)
    assert study.row("F3.1")["control_verdict"] == "not reproduced"
    worse = Study().add("mine", "trained", layers=layers, ssim=0.5)
    assert worse.row("F3.1", "exploratory")["verdict"] == "not reproduced"


@pytest.mark.parametrize(
    ("better", "verdict"), [(2.0, "reproduced"), (0.5, "not reproduced"), (1.0, "inconclusive")]
)
def test_training_is_compared_with_a_twin_of_each_photo(better, verdict):
    study = pairs(resolution=8.0, edges=0.5)
    study.add(
        *("mine", "trained"),
        resolution=lambda i, j: 8 * better * JITTER[i, j],
        edges=lambda i, j: 0.5 * better * JITTER[i, j],
    )
    row = study.row("G3.1")
    assert (row["verdict"], row["n"]) == (verdict, 12)
    if better == 1:
        assert row["value"] == pytest.approx(np.log(JITTER[1:4]).mean())
    study = Study()
    for k, photo in enumerate(PHOTOS):
        study.add(f"net {k}", photos=[photo], blur=False, m_g=by_photo(k))
    study.add("mine", "trained", blur=False, m_g=lambda i, j: JITTER[i, -1 - j] / better)
    found = study.row("G2.1")
    assert found["verdict"] == verdict


def test_the_copy_is_lost_where_its_level_falls_below_a_half():
    def study(trained):
        ssim = [0.9, 0.9, 0.8, 0.7, 0.3, 0.1, 0.1]
        found = pairs(ssim=lambda i, j: ssim[i] + 0.002 * JITTER[i, j])
        return found.add("mine", "trained", ssim=lambda i, j: trained[i] + 0.002 * JITTER[i, j])

    same = study([0.9, 0.9, 0.8, 0.7, 0.3, 0.1, 0.1]).row("C2.3")
    assert (same["verdict"], round(same["value"], 2)) == ("reproduced", 0)
    later = study([0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.1]).row("C2.3")
    assert later["verdict"] == "not reproduced"
    # 0.5 of 0.8 above 0.1 is 0.5: between 0.9 and 0.1, and between 0.7 and 0.3, both half way
    assert later["value"] == pytest.approx(5.5 - 3.5, abs=0.05)


def test_inputs_are_compared_at_equal_outputs():
    def study(trained):
        found = Study()
        for k, photo in enumerate(PHOTOS):
            found.add(f"net {k}", photos=[photo], course=lambda row: ([4.0, 2, 1], [9.0, 8, 7]))
        jitter = {photo: JITTER[0, k] for k, photo in enumerate(PHOTOS)}
        of = lambda row: ([4.0, 2.0], [trained, trained * jitter[row["photo"]]])  # noqa: E731
        return found.add("mine", "trained", course=of)

    row = study(2.0).row("G4.3")
    assert row["verdict"] == "reproduced"
    assert row["value"] == pytest.approx(np.log(2 / 8) + np.log(JITTER[0]).mean())
    assert study(30.0).row("G4.3")["verdict"] == "not reproduced"
    assert study(8.0).row("G4.3")["verdict"] == "inconclusive"


def trainings(count=3, **columns):
    study = Study()
    for k in range(count):
        study.add(f"noise {k}", "noise", **columns)
    return study


def test_trainings_on_noise_are_crossed_with_photos():
    above = {"m_g": lambda i, j: 6 * JITTER[i, j]}
    row = trainings(**above).add("new", m_g=0.1).row("H3.1")
    assert (row["verdict"], row["n"]) == ("reproduced", 3)
    row = trainings(**above).add("new", m_g=lambda i, j: 6 * JITTER[i, j]).row("H3.1")
    assert (row["verdict"], row["control_verdict"]) == ("inconclusive", "reproduced")
    assert trainings(m_g=lambda i, j: JITTER[i, j]).row("H3.1")["verdict"] == "not reproduced"
    row = trainings(1, **above).row("H3.1")
    assert row["verdict"] == "inconclusive"
    assert "1, where a verdict needs 3 trainings" in row["why"]
    row = (
        trainings(blur=False, m_g=lambda i, j: JITTER[i, j])
        .add("new", blur=False, m_g=0.1)
        .row("H4.1")
    )
    assert row["verdict"] == "reproduced"  # as untrained ones do, too


def test_what_noise_leaves_of_a_photo_is_whether_it_is_told_from_others():
    def study(late):
        beaten = lambda i, j: 1.0 if i == 0 else late  # noqa: E731
        return trainings(blur=False, beaten=beaten, recognised=late, in_five=0.0)

    row = study(0.5).row("H4.2")
    assert (row["verdict"], row["control_verdict"]) == ("reproduced", "not reproduced")
    assert row["value"] == pytest.approx(0.5)
    assert study(1.0).row("H4.2")["verdict"] == "not reproduced"


def test_no_clearer_is_less_than_a_tenth_clearer():
    def verdict(gain):
        study = trainings(resolution=lambda i, j: 8 * gain * JITTER[i, j], edges=0.5 * gain)
        return study.add("new", resolution=8.0, edges=0.5).row("H5.1")["verdict"]

    assert [verdict(gain) for gain in (0.9, 1.1, 1.5)] == [
        *("reproduced", "inconclusive", "not reproduced")
    ]


def test_images_and_noise_are_told_apart_by_the_trained_networks():
    study = trainings(m_g=6.0, resolution=8.0, edges=0.5)
    study.add(
        *("mine", "trained"),
        m_g=lambda i, j: 0.3 * JITTER[i, j],
        resolution=lambda i, j: 16 * JITTER[i, j],
        edges=lambda i, j: JITTER[i, j],
    )
    assert study.row("H3.2")["verdict"] == "reproduced"
    assert study.row("H3.2")["control_verdict"] == "not reproduced"
    assert study.row("H5.2")["verdict"] == "reproduced"


def test_a_coil_is_judged_by_initialisations_beside_a_dalmatian():
    photos = ["tesla_coil", "dalmatian"]

    def study(coil):
        found = Study()
        for k in range(8):
            spread = lambda i, _, k=k: 8 * JITTER[i, k]  # noqa: E731
            found.add(f"net {k}", photos=photos, resolution=spread, edges=spread)
        better = lambda _, j: 24.0 if j else 8.0 * coil  # noqa: E731
        return found.add("mine", "trained", photos=photos, resolution=better, edges=better)

    row = study(3.0).row("G3.2")
    assert (row["verdict"], row["n"], row["control_verdict"]) == ("reproduced", 8, "reproduced")
    assert study(0.3).row("G3.2")["verdict"] == "not reproduced"


def test_spots_are_judged_by_seeds_of_the_dalmatian():
    study = Study()
    for seed in range(5):
        of = by_layer(conv1=0.97, layer2=0.2 + 0.01 * seed, layer3=0.1)
        study.add("mine", "trained", photos=["dalmatian"], band=of, seed=seed)
    study.runs = study.runs[:1]
    row = study.row("C1.4")
    assert (row["verdict"], row["n"]) == ("reproduced", 5)
    assert row["control_verdict"] == "not reproduced"


def test_a_picture_of_an_output_is_recognised_or_not():
    def row(in_five, recognised):
        study = Study().add(
            *("mine", "trained"), layers=["logits"], code="B7", size=570, in_five=in_five
        )
        study.said[0]["beaten"] = recognised
        return study.row("B7.1")

    assert row(1.0, 1.0)["verdict"] == "reproduced"
    assert row(1.0, 1.0)["control_verdict"] == "not reproduced"
    assert row(0.0, 1.0)["verdict"] == "not reproduced"
    assert row(1.0, 0.7)["verdict"] == "not reproduced"


def test_a_picture_follows_its_half_of_a_photo_where_both_do():
    def rows(own, untrained=None):
        study = Study()
        for network, state, halves in (("mine", "trained", own), ("new", "untrained", untrained)):
            if halves:
                about = {"layers": ["logits"], "code": "B7", "size": 570}
                study.add(network, state, halves=1.0, **about)
                study.said[-1]["own_half"] = (halves * len(PHOTOS))[: len(PHOTOS)]
        found = study.settled()
        assert "B7.1" not in {*found.id}, "halves are no photos to know again"
        return found[found.id == "B7.2"].iloc[0]

    row = rows([1.0])
    assert (row.value, row.n) == (1, len(PHOTOS) // 2)
    assert row.made_for == "ResNet-50 and GoogLeNet"
    assert rows([1.0, 0.0]).value == 0, "one of both is nothing"
    assert rows([1.0, 1.0, 1.0, 0.0]).value == 0.5
    assert rows([1.0], [1.0, 0.0]).control_value == 0
    assert rows([1.0, 1.0, 1.0, np.nan]).failed == len(PHOTOS) // 4


def test_the_study_of_untrained_networks_makes_the_primary_rows_of_these():
    """What `workflow/untrained.yaml` asks for is what the claims of untrained ResNets need."""
    config = yaml.safe_load((WORKFLOW / "untrained.yaml").read_text(encoding="utf-8"))
    study = Settings(checked(config, WORKFLOW / "schemas" / "config.schema.yaml"))
    plan = msgspec.convert(msgspec.to_builtins(claims_plan(study)), Claims)
    rows = pd.concat(
        reconstructed(
            run.layers,
            study.image_sets[run.set].runs[run.network].photos,
            **{"set": run.set, "network": run.network, "recipe": run.recipe, "size": run.size},
            ssim=lambda i, _, k=k: 0.9 - 0.1 * i + 0.001 * k,
        )
        for k, run in enumerate(plan.depth.runs)
    )
    said = pd.DataFrame(columns=RECOGNISED.names)
    found = table(settle_depth(plan.depth, plan.makers, rows, traced(rows), said))
    primary = found[(found.role == "primary") & (found.networks != "")]
    assert sorted(primary.id) == [
        *("C2.1", "C2.2", "D1.1", "D1.2", "D2.1", "D2.2", "D3.1", "D3.2", "D3.3", "D7.1", "D8.1"),
        *("F3.1", "F3.2", "F3.4"),
    ]
    assert set(primary.n) == {8}


@pytest.mark.parametrize(
    ("again", "verdict"),
    [(1.0, "reproduced"), (1.5, "not reproduced"), (1.1, "inconclusive")],
)
def test_one_more_noisy_copy_is_as_far_as_the_others(again, verdict):
    row = pairs(m_r_25=1.0, m_r_25_again=lambda i, j: again * JITTER[i, j] ** 0.5).row(
        "Z2.5", "calibration"
    )
    assert (row["verdict"], row["n"]) == (verdict, 12)


@pytest.mark.parametrize(
    ("deep", "verdict"), [(2.0, "reproduced"), (3.0, "not reproduced"), (1.65, "inconclusive")]
)
def test_the_same_random_map_gives_the_same_ratio(deep, verdict):
    study = pairs(m_g=by_layer(layer1=2.0))
    for k, photo in enumerate(PHOTOS):
        study.add(f"deep {k}", architecture="resnet152", photos=[photo], m_g=deep)
    row = study.row("Z2.6", "calibration")
    assert (row["verdict"], row["n"]) == (verdict, 12)


def test_one_photo_alone_is_told_from_no_other():
    study = Study().add("net", "trained", photos=PHOTOS[:1], in_five=1.0)
    study.add("new", photos=PHOTOS[:1], in_five=0.0)
    found = study.settled().set_index("id").verdict
    assert found["G4.1"] == "inconclusive"
    assert not {*found.index} & {"C1.1", "C1.2", "C2.1", "C2.2"}
    assert (found["C1.3"], found["C2.3"]) == ("not run", "not run")
