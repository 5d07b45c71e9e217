# What GpuBenchmark is measured beside: the same model in Hugging Face's transformers, bfloat16 throughout, AdamW fused. Prints "NAME tokens/s".
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32, max_position_embeddings=2048)
torch.set_default_dtype(torch.bfloat16)
with torch.device("cuda"):
    model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa")


def best(tokens, work, rounds=4):
    rate = 0.0
    for _ in range(rounds):
        torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        torch.cuda.synchronize()
        rate = max(rate, tokens / (time.perf_counter() - started))
    return rate


def read():
    for _ in range(4):
        logits = model(ids).logits.float()
        logits.topk(10)[0].cpu()
        torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none").cpu()


ids = torch.randint(0, 32000, (8, 2048), device="cuda")
model.eval()
with torch.no_grad():
    print("read", best(4 * ids.numel(), read), flush=True)
    prompts = torch.randint(3, 32000, (64, 128), device="cuda")
    print("generate", best(64 * 64, lambda: model.generate(prompts, max_new_tokens=64, min_new_tokens=64, do_sample=False, pad_token_id=0), 2), flush=True)

model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)


def step():
    optimizer.zero_grad()
    model(ids, labels=ids).loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


print("train", best(ids.numel(), step), flush=True)
