import type { OptimizerKind } from '../settings.js';
import { Adam } from './adam.js';
import { AdamP } from './adamp.js';
import { AmsGrad } from './amsgrad.js';
import { Lion } from './lion.js';
import { Muon } from './muon.js';
import type { MakeOptimizer } from './optimizer.js';
import { RAdam } from './radam.js';
import { Sgd } from './sgd.js';
import { Spam } from './spam.js';
import { StableSpam } from './stableSpam.js';

/** Every optimizer by its name in an experiment. */
export const MAKE_OPTIMIZER: Readonly<Record<OptimizerKind, MakeOptimizer>> = {
  adamw: (settings) => new Adam(settings),
  adam: (settings) => new Adam(settings, false),
  sgd: (settings) => new Sgd(settings),
  radam: (settings) => new RAdam(settings),
  amsgrad: (settings) => new AmsGrad(settings),
  adamp: (settings) => new AdamP(settings),
  lion: (settings) => new Lion(settings),
  spam: (settings) => new Spam(settings),
  'stable-spam': (settings) => new StableSpam(settings),
  muon: (settings, product) => new Muon(settings, product),
};
