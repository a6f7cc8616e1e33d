/** How the real CLI's turn ends where its provider fails: soon, with whose fault it was, in words for a person. */
import { describe, expect, it, vi } from 'vitest';
import type { Script } from '../../emulators/anthropic/script.ts';
import { endOf, ofKind, openEngine } from './try-turn.ts';

vi.setConfig({ testTimeout: 30_000 });

const seen: Script = { scenes: [{ replies: [[{ text: 'seen' }]] }] };
const error = (status: number, type: string, message: string, headers: Record<string, string> = {}) =>
  Response.json({ type: 'error', error: { type, message } }, { status, headers });
const noRetry = { 'x-should-retry': 'false' };
const cut = () =>
  new Response('event: ping\ndata: {"type":"ping"}\n\n', { headers: { 'content-type': 'text/event-stream' } });

/** The end of a turn whose every call gets this answer. The CLI alone would try again for minutes, longer than a test may take. */
async function endWith(answer: () => Response) {
  const { turn, host } = await openEngine(seen, {}, { answer });
  const events = await turn({});
  const ended = endOf(events) ?? expect.fail('no end');
  expect(ended.why).not.toMatch(/localhost|\n\s+at |API Error/);
  expect(ofKind(events, 'text')).toEqual([]);
  return { ended, host };
}

describe('a provider that', () => {
  it.each([
    ['does not know the key', 401, 'authentication_error', 'invalid x-api-key', 'OUTSIDE_AUTH'],
    ['closed the organization', 403, 'permission_error', 'This organization has been disabled.', 'OUTSIDE_AUTH'],
    ['has no model of that name', 404, 'not_found_error', 'model: claude-sonnet-5', 'OUTSIDE_REFUSED'],
    ['wants credit', 400, 'invalid_request_error', 'Your credit balance is too low', 'OUTSIDE_AUTH'],
  ])('%s says so within seconds', async (_, status, type, message, code) => {
    const { ended, host } = await endWith(() => error(status, type, message));
    const why = `${host} answered ${status} ${type}: ${message}`;
    expect(ended).toMatchObject({
      outcome: 'error',
      why: `${code}: ${why}`,
      fault: { kind: 'provider', refusal: { refused: code, why } },
      usd: 0,
    });
  });

  it.each([
    ['limits', 429, 'rate_limit_error', 'OUTSIDE_LIMITED'],
    ['is overloaded', 529, 'overloaded_error', 'OUTSIDE_LIMITED'],
    ['fails', 500, 'api_error', 'OUTSIDE_UNREACHABLE'],
  ])('%s is nobody’s attempt', async (_, status, type, code) => {
    const { ended } = await endWith(() => error(status, type, 'Not now', noRetry));
    expect(ended).toMatchObject({ outcome: 'error', fault: { kind: 'provider', refusal: { refused: code } } });
  });

  it('asks for an hour does not keep a turn waiting', async () => {
    const { ended } = await endWith(() => error(429, 'rate_limit_error', 'slow', { 'retry-after': '3600' }));
    expect(ended.fault).toMatchObject({ refusal: { refused: 'OUTSIDE_LIMITED', until: expect.any(Number) } });
  });

  it('always cuts its answers uses no attempt', async () => {
    const { ended, host } = await endWith(cut);
    const why = `${host} cut its answer off before the end`;
    expect(ended).toMatchObject({ fault: { kind: 'provider', refusal: { refused: 'OUTSIDE_UNREACHABLE', why } } });
  });

  it.each([
    [413, 'request_too_large', 'Request exceeds the maximum size'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
  ])('finds the conversation too long has its size told: %d', async (status, type, message) => {
    const { ended } = await endWith(() => error(status, type, message));
    expect(ended).toMatchObject({
      outcome: 'error',
      fault: {
        kind: 'too-long',
        why: expect.stringMatching(/too long for claude-sonnet-5 \(\d+ bytes, at most \d+ tokens\)/),
      },
    });
  });

  it('does not take what the engine asks would not take it in the next turn either', async () => {
    const { ended } = await endWith(() => error(400, 'invalid_request_error', 'messages.1: no'));
    expect(ended).toMatchObject({ fault: { kind: 'refused', refusal: { refused: 'OUTSIDE_REFUSED' } } });
  });
});

describe('a fault of the past', () => {
  it('does not count for a turn that succeeded after it', async () => {
    const answer = (nth: number) => (nth === 0 ? error(529, 'overloaded_error', 'Overloaded') : undefined);
    const { turn } = await openEngine(seen, {}, { answer });
    const ended = endOf(await turn({}));
    expect(ended).toMatchObject({ outcome: 'done', text: 'seen' });
    expect(ended?.fault).toBeUndefined();
  });

  it('is not blamed for what stopped the turn later', async () => {
    const script: Script = { scenes: [{ replies: [[{ tool: 'Bash', input: { command: 'tail -f /dev/null' } }]] }] };
    const answer = (nth: number) => (nth === 0 ? error(529, 'overloaded_error', 'Overloaded') : undefined);
    const { turn } = await openEngine(script, {}, { answer });
    const ended = endOf(await turn({ turnTimeMs: 15_000 }));
    expect(ended).toMatchObject({ outcome: 'timed-out', why: 'the turn took longer than 15 s' });
    expect(ended?.fault).toBeUndefined();
  });
});

it('a request that the gateway refuses would be refused again', async () => {
  const { turn } = await openEngine(seen, { models: [] });
  const ended = endOf(await turn({}));
  const why = expect.stringContaining('the engine asked for the model claude-sonnet-5');
  expect(ended).toMatchObject({
    outcome: 'error',
    fault: { kind: 'refused', refusal: { refused: 'MODEL_REFUSED', why } },
  });
});

it('a conversation that the engine finds too long is reported as such', async () => {
  const full = [{ tool: 'Bash', input: { command: 'true' } }, { usage: { input: 999_000 } }];
  const { turn } = await openEngine({
    scenes: [{ replies: [full, [{ tool: 'Bash', input: {} }], [{ tool: 'Bash', input: {} }]] }],
  });
  const ended = endOf(await turn({}));
  expect(ended).toMatchObject({
    outcome: 'error',
    fault: { kind: 'too-long', why: expect.stringMatching(/too long for claude-sonnet-5: /) },
  });
});
