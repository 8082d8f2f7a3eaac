import { describe, expect, it } from 'vitest';
import { fixesFor } from '../../../src/fixes/fixes.js';
import { added, fixed, isLeftAlone, outcomeOf, sample, staysClean } from './modelEdits.js';

/** Rewrites of what a model computes. */

describe('qk-norm', () => {
  it.each([
    [
      'attention_nanogpt',
      [
        'self.q_norm = LayerNorm(config.n_embd // self.n_head, bias=config.bias)',
        'self.k_norm = LayerNorm(config.n_embd // self.n_head, bias=config.bias)',
        'q = self.q_norm(q)',
        'k = self.k_norm(k)',
      ],
    ],
    [
      'attention_llama',
      [
        'self.q_norm = RMSNorm(self.head_dim, eps=args.norm_eps)',
        'self.k_norm = RMSNorm(self.head_dim, eps=args.norm_eps)',
        'xq = self.q_norm(xq)',
        'xk = self.k_norm(xk)',
      ],
    ],
    [
      'attention_vit',
      [
        'self.q_norm = nn.LayerNorm(dim // self.num_heads, eps=1e-6)',
        'self.k_norm = nn.LayerNorm(dim // self.num_heads, eps=1e-6)',
        'q = self.q_norm(q)',
        'k = self.k_norm(k)',
      ],
    ],
    [
      'attention_heads',
      [
        'self.q_norm = nn.LayerNorm(head_size)',
        'self.k_norm = nn.LayerNorm(head_size)',
        'q = self.q_norm(q)',
        'k = self.k_norm(k)',
      ],
    ],
    [
      'attention_hugging_face',
      [
        'self.q_norm = nn.LayerNorm(self.head_dim)',
        'self.k_norm = nn.LayerNorm(self.head_dim)',
        'query_states = self.q_norm(query_states)',
        'key_states = self.k_norm(key_states)',
      ],
    ],
  ])('normalises the heads of %s', (name, lines) => {
    expect(added('qk-norm', sample(name))).toEqual(lines);
    staysClean('qk-norm', sample(name));
  });

  it('comes before the rotary embedding, so that its gains do not break what that encodes', () => {
    expect(fixed('qk-norm', sample('attention_llama'))).toMatch(/k_norm\(xk\)\n\s+xq, xk = apply_rotary_emb/);
  });

  it('comes before a cache of keys', () => {
    const cached = sample('attention_nanogpt').replace(
      '        if self.flash:\n            y',
      '        if past is not None:\n            k = torch.cat([past, k], dim=2)\n        if self.flash:\n            y',
    );
    expect(fixed('qk-norm', cached)).toMatch(/k = self\.k_norm\(k\)[^]*torch\.cat/);
  });

  it('reads einsum, and splits by einops with a head size that has a name', () => {
    const text = `import torch
from torch import nn
from einops import rearrange


class Attention(nn.Module):
    def __init__(self, dim, heads=8, dim_head=64):
        super().__init__()
        inner_dim = dim_head * heads
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.to_qkv = nn.Linear(dim, inner_dim * 3, bias=False)

    def forward(self, x):
        x = self.norm(x)
        qkv = self.to_qkv(x).chunk(3, dim=-1)
        q, k, v = map(lambda t: rearrange(t, 'b n (h d) -> b h n d', h=self.heads), qkv)
        dots = torch.einsum('b h i d, b h j d -> b h i j', q, k)
        return dots.softmax(-1) @ v
`;
    expect(added('qk-norm', text.replace("'b h i d, b h j d -> b h i j'", "'bhid,bhjd->bhij'"))).toContain(
      'self.q_norm = nn.LayerNorm(dim_head)',
    );
  });

  it.each([
    ['norms of that name', 'self.q_norm = nn.LayerNorm(8)\n        self.n_head', 'self.n_head'],
    ['norms of another name', 'self.query_layernorm = RMSNorm(8)\n        self.n_head', 'self.n_head'],
    [
      'cosine similarity',
      'q = F.normalize(q, dim=-1)\n        if self.flash:\n            y',
      'if self.flash:\n            y',
    ],
    ['a function', 'q, k = norm(q), norm(k)\n        if self.flash:\n            y', 'if self.flash:\n            y'],
  ])('sees %s', (_what, written, place) => {
    expect(outcomeOf('qk-norm', sample('attention_nanogpt').replace(place, written)).kind).toBe('already-there');
  });

  it.each([
    ['heads of a size that nothing tells', sample('attention_nanogpt').replaceAll('C // self.n_head', '-1')],
    ['keys that were transposed before', sample('attention_heads').replace('k.transpose(-2,-1)', 'k')],
    [
      'projections within the call of attention',
      sample('attention_hugging_face').replace(
        '            query_states,\n',
        '            self.q_proj(hidden_states),\n',
      ),
    ],
    [
      "PyTorch's own attention",
      'import torch.nn as nn\nclass A(nn.Module):\n    def __init__(self):\n        self.attn = nn.MultiheadAttention(8, 2)\n',
    ],
    ['models of a library', 'from transformers import LlamaForCausalLM\nmodel = LlamaForCausalLM(config)\n'],
    ['half typed code', sample('attention_nanogpt').replace('y = att @ v', 'y = att @ (v')],
    ['files without a model', 'print(1 + 2)\n'],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('qk-norm', text);
  });
});

