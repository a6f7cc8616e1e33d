/** The engineer of a road with trouble: may turn the first plan down, and may ask for changes before the merge. */

import { createEngineer, type Engineer } from '../../emulators/engineer.ts';
import type { Emulators } from '../../emulators/start.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Store } from '../../src/store/database/database.ts';
import { call, commit, planning, repairing, say, scriptOf, submitPlan } from '../stories/scripts.ts';
import type { Trouble } from './trouble.ts';

const agentId = 'codechange/acme';
const lookMs = 100;
const feedback = 'Say what may break.';

/** The demo's model, which makes another plan when one is turned down, and adds a line when changes are asked for. */
export const script = scriptOf(
  planning(feedback, [submitPlan({ risks: 'Callers that set __proto__ on purpose.' }), say('I made a new plan.')]),
  repairing('', [call('Bash', { command: "echo '// Reviewed.' >> jsonpointer.js" }), commit, say('Done as asked.')]),
);

export interface PeopleOptions {
  emulators: Emulators;
  store: Store;
  trouble: Trouble;
  /** Ends every wait. */
  signal: AbortSignal;
}

export function createPeople({ emulators, store, trouble, signal }: PeopleOptions): Engineer {
  const engineer = createEngineer(emulators, 'acme');
  const { urls, tenants } = emulators;
  const { repository, secrets } = tenants.acme;
  let isRejected = false;

  /** Asks for changes, and waits for them to be in the pull request. */
  async function review(number: number): Promise<void> {
    const items = async () => (await store.sessions.list(agentId)).map(({ item }) => item);
    const item = async () => (await items()).find((each) => each?.review?.number === number);
    const before = (await item())?.change?.pushedSha;
    await fetch(`${urls.github}/repos/${repository}/pulls/${number}/reviews`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.gitTokens.engineer}`, 'user-agent': 'people' },
      body: JSON.stringify({ event: 'REQUEST_CHANGES', body: 'Say in the file that it was reviewed.' }),
    });
    while (!signal.aborted) {
      const now = await item();
      if (now?.phase === 'pr-created' && now.change?.pushedSha !== before && now.change?.commit?.pushed) return;
      await systemClock.sleep(lookMs, signal);
    }
  }

  return {
    ...engineer,
    async move(id, state) {
      if (trouble.isRejected && !isRejected) {
        isRejected = true;
        await engineer.comment(id, feedback);
        await engineer.move(id, 'Rejected');
      } else await engineer.move(id, state);
    },
    async merge(number) {
      if (trouble.isReviewed) await review(number);
      await engineer.merge(number);
    },
  };
}
