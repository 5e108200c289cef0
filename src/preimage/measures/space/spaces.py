"""What a space of classes is whose axes are feature maps (code L1). No torch."""

from preimage.plans import Plan


class Space(Plan):
    """The pictures of `set` by `network`, in the feature maps of a layer of `judge`.

    Without `batch_norm`, the BatchNorms in the layer do nothing.
    """

    space: str
    code: str
    set: str
    network: str
    judge: str
    layer: str
    maps: list[int]
    batch_norm: bool = True
