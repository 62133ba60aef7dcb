#!/usr/bin/env python3
# ruff: noqa
# mypy: ignore-errors
# fmt: off
"""Run the peer `circuit-tracer` on a small model that any Hugging Face loader can read too.

`make`  writes a random-weight model (Hugging Face folder: config.json, model.safetensors,
        tokenizer.json) and per-layer ReLU transcoders in circuit-tracer's own format
        (config.yaml + layer_<i>.safetensors), and prompt.json {prompt, token_ids}.
`run`   computes the attribution graph of that prompt with circuit-tracer on the CPU and writes
        peer.npz: adjacency [n, n] float32 (rows = targets, columns = sources, zero rows for
        nodes that are not targets), kind, layer, position, index (one entry per node; kind is
        feature, error, embedding or logit), activation, token_ids, logit_probabilities;
        and peer.json: wall and CPU seconds, peak RSS, node counts, graph scores.

    python3 -m venv ctvenv && ctvenv/bin/pip install torch==2.13.0 circuit-tracer==0.5.0
    ctvenv/bin/python circuit_tracer_peer.py make DIR --arch llama --layers 4 --d-model 128
    ctvenv/bin/python circuit_tracer_peer.py run DIR

Checked with circuit-tracer 0.5.0, transformer-lens 3.2.1, transformers 4.57.3, torch 2.13.0 (CPU).
circuit-tracer needs transformers < 5, so it lives in its own virtual environment.

This project's own script; it runs in the environment of requirements/parity-circuit-tracer.txt and imports
circuit-tracer (MIT licence, community fork github.com/Caerii/circuit-tracer, itself of
decoderesearch/circuit-tracer), of which nothing is copied here.
"""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import argparse
import json
import resource
import time

import numpy as np
import torch


def hf_model(a):
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(a.seed)
    if a.arch == "llama":
        cfg = LlamaConfig(vocab_size=a.vocab, hidden_size=a.d_model, intermediate_size=3 * a.d_model,
                          num_hidden_layers=a.layers, num_attention_heads=a.heads,
                          num_key_value_heads=a.kv_heads or a.heads, max_position_embeddings=512,
                          tie_word_embeddings=False, bos_token_id=1, eos_token_id=1)
        model = LlamaForCausalLM(cfg)
    else:
        cfg = GPT2Config(vocab_size=a.vocab, n_embd=a.d_model, n_layer=a.layers, n_head=a.heads,
                         n_positions=512, bos_token_id=1, eos_token_id=1)
        model = GPT2LMHeadModel(cfg)
    g = torch.Generator().manual_seed(a.seed + 1)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim > 1:  # unit-scale everything so that attention and logits are not degenerate
                fan_in = p.shape[0] if a.arch == "gpt2" and "wte" not in name and "wpe" not in name else p.shape[1]
                p.copy_(torch.randn(p.shape, generator=g) / fan_in**0.5)
            elif "bias" in name:
                p.copy_(0.1 * torch.randn(p.shape, generator=g))
            else:
                p.copy_(1 + 0.1 * torch.randn(p.shape, generator=g))
        emb = model.get_input_embeddings().weight
        emb.copy_(torch.randn(emb.shape, generator=g))
        if a.arch == "llama":
            model.lm_head.weight.mul_(4)
    return model.eval()


def mlp_io(model, arch, ids):
    """Input (after the norm) and output of every MLP: two lists of [T, d]."""
    xs, ys, hooks = [], [], []

    def record(module, inputs, output):
        xs.append(inputs[0][0])
        ys.append(output[0])

    for block in model.model.layers if arch == "llama" else model.transformer.h:
        hooks.append(block.mlp.register_forward_hook(record))
    with torch.no_grad():
        model(torch.tensor([ids]))
    for h in hooks:
        h.remove()
    return xs, ys


