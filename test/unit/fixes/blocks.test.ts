import { describe, expect, it } from 'vitest';
import { added, fixed, isLeftAlone, outcomeOf, sample, staysClean } from './modelEdits.js';

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

/** A block as in minGPT, alone; what its attention and its feed-forward layers are is open. */
function gpt(changes: readonly (readonly [string, string])[] = []): string {
  const text = sample('block_nanogpt');
  return changes.reduce((changed, [from, to]) => changed.replace(from, to), text);
}

describe('normformer', () => {
  it('adds norms behind attention and behind the activation, and a gain for each head', () => {
    expect(added('normformer', sample('block_nanogpt'))).toEqual([
      'self.head_gain = nn.Parameter(torch.ones(self.n_head, 1, 1))',
      'y = F.scaled_dot_product_attention(q, k, v, is_causal=True) * self.head_gain',
      'self.c_proj_norm = nn.LayerNorm(4 * config.n_embd)',
      'return self.c_proj(self.c_proj_norm(F.gelu(self.c_fc(x))))',
      'self.ln_1_out = nn.LayerNorm(config.n_embd)',
      'x = x + self.ln_1_out(self.attn(self.ln_1(x)))',
    ]);
  });

  it('leaves the numbers of the layers of nn.Sequential as they are', () => {
    expect(fixed('normformer', sample('block_vit'))).toContain(
      'nn.Sequential(nn.Linear(dim, 4 * dim), nn.Sequential(nn.GELU(), nn.LayerNorm(4 * dim)), nn.Linear(4 * dim, dim))',
    );
  });

  it('multiplies the weights by the values before the heads are joined', () => {
    const text = gpt([
      [
        'y = F.scaled_dot_product_attention(q, k, v, is_causal=True)',
        'att = (q @ k.transpose(-2, -1)).softmax(-1)\n        y = (att @ v).contiguous()',
      ],
    ]);
    expect(added('normformer', text)).toContain('y = (att @ v * self.head_gain).contiguous()');
    const grouped = text.replace('v = v.view(B, T, self.n_head,', 'v = v.view(B, T, self.n_kv_head,');
    expect(added('normformer', grouped)).toContain('y = (att @ v * self.head_gain).contiguous()');
  });

  it('says what it leaves out where heads stay hidden', () => {
    const outcome = outcomeOf('normformer', sample('block_hugging_face'));
    expect(outcome.kind === 'edits' && outcome.notes.some((note) => note.includes('keep their scale'))).toBe(true);
  });

  it.each(['nanogpt', 'llama', 'hugging_face', 'encoder_layer'])('changes nothing twice, and no style: %s', (name) => {
    staysClean('normformer', sample(`block_${name}`));
  });

  it.each([
    ['Post-LN', sample('block_post_ln')],
    ['blocks without attention', sample('block_parallel')],
    ['feed-forward layers of another file', gpt([['self.mlp = MLP(config)', 'self.mlp = build_mlp(config)']])],
    ['models of a library', 'from transformers import GPT2LMHeadModel\nmodel = GPT2LMHeadModel(config)\n'],
    ['half typed code', gpt([['self.ln_2(x))', 'self.ln_2(x)']])],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('normformer', text);
  });
});

