"""Claims of opposites get the verdicts that the opposites were made to give."""

import numpy as np
import pandas as pd
import pytest
from opposite_rows import rows_of

from preimage.claims.ledger import table
from preimage.claims.makers import Maker
from preimage.claims.opposites import OppositeClaims, settle_mixtures, settle_opposites
from preimage.networks.classes import class_names
from preimage.study.groups import families_of_breeds, read_groups
from preimage.tables.images import CROPS, LOGITS, PREDICTIONS

NAMES = class_names("imagenet")
GROUPS = read_groups("imagenet", NAMES)
INDEX = {name: index for index, name in enumerate(NAMES)}
SNAKE = INDEX["green snake"]
SEEDS = range(5)
MAKERS = {
    "net": Maker("googlenet", "trained", published=True),
    "kin": Maker("googlenet", "trained"),
    "blind": Maker("resnet50", "untrained"),
    "other": Maker("resnet50", "trained"),
}
NOTHING = {t: pd.DataFrame(columns=t.names) for t in (PREDICTIONS, LOGITS, CROPS)}


def opposites(by_class, seeds=(999,), names=NAMES):
    """Return rows OPPOSITES; by_class: class -> opposite, or None where it failed."""
    rows = rows_of(by_class)
    rows["name"] = [names[c] for c in rows["class"]]
    rows["opposite_name"] = [None if pd.isna(o) else names[o] for o in rows["opposite"]]
    return pd.concat([rows.assign(seed=seed) for seed in seeds], ignore_index=True)


def judged(rows, groups=GROUPS, makers=MAKERS, **tables):
    plan = OppositeClaims(
        [*groups.items()], [*families_of_breeds().items()], "opposites", "class_images"
    )
    given = {"predictions": PREDICTIONS, "logits": LOGITS, "crops": CROPS}
    *of_all, crops = (tables.get(name, NOTHING[kind]) for name, kind in given.items())
    evidence = settle_opposites(plan, makers, rows, *of_all)
    found = table([*evidence, *settle_mixtures(plan, makers, crops)])
    return found[found.code.str.startswith("I")]


def verdict(found, claim):
    (one,) = found[(found.id == claim) & (found.role == "primary")].verdict
    return one


def turned(group, members):
    """Give the classes of a group the members of others, and every other class the next one."""
    steps = {c: (c + 1) % 1000 for c in range(1000)}
    return steps | {c: members[i % len(members)] for i, c in enumerate(GROUPS[group])}


def as_the_page_says():
    dogs = turned("dogs", np.roll(GROUPS["dogs"], 1).tolist())
    fish = turned("birds", [*GROUPS["fish"], *GROUPS["cats"] * 3])
    found = turned("snakes", [*GROUPS["lizards"], *GROUPS["amphibians"]])
    found |= {c: dogs[c] for c in GROUPS["dogs"]} | {c: fish[c] for c in GROUPS["birds"]}
    pairs = {
        "toilet tissue": "syringe",
        "Border collie": "bloodhound",
        "Ibizan hound": "Tibetan mastiff",
        "Tibetan mastiff": "Airedale",
    }
    return found | {INDEX[a]: INDEX[b] for a, b in pairs.items()}


LABELLED = ["I1.3", "I1.6", "I1.7", "I1.8", "I1.9", "I1.10", "I1.11", "I1.12"]


def test_what_the_page_says_is_reproduced():
    found = judged(opposites(as_the_page_says(), SEEDS))
    run = found[found.verdict == "reproduced"]
    assert sorted(run.id) == sorted(LABELLED)
    assert set(run.role) == {"primary"}
    assert dict(zip(run.id, run.n, strict=True))["I1.3"] == 118


def test_another_network_is_exploratory_and_so_are_fewer_classes():
    found = judged(opposites(as_the_page_says(), SEEDS), makers={})
    assert set(found[found.role == "primary"].verdict) == {"not run", "not judged"}
    assert set(found[found.role == "exploratory"].id) == {*LABELLED}
    few = {c: o for c, o in as_the_page_says().items() if c != 0}
    found = judged(opposites(few, SEEDS))
    assert verdict(found, "I1.3") == "not run"
    assert verdict(found, "I1.6") == "reproduced"