const LOSSES = ['loss_in_loop', 'loss_criterion', 'loss_in_model'];

describe('z-loss', () => {
  it.each([
    ['loss_in_loop', ['logits = model(x)', 'loss = F.cross_entropy(logits, y) + z_loss(logits, y)']],
    [
      'loss_criterion',
      [
        'loss = (criterion(logits.view(-1, vocabulary), tags.view(-1)) + z_loss(logits.view(-1, vocabulary), tags.view(-1), ignore_index=criterion.ignore_index)) / accumulation',
      ],
    ],
    [
      'loss_in_model',
      [
        'if self.training:',
        'loss = loss + z_loss(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)',
      ],
    ],
  ])('adds its term to the loss that trains in %s, and to no other', (name, lines) => {
    expect(added('z-loss', sample(name)).slice(-lines.length)).toEqual(lines);
    staysClean('z-loss', sample(name));
  });

  it('takes another weight, and none that is no weight', () => {
    expect(fixed('z-loss', sample('loss_in_loop'), { coefficient: 0.001 })).toContain('coefficient=0.001):');
    expect(outcomeOf('z-loss', sample('loss_in_loop'), { coefficient: 2 }).kind).toBe('refused');
  });

  it('works nothing out twice', () => {
    const text = sample('loss_in_loop').replace(
      'loss = F.cross_entropy(model(x), y)',
      'loss = F.cross_entropy(x @ weights.t(), y)',
    );
    expect(fixed('z-loss', text)).toContain(
      '    logits = x @ weights.t()\n    loss = F.cross_entropy(logits, y) + z_loss(logits, y)\n',
    );
  });

  it('acts in the training step of Lightning, not in its validation', () => {
    const text = `import torch.nn.functional as F
import lightning as L


class Lit(L.LightningModule):
    def training_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        return F.cross_entropy(logits, y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_loss", F.cross_entropy(self(x), y))
`;
    expect(added('z-loss', text).at(-1)).toBe('return F.cross_entropy(logits, y) + z_loss(logits, y)');
  });

  it('follows a function that only the loop calls', () => {
    const text = sample('loss_in_loop')
      .replace(
        'for step',
        'def loss_of(batch, labels):\n    return F.cross_entropy(model(batch), labels)\n\n\nfor step',
      )
      .replace('loss = F.cross_entropy(model(x), y)', 'loss = loss_of(x, y)');
    expect(fixed('z-loss', text)).toContain(
      '    logits = model(batch)\n    return F.cross_entropy(logits, labels) + z_loss(logits, labels)\n',
    );
  });

  it.each([
    ['a term of that name', 'loss = F.cross_entropy(model(x), y) + 1e-4 * z_loss_of(x)\n    z_loss = 0'],
    ['the formula', 'loss = F.cross_entropy(out, y) + 1e-4 * (torch.logsumexp(out, -1) ** 2).mean()'],
  ])('sees %s', (_what, written) => {
    const text = sample('loss_in_loop').replace('loss = F.cross_entropy(model(x), y)', written);
    expect(outcomeOf('z-loss', text).kind).toBe('already-there');
  });

  it.each([
    ['sums over examples', 'loss = F.cross_entropy(model(x), y, reduction="sum")'],
    ['several losses', 'loss = F.cross_entropy(model(x), y) + F.cross_entropy(model(-x), y)'],
    ['losses of another kind', 'loss = F.mse_loss(model(x), y)'],
    ['targets that a call makes', 'loss = F.cross_entropy(model(x), make(y))'],
    ['half typed code', 'loss = F.cross_entropy(model(x), y'],
  ])('leaves %s alone and says why', (_what, written) => {
    const text = sample('loss_in_loop').replace('loss = F.cross_entropy(model(x), y)', written);
    isLeftAlone('z-loss', text);
  });
});