def make(a):
    import yaml
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    os.makedirs(a.dir + "/transcoders", exist_ok=True)
    model = hf_model(a)
    model.save_pretrained(a.dir + "/lm")
    vocab = {"<pad>": 0, "<bos>": 1, "<unk>": 2} | {f"w{i}": i for i in range(3, a.vocab)}
    tok = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tok.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tok.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 1)])
    PreTrainedTokenizerFast(tokenizer_object=tok, bos_token="<bos>", eos_token="<bos>", pad_token="<pad>",
                            unk_token="<unk>").save_pretrained(a.dir + "/lm")
    g = torch.Generator().manual_seed(a.seed + 2)
    body = torch.randint(3, a.vocab, (a.tokens - 1,), generator=g).tolist()
    ids = [1, *body]
    json.dump({"prompt": " ".join(f"w{i}" for i in body), "token_ids": ids}, open(a.dir + "/prompt.json", "w"))
    xs, ys = mlp_io(model, a.arch, ids)
    for layer, (x, y) in enumerate(zip(xs, ys, strict=True)):
        enc = torch.randn(a.width, a.d_model, generator=g)
        enc /= enc.norm(dim=1, keepdim=True)
        pre = x[1:] @ enc.T
        top = pre.flatten().topk(min(a.l0 * pre.shape[0], pre.numel() - 1) + 1).values
        b_enc = torch.full((a.width,), -float(top[-1] + top[-2]) / 2)
        # decoder by ridge regression, so that features explain part of the MLP output
        acts = (x @ enc.T + b_enc).relu()
        # (in the dual form: the same matrix from T x T instead of width x width equations)
        skip = 0.3 * torch.randn(a.d_model, a.d_model, generator=g) / a.d_model**0.5 if a.skip else None
        if a.skip:
            y = y - x @ skip.T
        ridge = 0.1 * acts.pow(2).sum(1).mean() * torch.eye(len(acts))
        dec = acts.T @ torch.linalg.solve(acts @ acts.T + ridge, y - y.mean(0))
        dec += 0.02 * torch.randn(dec.shape, generator=g) * y.pow(2).mean().sqrt()
        save_file({"W_enc": enc, "b_enc": b_enc, "W_dec": dec.contiguous(), "b_dec": y.mean(0).contiguous()}
                  | ({"W_skip": skip} if a.skip else {}), f"{a.dir}/transcoders/layer_{layer}.safetensors")
    yaml.safe_dump({"model_name": "random", "model_kind": "transcoder_set", "feature_input_hook": "mlp.hook_in",
                    "feature_output_hook": "mlp.hook_out", "scan": "random-transcoders",
                    "transcoders": [f"layer_{i}.safetensors" for i in range(a.layers)]},
                   open(a.dir + "/transcoders/config.yaml", "w"))
    json.dump({k: v for k, v in vars(a).items() if k != "do"}, open(a.dir + "/args.json", "w"))


def rss(field):
    """Memory of this process now (VmRSS) or at its highest (VmHWM), in MB."""
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith(field))