def test_what_has_learnt_nothing_has_no_row():
    makers = {"net": Maker("googlenet", "untrained")}
    found = judged(opposites(as_the_page_says()), makers=makers)
    assert set(found.networks) == {""}


def test_dogs_that_lead_to_cats_are_none():
    assert verdict(judged(opposites(turned("dogs", GROUPS["cats"]))), "I1.3") == "not reproduced"


def test_a_network_whose_favourites_are_dogs_shows_nothing_of_dogs():
    found = judged(opposites(dict.fromkeys(range(1000), INDEX["pug"])))
    assert verdict(found, "I1.3") == "not reproduced"  # no more so than any class


def test_families_of_breeds_count_as_one():
    """Of 118 breeds 106 lead to dogs; those that do not are all of one kind."""
    found = as_the_page_says()
    shepherds = families_of_breeds()["shepherd dogs"]
    found |= dict.fromkeys(shepherds, INDEX["tabby"])
    (row,) = judged(opposites(found)).query("id == 'I1.3' and role == 'primary'").to_dict("records")
    assert row["value"] == pytest.approx(1 - len(shepherds) / 118)
    assert row["low"] < 0.8  # Wilson's is 0.83
    assert row["verdict"] == "inconclusive"


def test_most_seeds_decide():
    other = as_the_page_says() | dict.fromkeys(GROUPS["dogs"], INDEX["tabby"])
    rows = [opposites(as_the_page_says(), [1, 2]), opposites(other, [3])]
    found = judged(pd.concat(rows, ignore_index=True))
    assert verdict(found, "I1.3") == "reproduced"
    rows = [opposites(as_the_page_says(), [1]), opposites(other, [2, 3])]
    assert verdict(judged(pd.concat(rows, ignore_index=True)), "I1.3") == "not reproduced"


def test_failed_pictures_are_asked_for():
    failed = as_the_page_says() | dict.fromkeys(GROUPS["dogs"][:60])
    (row,) = (
        judged(opposites(failed)).query("id == 'I1.3' and role == 'primary'").to_dict("records")
    )
    assert (row["n"], row["asked"], row["failed"]) == (58, 118, 60)
    assert row["verdict"] == "inconclusive"


def test_half_of_the_snakes_are_inconclusive():
    half = turned("snakes", [GROUPS["lizards"][0], GROUPS["cats"][0]])
    assert verdict(judged(opposites(half)), "I1.11") == "inconclusive"


def test_birds_that_lead_to_fish_no_more_than_others_do_are_not_many():
    random = np.random.default_rng(0).permutation(1000)
    assert verdict(judged(opposites(dict(enumerate(random.tolist())))), "I1.12") != "reproduced"


def test_opposites_that_lead_back_are_not_rare():
    found = judged(opposites({c: c ^ 1 for c in range(1000)}))
    assert verdict(found, "I1.10") == "not reproduced"


def test_named_pairs_are_what_they_are_in_most_seeds():
    toys = as_the_page_says() | {INDEX["Tibetan mastiff"]: INDEX["toy terrier"]}
    found = judged(opposites(toys, SEEDS))
    assert verdict(found, "I1.9") == "not reproduced"  # a toy, says WordNet
    assert verdict(judged(opposites(as_the_page_says(), [1])), "I1.6") == "inconclusive"


def test_a_favourite_of_all_classes_is_nobody_s_opposite():
    found = judged(opposites(dict.fromkeys(range(1000), INDEX["syringe"]), SEEDS))
    assert verdict(found, "I1.6") == "inconclusive"


def test_a_study_of_other_classes_says_of_the_way_back_alone():
    rows = opposites({0: 1, 1: 2, 2: 0}, names=["cat", "house", "tree"])
    found = judged(rows, {"shapes": [0, 1]})
    assert found[found.networks != ""].id.tolist() == ["I1.10"]


