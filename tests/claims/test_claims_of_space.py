"""Published values are judged on the networks that they are of, and on no others."""

import pandas as pd
import pytest

from preimage.claims.space import PUBLISHED, claims
from preimage.tables.claims import CLAIMS
from preimage.tables.images import NEIGHBOURS
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import MAP_DISTRIBUTIONS, NEIGHBOUR_GROUPS, PRINCIPAL_COMPONENTS

RUN = {"set": "class_images", "network": "net", "seed": 999}
SECOND = [check for check in PUBLISHED if check.kind == "second logit"]
NEAREST = [check for check in PUBLISHED if check.kind == "L2 distance"]


def table(columns, rows):
    return pd.DataFrame(rows, columns=columns.names)


def neighbours(change=1.0, instead=None, seeds=(999,)):
    """Return rows NEIGHBOURS as published, but for their values and one class's neighbour."""
    rows = {}
    for check in [*SECOND, *NEAREST]:
        for number in (check.number, check.neighbour):
            rows.setdefault(number, {**RUN, "judge": "net", "class": number, "name": "x"})
        found = (instead or {}).get(check.number, check.neighbour)
        name, value = f"class {found}", check.value * change
        rows[check.number] |= (
            {"second_neighbour": found, "second_neighbour_name": name, "logit_second": value}
            if check in SECOND
            else {"l2_neighbour": found, "l2_neighbour_name": name, "l2": value}
        )
    return table(NEIGHBOURS, [row | {"seed": s} for s in seeds for row in rows.values()])


def principal(classes=1000, half=0.01):
    return table(
        PRINCIPAL_COMPONENTS,
        [
            {**RUN, "component": number, "classes": classes, "explained": value}
            | {"explained_low": value * (1 - half), "explained_high": value * (1 + half)}
            for number, value in ((1, 0.1538), (2, 0.0418))
        ],
    )


def judged(tmp_path, *tables, googlenets=("net",)):
    """Return what is found of no spaces, no groups and the given tables."""
    given = {"neighbours": table(NEIGHBOURS, []), "principal": table(PRINCIPAL_COMPONENTS, [])}
    given |= dict(zip(given, tables, strict=False))
    found = claims(
        table(MAP_DISTRIBUTIONS, []),
        given["neighbours"],
        table(NEIGHBOUR_GROUPS, []),
        given["principal"],
        list(googlenets),
    )
    write_table(found, tmp_path / "t", CLAIMS)
    return read_table(tmp_path / "t", CLAIMS)


def published(found):
    return found[found.heading == "Feature Latent Space"][lambda rows: rows.code != "L1"]


def test_the_published_values_are_reproduced_by_themselves(tmp_path):
    found = published(judged(tmp_path, neighbours(1.04), principal()))
    assert len(found) == len(PUBLISHED) + 2
    assert set(found.verdict) == {"reproduced"}
    assert found.claim.iloc[0] == "After tench itself, its class image is most of all goldfish."


def test_other_values_and_other_neighbours_are_not_reproduced(tmp_path):
    found = published(judged(tmp_path, neighbours(1.06), principal(half=0.2)))
    assert found.verdict.tolist() == ["not reproduced"] * len(PUBLISHED) + ["inconclusive"] * 2
    found = published(judged(tmp_path, neighbours(instead={0: 2}), principal()))
    wrong = found[found.verdict == "not reproduced"]
    assert wrong.claim.str.contains("tench").all()
    assert wrong.statistic.str.contains("found: class 2").all()
    assert len(wrong) == 2


def test_several_seeds_are_judged_by_their_interval(tmp_path):
    rows = neighbours(seeds=(1, 2))
    rows.loc[rows.seed == 2, ["logit_second", "l2"]] *= 1.04
    found = published(judged(tmp_path, rows))
    assert set(found.verdict) == {"inconclusive", "not run"}
    assert (found.n[:-2] == 2).all()


@pytest.mark.parametrize("googlenets", [(), ("another",)])
def test_without_such_a_network_nothing_is_run(googlenets, tmp_path):
    found = judged(tmp_path, neighbours(), principal(), googlenets=googlenets)
    assert set(found.verdict) == {"not run"}
    assert found.value.isna().all()


def test_what_a_study_of_fewer_classes_cannot_say_is_not_run(tmp_path):
    rows = neighbours()
    few = judged(tmp_path, rows[rows["class"] != 391], principal(classes=100))
    assert set(few[few.claim.str.contains("coho|component")].verdict) == {"not run"}
    assert set(few[few.claim.str.contains("goldfish")].verdict) == {"reproduced"}


def shape(skewness, half=0.1):
    row = {
        **RUN,
        "code": "L1",
        "space": "s",
        "judge": "hidden",
        "layer": "l",
        "map": 0,
        "batch_norm": False,
        "pictures": 9,
    }
    for name, value in (("skewness", skewness), ("kurtosis", 0.0)):
        row |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return table(MAP_DISTRIBUTIONS, [row])


def share(low, baseline_high):
    row = {**RUN, "kind": "second logit", "classes": 9, "share": 0.8, "share_low": low}
    row |= {"share_high": 0.9, "baseline_high": baseline_high}
    return table(NEIGHBOUR_GROUPS, [row | {"group": group} for group in ("all", "dogs")])


@pytest.mark.parametrize(
    ("skewness", "half", "verdict"),
    [(0, 0.1, "reproduced"), (0.5, 0.1, "inconclusive"), (2, 0.1, "not reproduced")],
)
def test_maps_are_judged_by_the_shape_of_their_distribution(skewness, half, verdict):
    nothing = [table(t, []) for t in (NEIGHBOURS, NEIGHBOUR_GROUPS, PRINCIPAL_COMPONENTS)]
    found = claims(shape(skewness, half), *nothing, [])
    found = found[found.code == "L1"]
    assert found.verdict.tolist() == [verdict, "reproduced"]
    symmetric, tails = found.claim
    assert "symmetrically" in symmetric
    assert "tails" in tails
    assert found.compared.iloc[0] == "map 0 of hidden:l, without BatchNorm, net (class_images)"


@pytest.mark.parametrize(
    ("low", "baseline", "verdict"), [(0.6, 0.5, "reproduced"), (0.6, 0.7, "inconclusive")]
)
def test_groups_are_judged_against_shuffles(low, baseline, verdict):
    found = claims(
        table(MAP_DISTRIBUTIONS, []),
        table(NEIGHBOURS, []),
        share(low, baseline),
        table(PRINCIPAL_COMPONENTS, []),
        [],
    )
    found = found[found.heading == "Model Merging"]
    assert found.verdict.tolist() == [verdict]
    assert found.n.tolist() == [9]
