import { describe, expect, it } from 'vitest';
import { added, fixed, isLeftAlone, outcomeOf, sample } from './modelEdits.js';

/** Rewrites of the blocks that models are made of. */

describe('peri-ln', () => {
  it('adds a norm behind each sub-layer, built like the one in front of it', () => {
    expect(added('peri-ln', sample('block_nanogpt'))).toEqual([
      'self.ln_1_out = nn.LayerNorm(config.n_embd)',
      'self.ln_2_out = nn.LayerNorm(config.n_embd)',
      'x = x + self.ln_1_out(self.attn(self.ln_1(x)))',
      'x = x + self.ln_2_out(self.mlp(self.ln_2(x)))',
    ]);
  });

  it('reads calls over several lines and streams that change their name', () => {
    const text = fixed('peri-ln', sample('block_llama'));
    expect(text).toContain(
      'h = x + self.attention_norm_out(self.attention(\n            self.attention_norm(x), start_pos, mask\n        ))',
    );
    expect(text).toContain('out = h + self.ffn_norm_out(self.feed_forward(self.ffn_norm(h)))');
  });

  it('normalises before layer scale and drop path', () => {
    expect(added('peri-ln', sample('block_vit'))).toContain(
      'x = x + self.drop_path1(self.ls1(self.norm1_out(self.attend(self.norm1(x)))))',
    );
  });

  it('follows an output that has a name of its own', () => {
    const text = fixed('peri-ln', sample('block_hugging_face'));
    expect(text).toMatch(/\n {8}\)\n {8}hidden_states = self\.input_layernorm_out\(hidden_states\)\n/);
    expect(text).toMatch(/self\.mlp\(hidden_states\)\n {8}hidden_states = self\.post_attention_layernorm_out/);
  });

  it('gives each of several branches behind one norm its own', () => {
    expect(added('peri-ln', sample('block_parallel'))).toContain(
      'x = x + self.norm_out(self.mix(self.norm(x))) + self.ff_norm_out(self.ff(self.norm(x)))',
    );
  });

  it('finds nothing to do in blocks that have the norms, whatever they are called', () => {
    const gemma = sample('block_hugging_face')
      .replace(
        'hidden_states = residual + hidden_states',
        'hidden_states = self.post_norm(hidden_states)\n        hidden_states = residual + hidden_states',
      )
      .replace('self.dropout =', 'self.post_norm = RMSNorm(hidden_size)\n        self.dropout =');
    expect(added('peri-ln', gemma)).not.toContain('hidden_states = self.input_layernorm_out(hidden_states)');
    for (const name of ['nanogpt', 'llama', 'vit', 'hugging_face', 'parallel', 'encoder_layer']) {
      expect(outcomeOf('peri-ln', fixed('peri-ln', sample(`block_${name}`))).kind, name).toBe('already-there');
    }
  });

  it('keeps line ends and what it does not announce', () => {
    const windows = sample('block_nanogpt').replaceAll('\n', '\r\n');
    const edited = fixed('peri-ln', windows);
    expect(edited.replaceAll('\r\n', '\n')).toBe(fixed('peri-ln', sample('block_nanogpt')));
    expect(edited.split('\n').every((line) => line === '' || line.endsWith('\r'))).toBe(true);
  });

  it.each([
    [
      'convolutions with batch norms',
      'class Block(nn.Module):\n    def __init__(self):\n        self.bn = nn.BatchNorm2d(8)\n        self.conv = nn.Conv2d(8, 8, 3)\n    def forward(self, x):\n        return x + self.conv(self.bn(x))\n',
    ],
    [
      'sums without sub-layers',
      'class Net(nn.Module):\n    def __init__(self):\n        self.ln = nn.LayerNorm(8)\n        self.pos = nn.Parameter(p)\n    def forward(self, x):\n        return self.ln(x + self.pos)\n',
    ],
    ['norms of the sum', sample('block_post_ln')],
    ['models of a library', 'from transformers import GPT2LMHeadModel\nmodel = GPT2LMHeadModel(config)\n'],
    ['files without a model', 'print(1 + 2)\n'],
    [
      'code that is half typed',
      'class Block(nn.Module):\n    def __init__(self):\n        self.ln = nn.LayerNorm(8\n        self.ff = nn.Linear(8, 8)\n    def forward(self, x):\n        return x + self.ff(self.ln(x))\n',
    ],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('peri-ln', text);
  });
});

describe('pre-ln', () => {
  it('moves the norms into the branches, read once where a sub-layer takes its input thrice', () => {
    expect(added('pre-ln', sample('block_post_ln'))).toEqual([
      'normed = self.norm1(x)',
      'x = x + self.dropout(self.attention(normed, normed, normed)[0])',
      'x = x + self.dropout(self.feed_forward(self.norm2(x)))',
    ]);
    expect(outcomeOf('pre-ln', fixed('pre-ln', sample('block_post_ln'))).kind).toBe('already-there');
  });

  it('can be followed by peri-ln', () => {
    expect(added('peri-ln', fixed('pre-ln', sample('block_post_ln')))).toContain(
      'x = x + self.dropout(self.norm2_out(self.feed_forward(self.norm2(x))))',
    );
  });

  it('sets norm_first of the layers of PyTorch', () => {
    const text = 'import torch.nn as nn\nlayer = nn.TransformerEncoderLayer(32, 4, batch_first=True)\n';
    expect(fixed('pre-ln', text)).toContain('(32, 4, batch_first=True, norm_first=True)');
    expect(fixed('pre-ln', text.replace('True)', 'True, norm_first=False)'))).toContain('norm_first=True)');
    expect(outcomeOf('pre-ln', text.replace('True)', 'True, norm_first=True)')).kind).toBe('already-there');
    expect(outcomeOf('pre-ln', text.replace('batch_first=True', '**options')).kind).toBe('refused');
  });
});
