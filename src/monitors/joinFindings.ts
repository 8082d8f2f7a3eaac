import type { ChainLink, Finding, Severity } from '../model/finding.js';
import type { Symptom } from '../model/symptom.js';
import type { ObservedRun } from './monitor.js';

/** How one trouble leads to the next: each symptom with those that are its beginnings when they came shortly before. */
const LEADS_TO: Readonly<Partial<Record<Symptom, readonly Symptom[]>>> = {
  'non-finite': [
    'divergence',
    'loss-spike',
    'gradient-spike',
    'gradient-exploding',
    'early-rise',
    'precision',
    'warmup',
    'loss-zero',
    'attention',
    'activations',
  ],
  divergence: ['loss-spike', 'gradient-spike', 'early-rise', 'warmup', 'attention'],
  'early-rise': ['loss-spike', 'gradient-spike', 'warmup'],
  'loss-spike': ['gradient-spike', 'gradient-exploding', 'attention'],
  plateau: ['gradient-vanishing', 'activations'],
  plasticity: ['activations'],
};

/** What a trouble leaves behind: later links of its chain, no findings of their own. */
const LEAVES: Readonly<Partial<Record<Symptom, readonly Symptom[]>>> = {
  'non-finite': ['precision'],
  divergence: ['plateau', 'gradient-vanishing', 'gradient-exploding', 'activations', 'attention'],
  plateau: ['gradient-vanishing', 'activations'],
  plasticity: ['activations'],
};

/** Symptoms that say nothing of their own about a run that is lost. */
const MOOT: Readonly<Partial<Record<Symptom, readonly Symptom[]>>> = {
  'non-finite': ['plateau', 'overfitting', 'oscillation', 'early-warning'],
  divergence: ['overfitting', 'oscillation', 'early-warning'],
};

/** A cause lies at most this share of the run before its effect ... */
const NEAR_SHARE = 0.02;
/** ... or this many rows of the series that shows the effect. */
const NEAR_ROWS = 20;

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/**
 * Makes one finding of those that tell one story, drops what is moot, and puts first what to look at first: errors,
 * then warnings, then notes; what still goes on before what is over; what began earlier before what followed.
 */
export function joinFindings(findings: readonly Finding[], run: ObservedRun): readonly Finding[] {
  const alone = withoutTwins(withoutMoot(withoutVaguer(findings)));
  const absorbed = new Set<Finding>();
  const joined: Finding[] = [];
  for (const symptom of Object.keys(LEADS_TO) as Symptom[]) {
    for (const effect of alone.filter((finding) => finding.symptom === symptom && !absorbed.has(finding))) {
      const causes = alone.filter((finding) => !absorbed.has(finding) && isCause(finding, effect, run));
      const traces = alone.filter(
        (finding) => !absorbed.has(finding) && !causes.includes(finding) && isTrace(finding, effect),
      );
      if (effect.severity !== 'info' && causes.length + traces.length > 0) {
        [effect, ...causes, ...traces].forEach((finding) => absorbed.add(finding));
        joined.push(chained(effect, causes, traces));
      }
    }
  }
  return [...joined, ...alone.filter((finding) => !absorbed.has(finding))].toSorted(byUrgency);
}

/** Monitors that know more of a symptom than others: what these say of the same steps is said already. */
const KNOWS_MORE: Readonly<Record<string, readonly string[]>> = {
  'stuck-at-uniform': ['plateau', 'rate-too-low'],
};

function withoutVaguer(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    (vague) =>
      !findings.some(
        (exact) =>
          KNOWS_MORE[exact.monitor]?.includes(vague.monitor) === true &&
          exact.fromStep <= vague.toStep &&
          vague.fromStep <= exact.toStep,
      ),
  );
}

function withoutMoot(findings: readonly Finding[]): readonly Finding[] {
  const moot = new Set(
    findings.filter(({ severity }) => severity !== 'info').flatMap(({ symptom }) => MOOT[symptom] ?? []),
  );
  return findings.filter(({ symptom }) => !moot.has(symptom));
}

