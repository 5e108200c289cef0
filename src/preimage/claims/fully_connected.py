"""What "Input Representations and Depth" claims of fully connected layers (codes E, F1, F2, F4).

Networks are untrained and their seeds are the sample: a seed has weights, a start and a photo of
its own. The page's photo has 29 x 29 pixels; other sizes make exploratory rows.
"""

from collections.abc import Iterator

from preimage.claims.by_size import Found, Rows, evidence
from preimage.claims.inversions import settle_inversions
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.claims.mlps import settle_descents
from preimage.measures.mlps.examples import CONTRACTED, LOST, SWAPPED
from preimage.measures.statistics.samples import Known, Sample
from preimage.plans import Plan


class FullyConnectedClaims(Plan):
    """By experiment that asks for a width, the share of its start to which m_i must fall:

    complete: {needed_widths: 0.1}
    """

    complete: dict[str, float]


def settle_fully_connected(  # noqa: PLR0917 - a table each
    plan: FullyConnectedClaims,
    _makers: Makers,
    mlps: Rows,
    inversions: Rows,
    conditions: Rows,
    directions: Rows,
    examples: Rows,
    ranks: Rows,
) -> Iterator[Evidence]:
    """Yield what the tables of fully connected networks say of each claim."""
    if len(mlps):
        yield from settle_descents(mlps, plan.complete)
    if len(inversions):
        yield from settle_inversions(inversions, conditions, directions)
    if len(examples):
        yield from evidence(_examples(examples.set_index("example")), "kernels", primary=True)
    if len(ranks):
        yield from evidence(_ranks(ranks), "small layers", primary=True)


def _examples(table: Rows) -> Found:
    lost = table.loc[LOST].set_index("quantity").computed
    same = Known(lost["identity"])
    yield (
        "E5.1",
        {
            "alone": Known(lost["alone"]),
            "padded": Known(lost["padded"]),
            "strided": Known(lost["padded, with a stride of 2"]),
        },
        {"alone": same, "padded": same, "strided": same},
        "",
    )
    swaps = table.loc[SWAPPED]
    kinds = swaps.quantity.str.split().str[0]
    changes = {kind: Sample(own.computed.to_numpy()) for kind, own in swaps.groupby(kinds)}
    yield "E5.2", changes, {}, ""
    said = table.loc[CONTRACTED].dropna(subset="page").set_index("quantity")
    apart = (said.computed - said.page).abs().round(12)
    near, far = (
        Known(float(apart[apart.index.str.contains(name)].max())) for name in ("epsilon", "- a")
    )
    yield "E5.3", {"apart_shifted": near, "apart_other": far}, {}, ""


def _ranks(table: Rows) -> Found:
    table = table.assign(lost=table.inputs - table["rank"], ratio=table.outputs / table.inputs)
    by = {layer: own.sort_values("seed") for layer, own in table.groupby("layer")}

    def lost(layer: str) -> Samples:
        return {"lost": Sample(by[layer].lost.to_numpy(float))}

    def ratio(layer: str) -> Sample:
        return Sample(by[layer].ratio.to_numpy(), "ratio")

    plain = lost("square linear")
    yield "F4.1", lost("attention"), plain, ""
    yield "F4.1", lost("attention, one token"), plain, "(the output of one token)"
    yield "F4.1", lost("attention with residual"), plain, "(with the residual connection)"
    yield "F4.2", lost("mixer"), plain, ""
    yield "F4.2", lost("mixer without residuals"), plain, "(without residual connections)"
    kinds = {"tanh": "tanh", "sigmoid": "sigmoid", "convolution": "convolution with ReLU"}
    linear = {"tanh": "linear", "sigmoid": "linear", "convolution": "convolution"}
    yield "F1.4", *({k: ratio(v) for k, v in names.items()} for names in (kinds, linear)), ""
