/** How many turns with an engine a node has at once: as many as its memory holds beside its workers, unless a setting says it. */
import { totalmem } from 'node:os';
import type { Settings } from '../../settings.ts';

const mb = 2 ** 20;

/** What each takes, as measured (docs/run.md), and the share of the memory that is for all of them. */
const workerMb = 130;
const engineMb = 220;
const share = 0.75;

/** The memory that we may use, in MB: the machine's, or what a container or unit is given of it. */
function memoryMb(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / mb;
}

export function enginesMaxOf(
  { enginesMax, workersMax }: Pick<Settings, 'enginesMax' | 'workersMax'>,
  memory = memoryMb(),
): number {
  if (enginesMax !== undefined) return enginesMax;
  const forEngines = memory * share - workersMax * workerMb;
  return Math.max(1, Math.floor(forEngines / engineMb));
}
