"""Vision transformers whose attention can be read head by head."""

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Attention(nn.Module):
    """An `nn.MultiheadAttention` of tokens to themselves, with a layer more: `heads`.

    That is what the heads give before they are mixed, [B, tokens, features]: with 12 heads of 64
    features, features 64 to 127 are head 1. Weights are shared with the module it stands for.
    """

    def __init__(self, whole: nn.MultiheadAttention) -> None:
        super().__init__()
        self.count = whole.num_heads
        self.project = nn.Linear(whole.embed_dim, 3 * whole.embed_dim, device="meta")
        self.project.weight, self.project.bias = whole.in_proj_weight, whole.in_proj_bias
        self.heads = nn.Identity()
        self.out_proj = whole.out_proj

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: None = None,
        need_weights: bool = False,
        **other: object,
    ) -> tuple[Tensor, None]:
        """Return what the tokens [B, tokens, features] of `query` become, and no weights.

        Raises ValueError where the module would attend to others, or not to all.
        """
        masked = key_padding_mask is not None or other.get("attn_mask") is not None
        if key is not query or value is not query or masked or other.get("is_causal"):
            raise ValueError("attention to other tokens, or not to all, has no heads to read")
        parts = self.project(query).unflatten(-1, (3, self.count, -1)).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(parts[0], parts[1], parts[2])
        return self.out_proj(self.heads(mixed.transpose(1, 2).flatten(2))), None


def open_attention(model: nn.Module) -> nn.Module:
    """Put an `Attention` in place of each module of `model` that it can stand for; return model."""
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MultiheadAttention) and _is_plain(module):
            model.set_submodule(name, Attention(module))
    return model


def _is_plain(module: nn.MultiheadAttention) -> bool:
    extras = (module.bias_k, module.bias_v, module.in_proj_bias is None, module.add_zero_attn)
    return module.batch_first and module.in_proj_weight is not None and not any(extras)
