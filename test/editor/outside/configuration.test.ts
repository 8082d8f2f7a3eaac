import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { appliesAndUndoes, pickFromLightBulb } from '../support/fixSteps.js';
import { Workbench } from '../support/workbench.js';

/** As LLaMA-Factory's users write it, with the settings under the comments of its examples. */
const NAME = 'llama_sft.yaml';
const CONFIGURATION = `### model
model_name_or_path: local/llama

### method
stage: sft
do_train: true
finetuning_type: lora

### train
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 3.0
lr_scheduler_type: cosine
max_grad_norm: 0.0
`;

describe('the light bulb in a configuration', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      prepare: (folder) => writeFile(path.join(folder, NAME), CONFIGURATION),
      files: [NAME],
    });
  });
  after(() => workbench.close());

  it('changes the value where it stands', async () => {
    await pickFromLightBulb(workbench, 'max_grad_norm', 'Clip gradients');
    await appliesAndUndoes(workbench, 'configuration-clipping', {
      file: NAME,
      adds: 'max_grad_norm: 1',
      made: /^max_grad_norm: 1(\.0)?$/m,
    });
  });

  it('adds what is not there beside what belongs to it', async () => {
    await pickFromLightBulb(workbench, 'learning_rate', 'Warm the learning rate up');
    await appliesAndUndoes(workbench, 'configuration-warmup', {
      file: NAME,
      adds: 'warmup',
      made: /^warmup_(steps|ratio): [\d.]+$/m,
    });
  });
});

describe('inlay hints', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: ['train.py'], settings: { 'evenkeel.inlayHints.enabled': true } });
    await workbench.goToLine(84);
  });
  after(() => workbench.close());

  it('stand behind the lines of the loop once they are asked for', async () => {
    // Spaces in an editor are no-break spaces.
    await workbench
      .line('loss.backward()')
      .filter({ hasText: /loss\s\d/ })
      .first()
      .waitFor();
    await workbench.screenshot('inlay-hints');
  });
});
