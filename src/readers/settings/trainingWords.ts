/** Names of settings that only something that trains has, in lower case without separators. */
const TRAINING_WORDS: ReadonlySet<string> = new Set([
  ...['lr', 'lr0', 'learningrate', 'baselr', 'initlr', 'initiallr', 'maxlr', 'peaklr', 'minlr', 'decaylr', 'lrdecay'],
  ...['batchsize', 'trainbatchsize', 'perdevicetrainbatchsize', 'perdevicebatchsize', 'microbatchsize'],
  ...['minibatchsize', 'globalbatchsize', 'imsperbatch', 'samplespergpu', 'gradientaccumulationsteps'],
  ...['gradaccumsteps', 'accumulategradbatches', 'epochs', 'nepochs', 'numepochs', 'maxepochs', 'totalepochs'],
  ...['numtrainepochs', 'maxsteps', 'maxiters', 'maxiter', 'numsteps', 'trainsteps', 'trainiters', 'numtrainsteps'],
  ...['maxtrainsteps', 'totalsteps', 'totaltrainingsteps', 'numiterations', 'totaltimesteps', 'optim', 'optimizer'],
  ...['optimiser', 'optimizername', 'optimizertype', 'weightdecay', 'warmup', 'warmupsteps', 'warmupratio'],
  ...['warmupiters', 'warmupepochs', 'scheduler', 'lrscheduler', 'lrschedulertype', 'schedulertype', 'gradclip'],
  ...['maxgradnorm', 'clipgrad', 'clipgradnorm', 'gradientclipval', 'gradientclipping', 'gradnormclip'],
  ...['beta1', 'beta2', 'adambeta1', 'adambeta2', 'betas', 'momentum', 'earlystoppingpatience'],
]);

/** Model descriptions, cards of data sets and settings of tools have fewer. */
const FEWEST_WORDS = 2;

/**
 * Whether a file with a general name (`config.json`, `params.yaml`) is the configuration of a training run.
 * @param keys as they are flattened: `optimizer/lr`.
 */
export function isTrainingConfiguration(keys: readonly string[]): boolean {
  const words = keys.flatMap((key) => key.split(/[/.]/)).map((word) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
  return new Set(words.filter((word) => TRAINING_WORDS.has(word))).size >= FEWEST_WORDS;
}