describe('mix-ln', () => {
  it('gives blocks a switch, and turns it on in the first quarter of them', () => {
    expect(added('mix-ln', sample('block_nanogpt'))).toEqual([
      'self.post_norm = False',
      'x = x + self.attn(x if self.post_norm else self.ln_1(x))',
      'x = self.ln_1(x) if self.post_norm else x',
      'x = x + self.mlp(x if self.post_norm else self.ln_2(x))',
      'x = self.ln_2(x) if self.post_norm else x',
      'for block in self.blocks[: max(1, round(0.25 * len(self.blocks)))]:',
      'block.post_norm = True',
    ]);
  });

  it('normalises a sum that is returned at once', () => {
    const text = gpt([
      ['        x = x + self.mlp(self.ln_2(x))\n        return x', '        return x + self.mlp(self.ln_2(x))'],
    ]);
    expect(added('mix-ln', text).slice(3, 5)).toEqual([
      'x = x + self.mlp(x if self.post_norm else self.ln_2(x))',
      'return self.ln_2(x) if self.post_norm else x',
    ]);
  });

  it.each([
    [
      'a dictionary of modules',
      'self.transformer = nn.ModuleDict(dict(h=nn.ModuleList([Block(c) for _ in range(3)])))',
      'self.transformer.h',
    ],
    [
      'a braced dictionary',
      "self.net = nn.ModuleDict({'blocks': nn.ModuleList([Block(c) for _ in range(3)])})",
      'self.net.blocks',
    ],
    ['a starred list', 'self.h = nn.Sequential(*[Block(c) for _ in range(3)])', 'self.h'],
    ['a repeated list', 'self.h = nn.ModuleList([Block(c)] + [Block(c) for _ in range(3)])', 'self.h'],
  ])('finds the blocks in %s', (_what, built, list) => {
    const text = gpt([['self.blocks = nn.ModuleList([Block(Config) for _ in range(Config.n_layer)])', built]]);
    expect(added('mix-ln', text)).toContain(`for block in ${list}[: max(1, round(0.25 * len(${list})))]:`);
  });

  it('takes no name that the constructor uses', () => {
    const text = gpt([
      [
        'def __init__(self):\n        super().__init__()\n        self.blocks',
        'def __init__(self, block=None):\n        super().__init__()\n        self.blocks',
      ],
    ]);
    expect(added('mix-ln', text)).toContain('for layer in self.blocks[: max(1, round(0.25 * len(self.blocks)))]:');
  });

  it.each(['nanogpt', 'llama', 'hugging_face', 'encoder_layer'])('changes nothing twice, and no style: %s', (name) => {
    staysClean('mix-ln', sample(`block_${name}`));
  });

  it.each([
    ['Post-LN', sample('block_post_ln')],
    ['branches that share a norm', sample('block_parallel')],
    [
      'blocks that stand alone',
      gpt([['nn.ModuleList([Block(Config) for _ in range(Config.n_layer)])', 'Block(Config)']]),
    ],
    ['Peri-LN', fixed('peri-ln', sample('block_nanogpt'))],
    ['norms of something else than the stream', gpt([['self.ln_1(x)', 'self.ln_1(x * 2)']])],
    ['sums in a larger expression', gpt([['x = x + self.mlp(self.ln_2(x))', 'x = keep(x + self.mlp(self.ln_2(x)))']])],
    [
      'lists with other blocks',
      gpt([
        ['[Block(Config) for', '[Other(Config) if odd else Block(Config) for'],
        [
          'class Config',
          'class Other(Block):\n    def __init__(self, c):\n        self.ff = nn.Linear(8, 8)\n    def forward(self, x):\n        return x + self.ff(x)\n\n\nclass Config',
        ],
      ]),
    ],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('mix-ln', text);
  });

  it('takes another share, and none that is no share', () => {
    expect(fixed('mix-ln', sample('block_nanogpt'), { 'post-share': 0.5 })).toContain('round(0.5 * len');
    isLeftAlone('mix-ln', sample('block_nanogpt'), { 'post-share': 1 });
  });
});

describe('small-init', () => {
  it.each([
    ['block_nanogpt', 'start_branches_small(self.blocks, ["attn.c_proj", "mlp.c_proj"])'],
    ['block_hugging_face', 'start_branches_small(self.layers, ["self_attn.attn.out_proj", "mlp.2"])'],
    ['block_encoder_layer', 'start_branches_small(self.encoder.layers, ["self_attn.out_proj", "linear2"])'],
    ['block_convolutions', 'start_branches_small(layers, ["conv2"])'],
  ])('finds the layers that end the branches of %s', (name, call) => {
    expect(added('small-init', sample(name)).at(-1)).toBe(call);
    staysClean('small-init', sample(name));
  });

  it('waits until the weights have their initial values', () => {
    expect(fixed('small-init', sample('block_convolutions'))).not.toMatch(/append\([^]*small[^]*_init_weights\(\)\n/);
    const text = gpt([['n_layer)])\n', 'n_layer)])\n        self.apply(self._init_weights)\n']]);
    expect(fixed('small-init', text)).toMatch(/_init_weights\)\n {8}start_branches_small/);
  });

  it.each([
    ['GPT-2’s rule', 'n_layer)])\n        std = 0.02 / math.sqrt(2 * Config.n_layer)\n'],
    ['that of a power', 'n_layer)])\n        std = 0.02 * (2 * n_layers) ** -0.5\n'],
  ])('sees %s', (_what, written) => {
    expect(outcomeOf('small-init', gpt([['n_layer)])\n', written]])).kind).toBe('already-there');
  });

  it('sees layer scale and zeros', () => {
    expect(outcomeOf('small-init', sample('block_vit')).kind).toBe('already-there');
    const zeroed = gpt([
      ['self.c_proj = nn.Linear(4', 'nn.init.zeros_(self.c_proj.weight)\n        self.c_proj = nn.Linear(4'],
    ]);
    expect(outcomeOf('small-init', zeroed).kind).toBe('already-there');
  });

  it.each([
    ['weights that are set later', `${sample('block_nanogpt')}\n\nmodel = Model()\nmodel.apply(init_weights)\n`],
    ['branches that end in a norm', fixed('peri-ln', sample('block_nanogpt'))],
    ['branches of another file', gpt([['self.mlp = MLP(config)', 'self.mlp = build_mlp(config)']])],
    ['blocks of several classes in one list', sample('block_parallel')],
    ['files without a model', 'print(1 + 2)\n'],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('small-init', text);
  });
});

