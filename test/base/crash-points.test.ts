import { expect, it, vi } from 'vitest';
import { createCrashPoints } from '../../src/base/crash-points.ts';

it('dies at the armed passage, once', () => {
  const told: string[] = [];
  const points = createCrashPoints('effect:2,commit:1', (line) => told.push(line));
  const die = vi.fn();
  points.reach('effect', die);
  expect(die).not.toHaveBeenCalled();
  points.reach('effect', die);
  points.reach('effect', die);
  expect(die).toHaveBeenCalledTimes(1);
  expect(told).toEqual(['crash point effect:1', 'crash point effect:2', 'crash point effect:3']);
});

it('tells the passages of a place armed at 0, and nothing of one that is not armed', () => {
  const told: string[] = [];
  const points = createCrashPoints('effect:0', (line) => told.push(line));
  const die = vi.fn();
  points.reach('effect', die);
  points.reach('intent', die);
  expect(die).not.toHaveBeenCalled();
  expect(told).toEqual(['crash point effect:1']);
});