describe('stablemax', () => {
  it.each(LOSSES)('replaces the loss that trains in %s', (name) => {
    expect(fixed('stablemax', sample(name)).split('stablemax_cross_entropy(')).toHaveLength(3);
    staysClean('stablemax', sample(name));
  });

  it.each([
    ['weights that softmax has trained', 'model = Net.from_pretrained("x")\n    loss = F.cross_entropy(model(x), y)'],
    ['weights of classes', 'loss = F.cross_entropy(model(x), y, weight=w)'],
    ['smoothed labels', 'loss = F.cross_entropy(model(x), y, label_smoothing=0.1)'],
    ['losses of another kind', 'loss = F.mse_loss(model(x), y)'],
  ])('leaves %s alone', (_what, written) => {
    const text = sample('loss_in_loop').replace('loss = F.cross_entropy(model(x), y)', written);
    expect(outcomeOf('stablemax', text).kind).toBe('refused');
  });
});

describe('logit-soft-cap', () => {
  it('bounds the logits in every place of the model that works them out', () => {
    const once = fixed('logit-soft-cap', sample('capped_gpt'));
    expect(once.split('            logits = 30.0 * torch.tanh(logits / 30.0)\n')).toHaveLength(3);
    staysClean('logit-soft-cap', sample('capped_gpt'));
    expect(fixed('logit-soft-cap', sample('loss_in_model'), { cap: '15' })).toContain(
      '15.0 * torch.tanh(logits / 15.0)',
    );
  });

  it.each([
    ['a cap', 'return 20 * torch.tanh(logits / 20)'],
    ['a function that caps', 'return softcap(logits, 20)'],
  ])('sees %s', (_what, written) => {
    const text = sample('capped_gpt').replace('return logits', written);
    expect(outcomeOf('logit-soft-cap', text).kind).toBe('already-there');
  });

  it.each([
    ['caps that are none', sample('capped_gpt'), { cap: 0 }],
    ['loops without a model of their own', sample('loss_in_loop'), {}],
    [
      'logits of something else than a linear layer',
      sample('capped_gpt').replace('self.lm_head = nn.Linear', 'self.lm_head = Gate'),
      {},
    ],
    ['models of a library', 'from transformers import GPT2LMHeadModel\nlogits = GPT2LMHeadModel(c)(x).logits\n', {}],
  ])('leaves %s alone', (_what, text, settings) => {
    expect(outcomeOf('logit-soft-cap', text, settings).kind).toBe('refused');
  });
});

describe('rms-norm', () => {
  it('replaces the norms of a model, each with the epsilon that it had', () => {
    expect(added('rms-norm', sample('capped_gpt'))).toEqual([
      'self.ln_1 = nn.RMSNorm(dim, eps=1e-5)',
      'self.ln_2 = nn.RMSNorm(',
      'self.ln_f = nn.RMSNorm(dim, eps=1e-5)',
    ]);
    staysClean('rms-norm', sample('capped_gpt'));
  });

  it('finds a name for it where LayerNorm itself was imported', () => {
    const text = sample('capped_gpt')
      .replace('import torch.nn as nn', 'import torch.nn as nn\nfrom torch.nn import LayerNorm')
      .replaceAll('nn.LayerNorm(', 'LayerNorm(');
    expect(fixed('rms-norm', text)).toContain('self.ln_1 = torch.nn.RMSNorm(dim, eps=1e-5)');
  });

  it.each([
    ['norms of a class of its own', sample('attention_nanogpt')],
    ['models without blocks', 'from torch import nn\nnet = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))\n'],
    [
      'biases that hang on a setting',
      sample('capped_gpt').replace('bias=False)\n        self.lm', 'bias=bias)\n        self.lm'),
    ],
    [
      'norms that are handed on as a class',
      sample('capped_gpt').replace('def __init__(self, dim):', 'def __init__(self, dim, norm_layer=nn.LayerNorm):'),
    ],
    ['arguments from elsewhere', sample('capped_gpt').replace('nn.LayerNorm(dim)', 'nn.LayerNorm(*sizes)')],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('rms-norm', text);
  });
});

