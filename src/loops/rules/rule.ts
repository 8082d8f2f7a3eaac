import type { LoopWarning } from '../../model/loop.js';
import type { PythonModule } from '../python/pythonModule.js';
import type { TrainingUnit } from '../python/trainingUnits.js';
import type { SourceLines } from '../syntax/sourceLines.js';

/** A mistake that the source alone shows. A rule speaks only when it is certain: false alarms are worse than misses. */
export type Rule = (unit: TrainingUnit, module: PythonModule, lines: SourceLines) => readonly LoopWarning[];
