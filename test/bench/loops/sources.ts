import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One training loop in a file of what surrounds loops in real ones: layers, data, logging, command lines. */
const SURROUNDINGS = (index: number): string => `
class Block${index}(nn.Module):
    """A residual block of width \`dim\`."""

    def __init__(self, dim, heads=8, dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, dropout=dropout, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * dim, dim))

    def forward(self, x, mask=None):
        y = self.norm1(x)
        y, _ = self.attention(y, y, y, attn_mask=mask, need_weights=False)
        x = x + y
        return x + self.mlp(self.norm2(x))


def load_${index}(path, limit=None):
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if limit is not None and len(rows) >= limit:
                break
            rows.append({"text": row["text"].strip(), "label": int(row.get("label", ${index}))})
    return rows


def evaluate_${index}(model, loader, device):
    model.eval()
    total, correct = 0, 0
    with torch.no_grad():
        for x, y in loader:
            scores = model(x.to(device))
            correct += (scores.argmax(-1) == y.to(device)).sum().item()
            total += y.numel()
    return correct / max(total, 1)
`;

const LOOP = (index: number): string => `
def train_${index}(model, loader, epochs=10, lr=3e-4):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cuda", dtype=torch.float16):
                loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
        scheduler.step()
        print(epoch, evaluate_${index}(model, loader, "cuda"))
`;

const IMPORTS = 'import json\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';

/** A file like real ones: one loop for about 500 lines. */
export function ordinaryFile(lines: number): string {
  const parts = [IMPORTS];
  for (let index = 0; count(parts) < lines; index += 1) {
    parts.push(SURROUNDINGS(index), ...(index % 10 === 0 ? [LOOP(index)] : []));
  }
  return cut(parts, lines);
}

/** The golden loops one behind the other: more loops than any file has. */
export function crowdedFile(lines: number, root: string): string {
  const folder = path.join(root, 'test/golden/fixes');
  const files = readdirSync(folder).filter((file) => file.endsWith('.py'));
  const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const parts: string[] = [];
  for (let index = 0; count(parts) < lines; index += 1) {
    parts.push(texts[index % texts.length] ?? '');
  }
  return cut(parts, lines);
}

/** TypeScript with a loop of TensorFlow.js for about 100 lines. */
export function typeScriptFile(lines: number): string {
  const parts = ["import * as tf from '@tensorflow/tfjs';\n"];
  for (let index = 0; count(parts) < lines; index += 1) {
    parts.push(`
export interface Options${index} { readonly epochs: number; readonly rate?: number }

export function read${index}(rows: readonly Record<string, string>[]): number[][] {
  return rows.map((row) => Object.values(row).map((value) => Number.parseFloat(value)));
}

export class Table${index} {
  private readonly rows: number[][] = [];
  add(row: readonly number[]): this {
    if (row.some((value) => Number.isNaN(value))) {
      throw new Error(\`row \${this.rows.length} of ${index} has no number\`);
    }
    this.rows.push([...row]);
    return this;
  }
}
`);
    if (index % 5 === 0) {
      parts.push(`
export async function train${index}(model: tf.LayersModel, { epochs, rate = 1e-3 }: Options${index}) {
  const optimizer = tf.train.adam(rate);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const { grads } = tf.variableGrads(() => model.predict(tf.zeros([1, 4])) as tf.Scalar);
    optimizer.applyGradients(grads);
    await tf.nextFrame();
  }
}
`);
    }
  }
  return cut(parts, lines);
}

function count(parts: readonly string[]): number {
  return parts.reduce((lines, part) => lines + part.split('\n').length - 1, 0);
}

function cut(parts: readonly string[], lines: number): string {
  return `${parts.join('').split('\n').slice(0, lines).join('\n')}\n`;
}