describe('ortho-grad', () => {
  it('works on the gradients of every step, once', () => {
    expect(fixed('ortho-grad', sample('loss_in_loop'))).toMatch(
      /loss\.backward\(\)\n {4}orthogonalize_gradients\(optimizer\)\n {4}optimizer\.step\(\)/,
    );
    staysClean('ortho-grad', sample('loss_in_loop'));
    expect(outcomeOf('ortho-grad', 'print(1)\n').kind).toBe('refused');
  });
});

describe('layer-norm-for-plasticity', () => {
  it('puts a norm in front of each hidden activation, laid out as the layers are', () => {
    expect(added('layer-norm-for-plasticity', sample('mlp_agent'))).toEqual([
      'nn.LayerNorm(width),',
      'nn.LayerNorm(width),',
      'self.actor = nn.Sequential(nn.Linear(32, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 32), nn.Tanh())',
    ]);
    staysClean('layer-norm-for-plasticity', sample('mlp_agent'));
  });

  it.each([
    ['batch norms', 'from torch import nn\nnet = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU())\n'],
    ['outputs', 'from torch import nn\nnet = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())\n'],
    ['convolutions', 'from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())\n'],
    ['lists from elsewhere', 'from torch import nn\nnet = nn.Sequential(*layers)\n'],
    ['layers of Keras', 'from keras import Sequential\nnet = Sequential([Dense(3)])\n'],
    ['half typed code', 'from torch import nn\nnet = nn.Sequential(nn.Linear(3, 4), nn.ReLU()\nx = (1\n'],
  ])('leaves %s alone', (_what, text) => {
    expect(outcomeOf('layer-norm-for-plasticity', text).kind).toBe('refused');
  });
});

