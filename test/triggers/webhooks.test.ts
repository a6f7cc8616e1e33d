import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { gitHubSignature, hookSecret } from '../../src/triggers/hook-keys.ts';
import { createWebhooks } from '../../src/triggers/webhooks.ts';

const agentId = 'codechange/acme';
const hookKey = 'key';
const secret = hookSecret(hookKey, agentId);

function start({ broken = false } = {}) {
  vi.useFakeTimers();
  const woken: (number | undefined)[] = [];
  const closing = new AbortController();
  onTestFinished(() => {
    closing.abort();
    vi.useRealTimers();
  });
  const respond = createWebhooks({
    hookKey,
    prefixOf: (id) => (id === agentId ? 'feature/acme-' : undefined),
    isOurs: async (_, by) => ['agent-id', 'acme-agent'].includes(by),
    async wake(_, workItemId) {
      if (broken) throw new Error('the disk is full');
      woken.push(workItemId);
    },
    refused: () => {},
    signal: closing.signal,
    clock: systemClock,
    log: createLog('test', 'silent'),
  });
  const post = async (system: string, body: unknown, headers: Record<string, string>) => {
    const url = `http://hooks/hooks/${system}/${agentId}`;
    return (await respond(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }))).status;
  };
  return {
    woken,
    closing,
    azure: (resource: unknown) =>
      post('azure-devops', { resource }, { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` }),
    gitHub: (body: unknown, event = 'pull_request') =>
      post('github', body, {
        'x-hub-signature-256': gitHubSignature(secret, Buffer.from(JSON.stringify(body))),
        'x-github-event': event,
      }),
  };
}

test('each kind of hook wakes the work item that it names, and the whole board when it names none', async () => {
  const { azure, gitHub, woken } = start();
  const head = (ref: string) => ({ pull_request: { head: { ref } } });
  expect(await azure({ id: 3, workItemId: 11 })).toBe(204);
  await azure({ id: 12 });
  await azure({ pullRequestId: 1, sourceRefName: 'refs/heads/feature/acme-13-guard' });
  await azure({ comment: { id: 5 }, pullRequest: { pullRequestId: 1, sourceRefName: 'refs/heads/feature/acme-14' } });
  await gitHub(head('feature/acme-15'));
  await gitHub(head('feature/acme-16x'));
  expect(woken).toEqual([11, 12, 13, 14, 15, 16]);
  await gitHub(head('feature/other-17'));
  expect(woken.at(-1)).toBeUndefined();
});

test('of hooks that come within 5 s the first wakes at once, and all others together once more', async () => {
  const { azure, woken } = start();
  for (let n = 0; n < 20; n += 1) await azure({ id: n + 1, workItemId: 1 });
  await azure({ id: 1, workItemId: 2 });
  expect(woken).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(4_990);
  expect(woken).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(20);
  expect(woken).toEqual([1, 2, 1]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(woken).toEqual([1, 2, 1]);
});

test("the agent's own changes and GitHub's greeting wake nobody, and hold no later hook back", async () => {
  const { azure, gitHub, woken } = start();
  expect(await azure({ id: 4, workItemId: 1, revisedBy: { id: 'agent-id' } })).toBe(204);
  await gitHub({ pull_request: { head: { ref: 'feature/acme-1' } }, sender: { login: 'acme-agent' } });
  await gitHub({ zen: 'Speak.' }, 'ping');
  expect(woken).toEqual([]);
  await azure({ id: 5, workItemId: 1, revisedBy: { id: 'erin-id' } });
  expect(woken).toEqual([1]);
});

test("a check wakes the agent, although the agent's own push started it", async () => {
  const { gitHub, woken } = start();
  await gitHub({ check_run: { conclusion: 'failure' }, sender: { login: 'acme-agent' } }, 'check_run');
  expect(woken).toEqual([undefined]);
});

test('a hook that could not be kept is answered 500, and after the end nobody is woken', async () => {
  expect(await start({ broken: true }).azure({ id: 1 })).toBe(500);
  const { azure, closing, woken } = start();
  await azure({ id: 1 });
  await azure({ id: 1 });
  closing.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(woken).toEqual([1]);
});
