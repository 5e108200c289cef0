"""Claims of opposites get the verdicts that the opposites were made to give."""

import numpy as np
import pandas as pd
import pytest
from opposite_rows import rows_of

from preimage.claims.opposites import claims
from preimage.networks.classes import class_names
from preimage.study.groups import read_groups
from preimage.tables.claims import CLAIMS
from preimage.tables.parquet import read_table, write_table

NAMES = class_names("imagenet")
GROUPS = read_groups("imagenet", NAMES)
INDEX = {name: index for index, name in enumerate(NAMES)}


@pytest.fixture
def judged(tmp_path):
    def judged(opposites, groups=GROUPS, names=NAMES):
        rows = rows_of(opposites)
        rows["name"] = [names[c] for c in rows["class"]]
        rows["opposite_name"] = [None if pd.isna(o) else names[o] for o in rows["opposite"]]
        write_table(claims(rows, groups), tmp_path / "c", CLAIMS)
        return read_table(tmp_path / "c", CLAIMS).set_index("claim")

    return judged


def verdict(table, word):
    (found,) = table.verdict[table.index.str.contains(word)]
    return found


def turned(group, members):
    """Give the classes of a group the members of others, and every other class the next one."""
    steps = {c: (c + 1) % 1000 for c in range(1000)}
    return steps | {c: members[i % len(members)] for i, c in enumerate(GROUPS[group])}


def as_the_page_says():
    steps = {c: (c + 7) % 1000 for c in range(1000)}
    reptiles = [*GROUPS["lizards"], *GROUPS["crocodiles"], *GROUPS["amphibians"]]
    for group, others in (("dogs", GROUPS["dogs"][::-1]), ("snakes", reptiles)):
        steps |= turned(group, others) | {c: o for c, o in steps.items() if c not in GROUPS[group]}
    steps |= {c: GROUPS["fish"][i % 16] for i, c in enumerate(GROUPS["birds"]) if i % 3 == 0}
    named = {
        "toilet tissue": "syringe",
        "syringe": "toilet tissue",
        "Border collie": "bloodhound",
        "Ibizan hound": "Tibetan mastiff",
        "Tibetan mastiff": "Airedale",
    }
    # One after the other, as on the page: of the dogs, many would else be commutative.
    steps |= {c: GROUPS["dogs"][(i + 40) % 118] for i, c in enumerate(GROUPS["dogs"])}
    return steps | {INDEX[c]: INDEX[o] for c, o in named.items()}


def test_what_the_page_says_is_reproduced(judged):
    table = judged(as_the_page_says())
    assert set(table.verdict) == {"reproduced"}
    assert len(table) == 9
    assert table.n.tolist() == [118, 17, 59, 1000, *[1] * 5]


def test_dogs_that_lead_to_cats_are_none(judged):
    table = judged(turned("dogs", GROUPS["cats"]))
    assert verdict(table, "Nearly every dog") == "not reproduced"


def test_a_network_whose_favourites_are_dogs_shows_nothing_of_dogs(judged):
    table = judged(dict.fromkeys(range(1000), INDEX["pug"]))
    assert verdict(table, "Nearly every dog") == "inconclusive"


def test_half_of_the_snakes_are_inconclusive(judged):
    table = judged(turned("snakes", [GROUPS["lizards"][0], GROUPS["cats"][0]]))
    assert verdict(table, "snakes") == "inconclusive"


def test_birds_that_lead_to_fish_no_more_than_others_do_are_not_many(judged):
    random = np.random.default_rng(0).permutation(1000)
    table = judged(dict(enumerate(random.tolist())))
    assert verdict(table, "birds") == "not reproduced"


def test_opposites_that_lead_back_are_not_rare(judged):
    assert verdict(judged({c: c ^ 1 for c in range(1000)}), "commutative") == "not reproduced"


def test_named_pairs_are_what_they_are(judged):
    table = judged(as_the_page_says() | {INDEX["Tibetan mastiff"]: INDEX["toy terrier"]})
    assert verdict(table, "Tibetan mastiff is") == "not reproduced"  # a toy, says WordNet
    assert table.value[table.index.str.contains("Tibetan mastiff is")].tolist() == [0]


def test_a_study_of_other_classes_is_not_run_but_for_the_way_back(judged):
    table = judged({0: 1, 1: 2, 2: 0}, {"shapes": [0, 1]}, ["cat", "house", "tree"])
    assert set(table.verdict.drop("Opposites are rarely commutative.")) == {"not run"}
    assert table.n.drop("Opposites are rarely commutative.").unique().tolist() == [0]
    assert verdict(table, "commutative") == "inconclusive"


def test_a_failed_picture_is_not_run(judged):
    table = judged(as_the_page_says() | {INDEX["syringe"]: None})
    assert verdict(table, "of syringe") == "not run"
    assert verdict(table, "of toilet tissue") == "reproduced"


def test_of_several_seeds_the_first_is_judged():
    rows = pd.concat([rows_of({0: 0, 1: 1}), rows_of({0: 1, 1: 0}, seed=1)])
    table = claims(rows, {})
    assert set(table.compared) == {"opposites of net, seed 1"}
    assert table.n.max() == 2
