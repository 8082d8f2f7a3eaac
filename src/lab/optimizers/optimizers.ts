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
  adamw: (settings, arithmetic) => new Adam(settings, arithmetic),
  adam: (settings, arithmetic) => new Adam(settings, arithmetic, false),
  sgd: (settings) => new Sgd(settings),
  radam: (settings, arithmetic) => new RAdam(settings, arithmetic),
  amsgrad: (settings, arithmetic) => new AmsGrad(settings, arithmetic),
  adamp: (settings, arithmetic) => new AdamP(settings, arithmetic),
  lion: (settings) => new Lion(settings),
  spam: (settings, arithmetic) => new Spam(settings, arithmetic),
  'stable-spam': (settings, arithmetic) => new StableSpam(settings, arithmetic),
  muon: (settings, arithmetic) => new Muon(settings, arithmetic),
};