describe.each([
  ['redo', 'recycle_dormant_units'],
  ['continual-backprop', 'continual_backprop'],
])('%s', (id, helper) => {
  it('works once a step, before the optimizer, with what it needs to see of the units', () => {
    const once = fixed(id, sample('conv_agent'));
    expect(once).toContain(`    loss.backward()\n    ${helper}(optimizer)\n    optimizer.step()\n`);
    expect(once).toMatch(/\n\n\nclass HiddenUnits:\n[^]*[^\n]\n\n\ndef \w+\(optimizer/);
    staysClean(id, sample('conv_agent'));
  });

  it('shares its class of units with its kin', () => {
    const both = fixed('redo', fixed('continual-backprop', sample('conv_agent')));
    expect(both.split('class HiddenUnits:')).toHaveLength(2);
  });

  it('serves each of several optimizers, those of single values left out', () => {
    const text = `import torch.optim as optim

q_optimizer = optim.Adam(list(qf1.parameters()) + list(qf2.parameters()), lr=args.q_lr)
actor_optimizer = optim.Adam(list(actor.parameters()), lr=args.policy_lr)
a_optimizer = optim.Adam([log_alpha], lr=args.q_lr)

for global_step in range(args.total_timesteps):
    qf_loss = qf1_loss + qf2_loss
    q_optimizer.zero_grad()
    qf_loss.backward()
    q_optimizer.step()

    actor_loss = ((alpha * log_pi) - min_qf_pi).mean()
    actor_optimizer.zero_grad()
    actor_loss.backward()
    actor_optimizer.step()

    alpha_loss = (-log_alpha.exp() * (log_pi + target_entropy)).mean()
    a_optimizer.zero_grad()
    alpha_loss.backward()
    a_optimizer.step()
`;
    expect(added(id, text).slice(-2)).toEqual([`${helper}(q_optimizer)`, `${helper}(actor_optimizer)`]);
  });

  it.each([
    ['compiled models', sample('conv_agent').replace('model = Agent()', 'model = torch.compile(Agent())')],
    ['models without a loop', sample('mlp_agent')],
    [
      'the Trainer',
      'from transformers import Trainer, TrainingArguments\n\nargs = TrainingArguments(output_dir="out", learning_rate=1e-4)\ntrainer = Trainer(model=model, args=args)\ntrainer.train()\n',
    ],
  ])('leaves %s alone', (_what, text) => {
    isLeftAlone(id, text);
  });
});

it('sees resets of units by the names that others give them', () => {
  for (const [id, call] of [
    ['redo', 'run_redo(batch, model, optimizer, tau=0.1)'],
    ['redo', 'reset_dormant_neurons(model)'],
    ['continual-backprop', 'gnt.gen_and_test(features)'],
  ] as const) {
    const text = sample('conv_agent').replace('    optimizer.step()', `    optimizer.step()\n    ${call}`);
    expect(outcomeOf(id, text).kind).toBe('already-there');
  }
});

describe('gradient-penalty', () => {
  it('adds its term to the loss of the critic, and takes the clipping of weights out', () => {
    const once = fixed('gradient-penalty', sample('critic_clipped'));
    expect(once).toContain(
      'torch.mean(discriminator(fake_imgs)) + gradient_penalty(discriminator, real_imgs, fake_imgs)\n',
    );
    expect(once).not.toContain('clamp_');
    expect(once).toContain('    optimizer_D.step()\n\n    if i % 5 == 0:\n');
    expect(once).toContain('loss_G = -torch.mean(discriminator(generator(torch.randn(64, 4))))\n');
    staysClean('gradient-penalty', sample('critic_clipped'));
  });

  it('hands on what the critic is told besides', () => {
    const once = fixed('gradient-penalty', sample('critic_conditional'));
    expect(once).toContain('.mean() + gradient_penalty(self.critic, real, fake, labels)\n');
    expect(once).not.toMatch(/clamp_|no_grad/);
    staysClean('gradient-penalty', sample('critic_conditional'));
  });

  it.each([
    [
      'scores under names of their own',
      'real_scores = critic(data).reshape(-1)\n    fake_scores = critic(fake).reshape(-1)\n    loss = -(torch.mean(real_scores) - torch.mean(fake_scores))',
    ],
    ['batches that are cut off', 'loss = critic(fake.detach()).mean() - critic(data).mean()'],
  ])('reads %s', (_what, written) => {
    const text = `import torch\n\nfor data in loader:\n    fake = gen(z)\n    ${written}\n    scaler.scale(loss).backward()\n    opt.step()\n`;
    expect(fixed('gradient-penalty', text)).toContain(' + gradient_penalty(critic, data, fake)\n');
  });

  it('leaves clipping that does more, and says so', () => {
    const text = sample('critic_clipped').replace(
      '        p.data.clamp_(-0.01, 0.01)',
      '        p.data.clamp_(-0.01, 0.01)\n        seen.append(p)',
    );
    const outcome = outcomeOf('gradient-penalty', text);
    expect(outcome.kind === 'edits' && outcome.notes.some((note) => note.includes('on line 29'))).toBe(true);
  });

  it.each([
    ['a penalty of another name', '+ lambda_gp * compute_gradient_penalty(discriminator, real_imgs, fake_imgs)'],
    ['the formula', '+ (torch.autograd.grad(d.sum(), x, create_graph=True)[0].norm(2, 1) - 1).pow(2).mean()'],
  ])('sees %s', (_what, term) => {
    const text = sample('critic_clipped').replace(
      'torch.mean(discriminator(fake_imgs))',
      `torch.mean(discriminator(fake_imgs)) ${term}`,
    );
    expect(outcomeOf('gradient-penalty', text).kind).toBe('already-there');
  });

  it.each([
    [
      'critics with batch norms',
      sample('critic_clipped').replace('nn.LeakyReLU(0.2), nn.Linear(64, 64)', 'nn.BatchNorm1d(64), nn.Linear(64, 64)'),
    ],
    [
      'critics with spectral norms',
      sample('critic_clipped').replace(
        'nn.Sequential(nn.Linear(2, 64)',
        'nn.Sequential(spectral_norm(nn.Linear(2, 64))',
      ),
    ],
    [
      'compiled critics',
      sample('critic_clipped').replace('critic = discriminator', 'critic = torch.compile(discriminator)'),
    ],
    [
      'examples without a name',
      sample('critic_clipped').replace('discriminator(fake_imgs)', 'discriminator(generator(z))'),
    ],
    ['other conditions', sample('critic_conditional').replace('self.critic(fake, labels)', 'self.critic(fake, other)')],
    [
      'names with another value',
      sample('critic_conditional').replace('\t\t\tloss =', '\t\t\treal = None\n\t\t\tloss ='),
    ],
    [
      'discriminators that classify',
      'for x in loader:\n    loss = bce(D(x), one) + bce(D(fake), zero)\n    loss.backward()\n    opt.step()\n',
    ],
    [
      'values of states',
      'for s, a, b in loader:\n    loss = critic(s, a).mean() - critic(s, b).mean()\n    loss.backward()\n',
    ],
    ['losses that nothing goes back through', 'for x in loader:\n    distance = D(fake).mean() - D(x).mean()\n'],
    [
      'half typed code',
      sample('critic_clipped').replace('torch.mean(discriminator(fake_imgs))', 'torch.mean(discriminator(fake_imgs)'),
    ],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('gradient-penalty', text);
  });
});

describe('skip-scale', () => {
  it.each([
    [
      'unet_straight',
      [
        'x = F.relu(self.dec3(torch.cat([self.up3(x), e3 * 0.7**2], dim=1)))',
        'x = F.relu(self.dec2(torch.cat([self.up2(x), e2 * 0.7], dim=1)))',
      ],
    ],
    ['unet_list', ['h = torch.cat([h, hs.pop() * 0.7**len(hs)], dim=1)']],
    ['unet_up', ['x = torch.cat([x1, x2 * 2**-0.5], dim=1)']],
  ])('scales what is kept in %s, and nothing else', (name, lines) => {
    expect(added('skip-scale', sample(name))).toEqual(lines);
    staysClean('skip-scale', sample(name));
  });

  it.each([
    [
      'blocks that take what is kept',
      '            h = torch.cat([h, hs.pop()], dim=1)\n            h = module(h).relu()',
      '            h = module(h, hs.pop()).relu()',
      'h = module(h, hs.pop() * 0.7**len(hs)).relu()',
    ],
    [
      'lists that are read by their places',
      '            h = torch.cat([h, hs.pop()], dim=1)',
      '            kept = hs[-index - 1]\n            h = torch.cat([kept, h], 1)  # upsample',
      'h = torch.cat([kept * 2**-0.5, h], 1)  # upsample',
    ],
  ])('reads %s', (_what, from, to, line) => {
    expect(added('skip-scale', sample('unet_list').replace(from, to))).toContain(line);
  });

  it('takes another factor, and none that is no factor', () => {
    expect(fixed('skip-scale', sample('unet_list'), { kappa: 0.5 })).toContain('0.5**len(hs)');
    isLeftAlone('skip-scale', sample('unet_list'), { kappa: 1.5 });
  });

  it.each([
    ['a factor of its own', 'hs.pop() * self.skip_connect_scale'],
    ['a quotient', 'hs.pop() / math.sqrt(2)'],
  ])('sees %s', (_what, written) => {
    expect(outcomeOf('skip-scale', sample('unet_list').replace('hs.pop()', written)).kind).toBe('already-there');
  });

  it.each([
    [
      'features side by side',
      'import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        self.a = nn.Conv2d(3, 3, 1)\n        self.up = nn.Upsample(2)\n    def forward(self, x):\n        a = self.a(x)\n        b = self.a(x * 2)\n        return torch.cat([a, b], dim=1)\n',
    ],
    [
      'conditions',
      'import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        self.c = nn.Conv2d(3, 3, 1)\n    def forward(self, x, condition):\n        return self.c(torch.cat([x, condition], dim=1))\n',
    ],
    ['batches that are joined', sample('unet_list').replace('[h, hs.pop()], dim=1', '[h, hs[0]], dim=0')],
    [
      'stacks of other things',
      'class Walk:\n    def __init__(self):\n        self.seen = []\n    def forward(self, x):\n        todo = []\n        todo.append(x)\n        x = todo.pop()\n        return x\n',
    ],
    ['models of a library', 'from diffusers import UNet2DModel\nmodel = UNet2DModel(sample_size=32)\n'],
    ['half typed code', sample('unet_list').replace('hs.pop()], dim=1)', 'hs.pop(], dim=1')],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('skip-scale', text);
  });
});

describe('simvq', () => {
  it('freezes the codebook and reads it through a linear layer, in every method', () => {
    expect(added('simvq', sample('quantizer_embedding'))).toEqual([
      'nn.init.normal_(self.embedding.weight, std=self.e_dim ** -0.5)',
      'self.embedding.weight.requires_grad_(False)',
      'self.embedding_proj = nn.Linear(self.e_dim, self.e_dim)',
      'codes = self.embedding_proj(self.embedding.weight)',
      'torch.sum(codes ** 2, dim=1) - 2 * \\',
      'torch.matmul(flat, codes.t())',
      'z_q = codes[indices].view(z.shape)',
      'codes = self.embedding_proj(self.embedding.weight)',
      'return codes[indices]',
    ]);
    expect(fixed('simvq', sample('quantizer_embedding'))).not.toContain('uniform_');
    staysClean('simvq', sample('quantizer_embedding'));
  });

  it('reads codebooks that are bare parameters', () => {
    const once = fixed('simvq', sample('quantizer_parameter'));
    expect(once).toContain('\t\tindices = torch.cdist(z, codes).argmin(dim=-1)\n\t\tquantized = codes[indices]\n');
    staysClean('simvq', sample('quantizer_parameter'));
  });

  it('takes no name that the method uses', () => {
    const text = sample('quantizer_parameter').replaceAll('quantized', 'codes');
    expect(fixed('simvq', text)).toContain('torch.cdist(z, projected_codes).argmin');
  });

  it.each([
    [
      'the layer under another name',
      sample('quantizer_embedding')
        .replace(
          '        self.embedding.weight.data',
          '        self.map = nn.Linear(8, 8)\n        self.embedding.weight.data',
        )
        .replace('        flat =', '        known = self.map(self.embedding.weight)\n        flat ='),
    ],
    ['a class of that name', `${sample('quantizer_embedding')}\nother = SimVQ(dim=8, codebook_size=64)\n`],
  ])('sees %s', (_what, text) => {
    expect(outcomeOf('simvq', text).kind).toBe('already-there');
  });

  it.each([
    [
      'codebooks that are moved by averages',
      sample('quantizer_embedding').replace(
        '        self.embedding.weight.data.uniform_(-1.0 / self.n_e, 1.0 / self.n_e)',
        '        self.register_buffer("ema_count", torch.zeros(n_e))',
      ),
    ],
    [
      'codebooks that are written to',
      sample('quantizer_embedding').replace('        flat =', '        self.embedding.weight.data = z\n        flat ='),
    ],
    [
      'embeddings of a language model',
      'from torch import nn\nclass LM(nn.Module):\n    def __init__(self):\n        self.emb = nn.Embedding(10, 8)\n    def forward(self, x):\n        return (self.emb(x) @ self.emb.weight.t()).argmax(-1)\n',
    ],
    [
      'quantizers of a library',
      'from vector_quantize_pytorch import VectorQuantize\nvq = VectorQuantize(dim=256, codebook_size=512)\n',
    ],
    [
      'half typed code',
      sample('quantizer_embedding').replace('self.embedding(indices).view', 'self.embedding(indices.view'),
    ],
  ])('leaves %s alone and says why', (_what, text) => {
    isLeftAlone('simvq', text);
  });
});

it('answers what a symptom leaves open for the monitors that it is meant for', () => {
  const offered = (monitor: string) => fixesFor('other', new Set(), monitor).map(({ description }) => description.id);
  expect(offered('codebook-collapse')).toEqual(['simvq']);
  expect(offered('adversarial-balance')).toEqual(['gradient-penalty']);
  expect(offered('lion-bound')).toEqual([]);
});