/** The same symptom over the same steps in two series (a rank, a second name for the loss) is one finding. */
function withoutTwins(findings: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = [];
  for (const finding of findings) {
    const twin = kept.findIndex(
      (other) =>
        other.symptom === finding.symptom &&
        other.monitor === finding.monitor &&
        other.fromStep <= finding.toStep &&
        finding.fromStep <= other.toStep,
    );
    const other = kept[twin];
    if (other === undefined) {
      kept.push(finding);
    } else if (SEVERITY_RANK[finding.severity] < SEVERITY_RANK[other.severity]) {
      kept[twin] = finding;
    }
  }
  return kept;
}

function isCause(cause: Finding, effect: Finding, run: ObservedRun): boolean {
  if (cause === effect || LEADS_TO[effect.symptom]?.includes(cause.symptom) !== true) {
    return false;
  }
  const near = nearness(effect, run);
  const beginsBefore = cause.fromStep <= effect.fromStep + near;
  return beginsBefore && cause.toStep >= effect.fromStep - near;
}

function isTrace(trace: Finding, effect: Finding): boolean {
  return LEAVES[effect.symptom]?.includes(trace.symptom) === true && trace.toStep >= effect.fromStep;
}

/** How many steps still count as "shortly before". */
function nearness(effect: Finding, run: ObservedRun): number {
  const tag = effect.evidence[0]?.tag;
  const series = run.signals.find((signal) => signal.series.tag === tag)?.series;
  if (series === undefined || series.length < 2) {
    return 0;
  }
  const extent = series.stepAt(series.length - 1) - series.stepAt(0);
  return Math.max(NEAR_SHARE * extent, (NEAR_ROWS * extent) / series.length);
}

function chained(effect: Finding, causes: readonly Finding[], traces: readonly Finding[]): Finding {
  const before = causes.toSorted((left, right) => left.fromStep - right.fromStep);
  const after = traces.toSorted((left, right) => left.fromStep - right.fromStep);
  const links = [...before, effect, ...after];
  const first = before.find(({ symptom }) => symptom !== 'warmup');
  return {
    ...effect,
    confidence: Math.max(...links.map(({ confidence }) => confidence)),
    fromStep: Math.min(effect.fromStep, first?.fromStep ?? effect.fromStep),
    title: titleOf(
      links.filter(({ symptom }) => symptom !== 'warmup'),
      effect,
    ),
    explanation: [...before.map(firstSentence), effect.explanation, ...after.map(firstSentence)].join(' '),
    otherCauses: [...new Set([...effect.otherCauses, ...causes.flatMap(({ otherCauses }) => otherCauses.slice(0, 1))])],
    evidence: [...effect.evidence, ...[...before, ...after].flatMap(({ evidence }) => evidence.slice(0, 1))],
    papers: uniquePapers(links),
    chain: links.map(({ monitor, symptom, fromStep, toStep }): ChainLink => ({ monitor, symptom, fromStep, toStep })),
  };
}

/** "Gradient spike, then divergence: training loss rose from ..." */
function titleOf(links: readonly Finding[], effect: Finding): string {
  const names = [...new Set(links.map(({ symptom }) => NAMES[symptom] ?? symptom.replaceAll('-', ' ')))];
  const story =
    names.length < 2
      ? effect.title
      : `${names.join(', then ')}: ${effect.title.charAt(0).toLowerCase()}${effect.title.slice(1)}`;
  return story.charAt(0).toUpperCase() + story.slice(1);
}

const NAMES: Readonly<Partial<Record<Symptom, string>>> = {
  'non-finite': 'NaN',
  'early-rise': 'rise at the start',
  'loss-zero': 'zero loss',
  activations: 'unhealthy activations',
  attention: 'growing attention logits',
};

function firstSentence({ explanation }: Finding): string {
  return /^.*?\.(?= [A-Z]|$)/s.exec(explanation)?.[0] ?? explanation;
}

function uniquePapers(findings: readonly Finding[]): Finding['papers'] {
  return [...new Map(findings.flatMap(({ papers }) => papers).map((paper) => [paper.title, paper])).values()];
}

function byUrgency(left: Finding, right: Finding): number {
  return (
    SEVERITY_RANK[left.severity] - SEVERITY_RANK[right.severity] ||
    Number(right.open) - Number(left.open) ||
    left.fromStep - right.fromStep ||
    (left.id < right.id ? -1 : 1)
  );
}
