import { expect, test } from 'vitest';
import { type Fact, judge, type Verdict } from '../live/fact.ts';
import { facts } from '../live/facts.ts';
import { startLiveWorld } from './live-world.ts';

const targets = {
  board: 'azureDevOps',
  repos: 'azureDevOps',
  github: 'github',
  slack: 'slack',
  instance: 'instance',
} as const;

test.each(['board', 'repos', 'github', 'slack', 'instance'] as const)(
  'no fact of %s holds with a server that says yes to everything',
  async (need) => {
    const world = await startLiveWorld();
    const file = need === 'slack' || need === 'instance' ? world.others : need === 'board' ? world.board : world[need];
    world.write(file);
    const verdicts = new Map<string, Verdict>();
    const own = facts.filter(({ needs }) => needs[0] === need);
    const spoiled = own.map(
      (fact): Fact => ({
        ...fact,
        async try(systems) {
          world.faults.add({ target: targets[need], do: { status: 200, body: { ok: true } } });
          const verdict = await fact.try(systems).catch(() => judge(false, 'thrown'));
          verdicts.set(fact.id, verdict);
          world.faults.clear();
          return verdict;
        },
      }),
    );
    await world.run({ facts: spoiled, typed: async () => (file === world.others ? world.channel : 'AcmeLive') });
    const holding = [...verdicts].filter(([, { verdict }]) => verdict === 'holds').map(([id]) => id);
    expect(verdicts.size).toBe(own.length);
    // An instance says that it is healthy by the status alone.
    expect(holding).toEqual(need === 'instance' ? ['instance-health'] : []);
  },
);
