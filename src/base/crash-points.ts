/**
 * Numbered places where a process can be made to die, so that tests show that work goes on after it.
 *
 * `worker.effect:2` ends the worker at its 2nd passage of `worker.effect`. A place that is not armed does nothing; an armed
 * one says on stderr how often it was passed, and `worker.effect:0` does that alone.
 */
import { writeSync } from 'node:fs';

export interface CrashPoints {
  /** Passes a place; `die` ends what stands there, this process when undefined. */
  reach(name: string, die?: () => void): void;
}

const say = (line: string) => void writeSync(2, `${line}\n`);
const endProcess = () => void process.kill(process.pid, 'SIGKILL');

/** `armed` is `name:n` pairs joined by commas; n counts from 1. */
export function createCrashPoints(armed = '', tell: (line: string) => void = say): CrashPoints {
  const pairs = armed.split(',').filter(Boolean);
  const places = new Map(
    pairs.map((pair) => [pair.split(':')[0] ?? '', { at: Number(pair.split(':')[1]), passed: 0 }]),
  );
  return {
    reach(name, die = endProcess) {
      const place = places.get(name);
      if (!place) return;
      place.passed += 1;
      tell(`crash point ${name}:${place.passed}`);
      if (place.passed === place.at) die();
    },
  };
}
