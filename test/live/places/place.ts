/** A system of the user's that the kit may write to: whether somebody else uses it, and how it is left as it was found. */
import type { Redact } from '../../../src/base/redact.ts';
import type { HttpSettings } from '../../../src/connectors/http/http-client.ts';
import type { Outbound } from '../../../src/outbound/outbound.ts';
import type { LiveSettings } from '../settings.ts';

/** What a clean-up did, each as a few words. */
export interface Cleaned {
  removed: string[];
  /** What still stands there, or may, with the reason. */
  left: string[];
}

export interface Place {
  /** `project AcmeLive of acme`, as a person is asked about it. */
  name: string;
  /** Whether it is an emulator on this machine: then a verdict says nothing about the real system. */
  isEmulator: boolean;
  /** What others made there, each as a few words; none in a place that is empty but for our own. Reads only. */
  foreign(): Promise<string[]>;
  /** Removes everything that bears our mark, of this run and of earlier ones, and nothing else. */
  clean(): Promise<Cleaned>;
}

export interface PlaceOptions {
  settings: LiveSettings;
  /** The name of the run. */
  run: string;
  fetch: typeof globalThis.fetch;
  /** How git gets there. */
  outbound: Pick<Outbound, 'proxyFor' | 'trusted'>;
  /** A folder of the run's own, which goes with it. */
  folder: string;
  redact: Redact;
  http: HttpSettings;
  /** What this run made: a search may not find the newest of it yet. */
  made: { workItems: Set<number>; messages: Set<string> };
}

/** Removes one after the other; one that cannot be removed does not keep the others. */
export async function removeEach<T>(
  things: readonly T[],
  nameOf: (thing: T) => string,
  remove: (thing: T) => Promise<unknown>,
): Promise<Cleaned> {
  const cleaned: Cleaned = { removed: [], left: [] };
  for (const thing of things) {
    try {
      await remove(thing);
      cleaned.removed.push(nameOf(thing));
    } catch (error) {
      cleaned.left.push(`${nameOf(thing)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return cleaned;
}
