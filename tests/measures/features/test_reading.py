"""The newest neuron of a map in reading order."""

import pytest

from preimage.errors import UserError
from preimage.measures.features.reading import newest
from preimage.study.features import neuron_by_neuron
from preimage.study.template import template


def test_every_frame_adds_the_next_neuron():
    steps = neuron_by_neuron("a.b", 7, rows=2, columns=3).steps
    found = [newest(str(template("F").of_feature("net", step))) for step in steps]
    assert [str(one) for one in found] == [
        f"net:a.b[7, {row}, {column}]" for row in range(2) for column in range(3)
    ]


@pytest.mark.parametrize("objective", ["net:a[7, 2]", "net:a[7, 1, 1]", "net:a", "net:a[7, 1, 1:]"])
def test_other_features_are_an_error(objective):
    with pytest.raises(UserError, match="does not end with a part of a row"):
        newest(objective)
