"""Where an activation's axes are, and what an index addresses."""

import pytest
import torch
from torch import nn
from zoo import zoo

from preimage.descent.layers import LOGITS, Extractor
from preimage.descent.layout import Layout
from preimage.descent.objective import Objective
from preimage.errors import UserError


@pytest.mark.parametrize(
    ("name", "options", "side", "layer", "axes", "shape"),
    [
        ("resnet18", {}, 64, "layer1", ("map", "row", "column"), (64, 16, 16)),
        ("resnet18", {}, 64, "layer4", ("map", "row", "column"), (512, 2, 2)),
        ("resnet18", {}, 64, "avgpool", ("map", "row", "column"), (512, 1, 1)),
        ("resnet18", {}, 256, "layer1", ("map", "row", "column"), (64, 64, 64)),
        ("resnet18", {}, 64, LOGITS, ("feature",), (5,)),
        ("vit_b_16", {"image_size": 32}, 32, "encoder.layers.encoder_layer_3",
         ("token", "feature"), (5, 768)),
        ("vit_b_16", {"image_size": 32}, 32, "conv_proj", ("map", "row", "column"), (768, 2, 2)),
        ("swin_t", {}, 64, "features.1", ("row", "column", "map"), (16, 16, 96)),
        ("convnext_tiny", {}, 64, "features.1.0.block.2", ("row", "column", "map"), (16, 16, 96)),
        ("convnext_tiny", {}, 64, "features.1", ("map", "row", "column"), (96, 16, 16)),
    ],
)  # fmt: skip
def test_axes_have_names(name, options, side, layer, axes, shape):  # noqa: PLR0917
    layout = Extractor(zoo(name, **options), [layer]).layouts(side)[layer]
    assert (layout.axes, layout.shape) == (axes, shape)


MAPS = Layout("conv", ("map", "row", "column"), (6, 4, 4))
LAST = Layout("swin", ("row", "column", "map"), (4, 4, 6))
TOKENS = Layout("block", ("token", "feature"), (5, 8))
VECTOR = Layout("fc", ("feature",), (10,))


def picked(layout, index):
    """Return the positions that the index addresses, in an activation that holds its positions."""
    ((_, term),) = Objective.parse(f"net:{layout.layer}{index}").terms
    where = torch.zeros(layout.shape)
    where[layout.locate(term)] = 1
    return [tuple(position) for position in where.nonzero().tolist()]


def test_an_index_addresses_what_it_says():
    assert picked(MAPS, "[5, 1, 2]") == [(5, 1, 2)]
    assert picked(LAST, "[5, 1, 2]") == [(1, 2, 5)], "map first in the address, last in memory"
    assert len(picked(MAPS, "[5]")) == len(picked(LAST, "[5]")) == 16
    assert picked(MAPS, "[5, :1, 2:]") == [(5, 0, 2), (5, 0, 3)]
    assert picked(MAPS, "[row=0, column=3]") == [(m, 0, 3) for m in range(6)]
    assert len(picked(MAPS, "")) == 96
    assert picked(TOKENS, "[token=0, feature=3]") == [(0, 3)]
    assert picked(TOKENS, "[token=2]") == [(2, f) for f in range(8)]
    assert picked(TOKENS, "[feature=3]") == [(t, 3) for t in range(5)]
    assert picked(VECTOR, "[9]") == [(9,)]


@pytest.mark.parametrize(
    ("layout", "index", "message"),
    [
        (TOKENS, "[3]", r"net:block\[3\]: .*5 tokens x 8 features; say .*\[token=0, feature=5\]"),
        (TOKENS, "[0, 3]", "say which token and which feature: .* which in maps is axis: feature"),
        (TOKENS, "[token=5, feature=0]", r"no token 5, .* \(token 0 to 4\)"),
        (MAPS, "[token=0, feature=3]", r"6 maps x 4 rows x 4 columns, not tokens.*\[map, row"),
        (LAST, "[token=0, feature=3]", r"not tokens; give \[map, row, column\]"),
        (VECTOR, "[token=0, feature=3]", r"not tokens; give \[feature\]"),
        (MAPS, "[6]", r"there is no map 6, .*\(map 0 to 5\)"),
        (LAST, "[0, 4]", r"no row 4"),
        (MAPS, "[0, 0, 4]", "no column 4"),
        (VECTOR, "[10]", "no feature 10"),
        (VECTOR, "[1, 2]", "has 1 ax.*, 2 given"),
        (MAPS, "[1, 2, 3, 0]", "has 3 axes, 4 given"),
        (MAPS, "[2:2]", "map 2:2 holds nothing"),
        (MAPS, "[0, 2:5]", "row 2:5 holds"),
        (MAPS, "[6:]", "map 6: holds nothing"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_there_is_refused(layout, index, message):
    ((_, term),) = Objective.parse(f"net:{layout.layer}{index}").terms
    with pytest.raises(UserError, match=message):
        layout.locate(term)


def test_windows_are_no_layer_to_address():
    class Windows(nn.Module):
        def forward(self, batch):
            return batch[..., :3].flatten(2)[:, :, :, None].expand(-1, -1, -1, 2)

    with pytest.raises(UserError, match="layer expand gives 3 x 24 x 2: neither features, tokens"):
        Extractor(Windows(), ["expand"]).layouts(8)
