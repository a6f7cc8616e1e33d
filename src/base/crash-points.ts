/**
 * Numbered places where a process can be made to die, so that tests show that work goes on after it.
 *
 * `reach(name)` does nothing unless this name is armed; the nth time an armed name is reached the process gets SIGKILL.
 */

export interface CrashPoints {
  reach(name: string): void;
}

/** `armed` is `name:n` pairs joined by commas, such as `effect-done:2`; n counts from 1. */
export function createCrashPoints(armed = '', die = () => process.kill(process.pid, 'SIGKILL')): CrashPoints {
  const left = new Map<string, number>();
  for (const pair of armed.split(',').filter(Boolean)) {
    const [name = '', n = '1'] = pair.split(':');
    left.set(name, Number(n));
  }
  return {
    reach(name) {
      const count = left.get(name);
      if (count === undefined) return;
      left.set(name, count - 1);
      if (count === 1) die();
    },
  };
}
