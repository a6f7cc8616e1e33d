import { expect, test } from 'vitest';
import { stateOf, tagsWith } from '../../src/work-items/phase.ts';
import { mapping, phases } from './fixture.ts';

test('a tag says the phase once, and the tags of people stay in their order', () => {
  expect(tagsWith(['b', 'JV:planning', 'a', 'jv:executing'], 'pr-created')).toEqual(['b', 'a', 'jv:pr-created']);
});

test('no phase shows as the state by which people approve', () => {
  expect(phases.map((phase) => stateOf(phase, mapping))).not.toContain(mapping.approved);
});

test('a phase without its own state leaves the tile where it is', () => {
  expect(stateOf('cancelled', mapping)).toBeUndefined();
  expect(stateOf('failed', { new: 'New' })).toBeUndefined();
});
