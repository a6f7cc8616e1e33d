import { test } from 'vitest';
import { survive } from './survive.ts';

const at = process.env.KILL_AT ?? '';
test('try', async () => {
  const t = Date.now();
  const { session, traces, passed, restarts, story } = await survive(at);
  const counts: Record<string, number> = {};
  for (const p of passed) {
    const [n = ''] = p.split(':');
    counts[n] = (counts[n] ?? 0) + 1;
  }
  if (process.env.STORY) console.log(story);
  console.log(
    Date.now() - t,
    'ms',
    session?.item?.phase,
    JSON.stringify(session?.item?.refusal),
    restarts,
    counts,
    JSON.stringify({ ...traces, comments: traces.comments.map((c) => c.slice(0, 60)) }, null, 1),
  );
}, 120_000);
