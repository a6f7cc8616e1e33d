/** What a name of a model stands for, and what its calls are booked at. */
import { expect, test } from 'vitest';
import { isServed } from '../../emulators/anthropic/models.ts';
import { boundWarning, modelNamed, validModelNames } from '../../src/models/model.ts';
import { pricedModels } from '../../src/models/prices.ts';

test.each([
  ['fable', 'claude-fable-5-1'],
  ['opus', 'claude-opus-5-5'],
  ['sonnet', 'claude-sonnet-5-5'],
  ['haiku', 'claude-haiku-5-5'],
])('%s stands for the newest model of its family that has a price', (family, id) => {
  expect(modelNamed(family)).toEqual({ id, price: pricedModels[id], isBound: false });
});

test('an id with a price runs as named, with or without a date', () => {
  for (const id of [...Object.keys(pricedModels), 'claude-sonnet-4-5-20250929']) {
    const price = pricedModels[id.replace(/-\d{8}$/, '')];
    expect(modelNamed(id)).toEqual({ id, price, isBound: false });
  }
});

test.each([
  ['claude-opus-4-1', { input: 10, cached: 1, output: 50 }],
  ['claude-opus-4-20250514', { input: 10, cached: 1, output: 50 }],
  ['claude-sonnet-9', { input: 6, cached: 0.6, output: 30 }],
  ['claude-3-5-sonnet-20241022', { input: 6, cached: 0.6, output: 30 }],
  ['claude-fable-5-2', { input: 20, cached: 2, output: 100 }],
])('%s has no price, and runs at twice the dearest of its family', (id, price) => {
  const model = modelNamed(id);
  expect(model).toEqual({ id, price, isBound: true });
  expect(model && boundWarning(model)).toContain(`The price of ${id} is not known`);
});

test.each([
  ...['', 'opusplan', 'sonnet[1m]', 'no-such-model', 'constructor', 'Sonnet', 'claude', 'claude-sonnet', 'gpt-9'],
  ...['claude-sonet-5', 'claude-sonnet-5-5-5', 'claude-sonnet-5 ', 'anthropic/claude-sonnet-5', 'claude-sonnet-5[1m]'],
])('nothing runs as %j', (name) => {
  expect(modelNamed(name)).toBeUndefined();
});

test('another name gets a list of what works', () => {
  for (const name of ['fable, opus, sonnet, haiku', 'claude-sonnet-5-5', 'claude-<family>-<version>']) {
    expect(validModelNames()).toContain(name);
  }
});

test('a model with a price gives no warning', () => {
  const model = modelNamed('sonnet');
  expect(model && boundWarning(model)).toBeUndefined();
});

test('the scripted provider serves each model that has a price', () => {
  expect(Object.keys(pricedModels).filter((id) => !isServed(id))).toEqual([]);
});
