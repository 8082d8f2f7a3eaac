"""Blocks in the manner of Hugging Face: one statement a stage, tuples, a residual under its own name."""
import torch
import torch.nn as nn


class SelfAttention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.attn = nn.MultiheadAttention(hidden_size, 4, batch_first=True)

    def forward(self, hidden_states, attention_mask=None):
        output, weights = self.attn(hidden_states, hidden_states, hidden_states)
        return output, weights


class DecoderLayer(nn.Module):
    def __init__(self, hidden_size=32):
        super().__init__()
        self.self_attn = SelfAttention(hidden_size)
        self.mlp = nn.Sequential(nn.Linear(hidden_size, 64), nn.SiLU(), nn.Linear(64, hidden_size))
        self.input_layernorm = nn.LayerNorm(hidden_size, eps=1e-6)  # before attention
        self.post_attention_layernorm = nn.LayerNorm(hidden_size, eps=1e-6)
        self.dropout = nn.Dropout(0.0)

    def forward(self, hidden_states, attention_mask=None):
        residual = hidden_states
        hidden_states = self.input_layernorm(hidden_states)

        # Self attention
        hidden_states, self_attn_weights = self.self_attn(
            hidden_states=hidden_states,
            attention_mask=attention_mask,
        )
        hidden_states = residual + hidden_states

        residual = hidden_states
        hidden_states = self.post_attention_layernorm(hidden_states)
        hidden_states = self.mlp(hidden_states)
        hidden_states = self.dropout(hidden_states)
        hidden_states = residual + hidden_states
        return hidden_states


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([DecoderLayer() for _ in range(24)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
