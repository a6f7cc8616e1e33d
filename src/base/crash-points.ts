/**
 * Named places where a process can be made to die, so that tests can show that the work continues afterwards.
 *
 * `worker.effect:2` ends the worker the 2nd time it reaches `worker.effect`. A place that is not armed does nothing; an armed
 * one prints to stderr how often it was reached, and `worker.effect:0` only prints.
 */
import { writeSync } from 'node:fs';

export interface CrashPoints {
  /** Reaches a place; `die` replaces the end of this process. */
  reach(name: string, die?: () => void): void;
}

const say = (line: string) => void writeSync(2, `${line}\n`);
const endProcess = () => void process.kill(process.pid, 'SIGKILL');

/** `armed` is a list of `name:n` pairs separated by commas; n counts from 1. */
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