def run(a):
    import torch.nn.functional as F
    from circuit_tracer import attribute
    from circuit_tracer.graph import compute_graph_scores
    from circuit_tracer.replacement_model import ReplacementModel
    from circuit_tracer.transcoder.single_layer_transcoder import SingleLayerTranscoder, TranscoderSet
    from safetensors.torch import load_file
    from transformer_lens import HookedTransformerConfig
    from transformer_lens.pretrained import weight_conversions as wc
    from transformers import AutoModelForCausalLM, AutoTokenizer

    args = json.load(open(a.dir + "/args.json"))
    arch, L, d = args["arch"], args["layers"], args["d_model"]
    hf = AutoModelForCausalLM.from_pretrained(a.dir + "/lm", torch_dtype=torch.float32, attn_implementation="eager").eval()
    common = dict(n_layers=L, d_model=d, n_ctx=512, d_head=d // args["heads"], n_heads=args["heads"],
                  d_vocab=args["vocab"], device="cpu", dtype=torch.float32, default_prepend_bos=False,
                  tokenizer_name=a.dir + "/lm")
    if arch == "llama":
        cfg = HookedTransformerConfig(act_fn="silu", gated_mlp=True, normalization_type="RMS", final_rms=True, eps=hf.config.rms_norm_eps,
                                      positional_embedding_type="rotary", rotary_dim=d // args["heads"], rotary_base=10000,
                                      d_mlp=3 * d, original_architecture="LlamaForCausalLM", model_name="random-llama",
                                      n_key_value_heads=args["kv_heads"] or None, **common)
        state = wc.convert_llama_weights(hf, cfg)
    else:
        cfg = HookedTransformerConfig(act_fn="gelu_new", normalization_type="LN", positional_embedding_type="standard", eps=hf.config.layer_norm_epsilon,
                                      d_mlp=4 * d, original_architecture="GPT2LMHeadModel", model_name="random-gpt2", **common)
        state = wc.convert_gpt2_weights(hf, cfg)
    layers = {}
    for i in range(L):
        tc = SingleLayerTranscoder(d, args["width"], F.relu, i, device=torch.device("cpu"), dtype=torch.float32,
                                   skip_connection=args["skip"])
        missing, unexpected = tc.load_state_dict(load_file(f"{a.dir}/transcoders/layer_{i}.safetensors"), strict=False)
        assert not unexpected and not missing, (missing, unexpected)
        layers[i] = tc
    tset = TranscoderSet(layers, feature_input_hook="mlp.hook_in", feature_output_hook="mlp.hook_out", scan="random-transcoders")
    model = ReplacementModel.from_config(cfg, tset, backend="transformerlens")
    own = set(model.state_dict())

    def rename(key):  # circuit-tracer wraps every MLP and the unembedding: their weights move one level down
        moved = key.replace(".mlp.", ".mlp.old_mlp.").replace("unembed.", "unembed.old_unembed.")
        return key if key in own else moved if moved in own else None

    state = {rename(k): v for k, v in state.items() if rename(k)}
    missing = [k for k in own if k not in state and not any(s in k for s in ("mask", "IGNORE", "rotary", "transcoder"))]
    model.load_state_dict(state, strict=False)
    if model.tokenizer is None:
        model.set_tokenizer(AutoTokenizer.from_pretrained(a.dir + "/lm"), default_padding_side="right")
    ids = torch.tensor(json.load(open(a.dir + "/prompt.json"))["token_ids"])
    with torch.no_grad():
        drift = (hf(ids[None]).logits[0] - model(ids[None])[0]).abs().max().item()
    assert drift < 2e-3, f"the two loaders disagree by {drift}; missing {missing[:5]}"
    base_rss = rss("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")  # the peak counts from here
    t, c = time.time(), time.process_time()
    graph = attribute(ids, model, max_n_logits=10, desired_logit_prob=0.95, batch_size=a.batch_size,
                      max_feature_nodes=a.max_feature_nodes or None, verbose=False)
    wall, cpu = time.time() - t, time.process_time() - c
    extra_rss = rss("VmHWM") - base_rss
    T = len(ids)
    feats = graph.active_features[graph.selected_features]
    n_f, n_k = len(feats), len(graph.logit_targets)
    col = lambda f, e, m, k: np.concatenate([np.asarray(v) for v in (f, e, m, k)])
    err_layer, err_pos = np.repeat(np.arange(L), T), np.tile(np.arange(T), L)
    np.savez_compressed(
        a.dir + "/peer.npz", adjacency=graph.adjacency_matrix.float().numpy(),
        kind=np.array(["feature"] * n_f + ["error"] * (L * T) + ["embedding"] * T + ["logit"] * n_k),
        layer=col(feats[:, 0], err_layer, np.full(T, -1), np.full(n_k, L)),
        position=col(feats[:, 1], err_pos, np.arange(T), np.full(n_k, T - 1)),
        index=col(feats[:, 2], np.full(L * T, -1), ids, [t.vocab_idx for t in graph.logit_targets]),
        activation=graph.activation_values[graph.selected_features].float().numpy(), token_ids=ids.numpy(),
        logit_probabilities=graph.logit_probabilities.float().numpy())
    rep, comp = compute_graph_scores(graph)
    out = {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "threads": torch.get_num_threads(),
           "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "base_rss_mb": base_rss, "extra_rss_mb": extra_rss, "features": n_f,
           "nodes": int(graph.adjacency_matrix.shape[0]), "logits": n_k, "replacement": rep, "completeness": comp, "logit_drift": drift}
    json.dump(out, open(a.dir + "/peer.json", "w"), indent=1)
    print(json.dumps(out))


p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
sub = p.add_subparsers(required=True)
m = sub.add_parser("make")
m.set_defaults(do=make)
for flag, default in (("--layers", 4), ("--d-model", 128), ("--heads", 4), ("--kv-heads", 0), ("--width", 1024), ("--l0", 20),
                      ("--tokens", 16), ("--vocab", 512), ("--seed", 0)):
    m.add_argument(flag, type=int, default=default)
m.add_argument("--skip", action="store_true")
m.add_argument("--arch", choices=["llama", "gpt2"], default="llama")
r = sub.add_parser("run")
r.set_defaults(do=run)
r.add_argument("--batch-size", type=int, default=64)
r.add_argument("--max-feature-nodes", type=int, default=0)
for s in (m, r):
    s.add_argument("dir")
a = p.parse_args()
a.do(a)