def said(judge, top, image_set="opposites", seeds=SEEDS, second=None):
    """Return rows PREDICTIONS; top: class -> what is seen first."""
    cells = {"set": image_set, "network": "net", "judge": judge, "status": "ok"}
    rows = [
        cells
        | {"item": f"{c:03}", "seed": seed, "class_a": c, "name_a": NAMES[c]}
        | {"top1": first, "logit_second": second}
        for seed in seeds
        for c, first in top.items()
    ]
    return pd.DataFrame(rows).reindex(columns=PREDICTIONS.names)


def test_a_third_network_sees_coherent_dogs_or_none():
    rows = opposites(as_the_page_says())
    dogs = as_the_page_says()
    assert verdict(judged(rows, predictions=said("other", dogs)), "I1.4") == "reproduced"
    for judge in ("kin", "blind", "net"):
        assert verdict(judged(rows, predictions=said(judge, dogs)), "I1.4") == "not run"
    cats = dogs | dict.fromkeys(GROUPS["dogs"], INDEX["tabby"])
    assert verdict(judged(rows, predictions=said("other", cats)), "I1.4") == "not reproduced"
    pugs = dict.fromkeys(dogs, INDEX["pug"])  # in all opposites
    assert verdict(judged(rows, predictions=said("other", pugs)), "I1.4") == "not reproduced"


def test_a_piano_leads_to_insects_and_a_bonnet_to_a_mousetrap():
    page = as_the_page_says()
    page |= {INDEX["grand piano"]: INDEX["cricket"], INDEX["bonnet"]: INDEX["mousetrap"]}
    rows = opposites(page)
    assert verdict(judged(rows, predictions=said("other", page)), "I1.2") == "reproduced"
    page |= {INDEX["bonnet"]: INDEX["hen"]}
    assert verdict(judged(rows, predictions=said("other", page)), "I1.2") == "not reproduced"


def raised(bound, ten):
    """Return what is found of snakes' opposites with ten high logits, 10 to 1, and others of 0."""
    snakes = dict.fromkeys([*GROUPS["snakes"], INDEX["axolotl"]], 0)
    predictions = pd.concat(
        [said("net", snakes), said("net", snakes, "class_images", second=bound)]
    )
    logits = predictions[predictions.set == "opposites"][
        ["set", "network", "item", "seed", "judge"]
    ]
    found = {}
    for c in snakes:
        found[f"{c:03}"] = np.zeros(1000)
        found[f"{c:03}"][ten if c == SNAKE else [7] * 10] = np.arange(10, 0, -1)
    logits = logits.assign(logits=[found[item] for item in logits["item"]])
    rows = opposites(as_the_page_says())
    return judged(rows, predictions=predictions, logits=logits)


def test_the_green_snake_s_opposite_raises_several_classes():
    ten = [INDEX["axolotl"], INDEX["African crocodile"], *range(8)]
    assert verdict(raised(5.5, ten), "I2.1") == "reproduced"  # five classes are above
    assert verdict(raised(9.5, ten), "I2.1") == "not reproduced"
    assert verdict(raised(5.5, [INDEX["axolotl"], *range(9)]), "I2.1") == "not reproduced"


def cut(of_opposites, of_images, scrambled=3, judge="other"):
    cells = {"network": "net", "judge": judge, "seed": 999}
    rows = [
        cells | {"set": name, "class_a": c, "item": str(c), "labels": labels[c % len(labels)]}
        for name, labels in (("opposites", of_opposites), ("class_images", of_images))
        for c in range(40)
    ]
    return pd.DataFrame(rows).assign(scrambled_labels=scrambled)


@pytest.mark.parametrize(
    ("own", "images", "expected"),
    [
        ([6], [2], "reproduced"),
        ([2], [6], "not reproduced"),
        ([2, 6], [4], "inconclusive"),
        ([4], [4], "not reproduced"),
    ],
)
def test_mixtures_have_parts_of_more_classes(own, images, expected):
    rows = opposites(as_the_page_says())
    assert verdict(judged(rows, crops=cut(own, images)), "I1.1") == expected
    assert verdict(judged(rows, crops=cut(own, images, judge="kin")), "I1.1") == "not run"