describe('blocks of public models', () => {
  const block = (init: readonly string[], forward: readonly string[], name = 'Block') =>
    [
      'import torch',
      'from torch import nn',
      `class ${name}(nn.Module):`,
      '    def __init__(self, dim, drop_path=0.1):',
      '        super().__init__()',
      '        self.norm1 = nn.LayerNorm(dim)',
      '        self.attn = Attention(dim)',
      '        self.norm2 = nn.LayerNorm(dim)',
      '        self.mlp = Mlp(dim)',
      ...init.map((line) => `        ${line}`),
      '    def forward(self, x, mask=None):',
      ...forward.map((line) => `        ${line}`),
      '',
    ].join('\n');

  it('a class of the name of PyTorch’s layer is none of PyTorch', () => {
    const own = block(
      [],
      ['x = self.norm1(x + self.attn(x))', 'return self.norm2(x + self.mlp(x))'],
      'TransformerEncoderLayer',
    );
    const model = `${own}layers = [TransformerEncoderLayer(64) for _ in range(6)]\n`;
    isLeftAlone('peri-ln', model);
    isLeftAlone('normformer', model);
    expect(fixed('pre-ln', model)).not.toContain('norm_first');
  });

  it.each(['peri-ln', 'normformer', 'mix-ln'])('sub-layers are rewritten together or not at all: %s', (id) => {
    isLeftAlone(
      id,
      block(
        ['self.gamma = nn.Parameter(torch.ones(dim))'],
        [
          'y, weights = self.attn(self.norm1(x))',
          'if mask is None:',
          '    x = x + y',
          '    x = x + self.mlp(self.norm2(x))',
          'else:',
          '    x = x + self.gamma * y',
          '    x = x + self.gamma * self.mlp(self.norm2(x))',
          'return x',
        ],
      ),
    );
    isLeftAlone(
      id,
      block(
        ['self.before = True'],
        [
          'residual = x',
          'if self.before:',
          '    x = self.norm1(x)',
          'x = residual + self.attn(x)',
          'residual = x',
          'if self.before:',
          '    x = self.norm2(x)',
          'x = residual + self.mlp(x)',
          'return x',
        ],
      ),
    );
  });

  it('the norm at the beginning of a chain of layers is that of the branch', () => {
    const model = block(
      ['self.fc1 = nn.Linear(dim, 4 * dim)', 'self.act = nn.GELU()', 'self.fc2 = nn.Linear(4 * dim, dim)'],
      ['x = x + self.attn(self.norm1(x))', 'return x + self.fc2(self.act(self.fc1(self.norm2(x))))'],
    );
    expect(added('peri-ln', model)).toContain('return x + self.norm2_out(self.fc2(self.act(self.fc1(self.norm2(x)))))');
    staysClean('peri-ln', model);
  });

  it('a layer in parentheses is what stands in them', () => {
    const model = block(
      ['self.drop_path = (DropPath(drop_path) if drop_path > 0', '                  else nn.Identity())'],
      [
        'h = self.norm1(x)',
        'h, _ = self.attn(h, h, h)',
        'x = x + self.drop_path(h)',
        'return x + self.drop_path(self.mlp(self.norm2(x)))',
      ],
    );
    expect(added('peri-ln', model)).toEqual(
      expect.arrayContaining([
        'h = self.norm1_out(h)',
        'return x + self.drop_path(self.norm2_out(self.mlp(self.norm2(x))))',
      ]),
    );
    staysClean('peri-ln', model);
  });

  it('norms on lines of their own move in front of the sub-layers', () => {
    const model = block(
      [],
      [
        'x = x + self.attn(x, mask)',
        'x = self.norm1(x)',
        'x = x + self.mlp(x)',
        'x = self.norm2(x)  # the last',
        'return x',
      ],
    );
    expect(fixed('pre-ln', model)).toContain(
      [
        '        x = x + self.attn(self.norm1(x), mask)',
        '        x = x + self.mlp(self.norm2(x))',
        '        return x',
      ].join('\n'),
    );
    staysClean('pre-ln', model);
  });

  it('the stream may be the second term of the sum', () => {
    const model = block(
      [],
      [
        'a, weights = self.attn(x, x, x, mask)',
        'a = self.norm1(x + a)',
        'f = self.mlp(a)',
        'f = self.norm2(f + a)',
        'return f, weights',
      ],
    );
    expect(added('pre-ln', model)).toEqual(
      expect.arrayContaining(['a = x + a', 'f = self.mlp(self.norm2(a))', 'f = f + a']),
    );
  });
});
