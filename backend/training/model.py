"""brook's architecture in plain PyTorch: a Llama, with Hugging Face's parameter names so that saving is a copy.

Written out rather than imported so that training compiles to a handful of kernels, and so that a reader sees
every place a dictionary can attach: `MLP.forward` and `Attention.forward` take an optional `tap` that is shown the
tensor at a site and returns what the model goes on with.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.corpus import BOS_ID, CONTEXT

# Shown (site, layer, tensor); what it returns takes the tensor's place.
Tap = Callable[[str, int, Tensor], Tensor]


def no_tap(site: str, layer: int, value: Tensor) -> Tensor:
    return value


@dataclass(frozen=True)
class Shape:
    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 640
    num_hidden_layers: int = 6
    num_attention_heads: int = 8
    max_position_embeddings: int = CONTEXT
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0


class RMSNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.float(), (x.shape[-1],), self.weight, self.eps)


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        d = shape.hidden_size
        self.heads = shape.num_attention_heads
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, tap: Tap, layer: int) -> Tensor:
        batch, pos, d = x.shape
        q, k, v = (
            p(x).view(batch, pos, self.heads, -1).transpose(1, 2)
            for p in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(tap("attn", layer, z.transpose(1, 2).reshape(batch, pos, d)))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, Llama's layout: the two halves of a head are the two coordinates."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-b, a), dim=-1) * sin


class MLP(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.up_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.down_proj = nn.Linear(shape.intermediate_size, shape.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.mlp = MLP(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, tap: Tap, layer: int) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, tap, layer)
        normed = tap("mlp-in", layer, self.post_attention_layernorm(x))
        x = x + tap("mlp-out", layer, self.mlp(normed))
        return tap("resid", layer, x)


class Brook(nn.Module):
    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        head = shape.hidden_size // shape.num_attention_heads
        frequency = shape.rope_theta ** (-torch.arange(0, head, 2) / head)
        angle = torch.outer(torch.arange(shape.max_position_embeddings), frequency).repeat(1, 2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.apply(self._start)

    def _start(self, module: nn.Module) -> None:
        """Normal(0, 0.02), and the two writers into the residual stream smaller by sqrt(2 x layers)."""
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, Layer):
            for writer in (module.self_attn.o_proj, module.mlp.down_proj):
                nn.init.normal_(writer.weight, std=0.02 / (2 * self.shape.num_hidden_layers) ** 0.5)

    def forward(self, tokens: Tensor, tap: Tap = no_tap) -> Tensor:
        """Logits [batch pos vocab]; input and output embeddings are tied."""
        x, pos = self.embed_tokens(tokens), tokens.shape[1]
        for i, layer in enumerate(self.layers):
            x = layer(x, self.cos[:pos], self.sin[:pos], tap, i)
        return F.linear(self.norm(x), self.embed_tokens.weight)


def save(model: Brook, folder: Path) -> None:
    """A standard Hugging Face folder, half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        f"model.{name}": value.detach().half().cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    shape = asdict(model.shape)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **shape,
        "num_key_value_heads": shape["num_attention_heads"],
        "head_dim": shape["hidden_size"] // shape["num_attention_heads"],
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": BOS_ID,
        "eos_token_id": BOS_ID,
        "pad_token_id": 0,
        "torch_dtype": "float16",
        "use_cache": True,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def load(folder: Path, device: str = "cpu") -> Brook:
    """The saved model in single precision."""
    config = json.loads((folder / "config.json").read_text())
    model = Brook(Shape(**{name: config[name] for name in asdict(Shape())}))
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({name.removeprefix("model."): value.float() for name, value in weights.items()})
    return model.to(device).eval()
