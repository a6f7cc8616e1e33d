/** Checks that each approver is a person whose move of a work item would count. */
import { trackerNamesOf } from '../agents/config/devops.ts';
import { isPerson } from '../work-items/gate/rules.ts';
import type { Account, Person } from '../work-items/tracker.ts';
import { type Found, fail, unlessClosed, type Verdict, warn } from './finding.ts';
import { type Connected, named } from './own-agent.ts';

/** Why an entry would never approve; undefined if it would. `accounts` are those that have the entry as a name of any kind. */
function approverFault(entry: string, accounts: readonly Account[], file: string): Found | undefined {
  const own = accounts.find((account) => isPerson(entry, account));
  if (own && !own.isGroup) return undefined;
  const group = accounts.find(({ isGroup }) => isGroup);
  if (group) {
    const why = `"${entry}" in devops.approvers is a group, and a group never approves`;
    return fail(why, `List the people of ${group.name} by mail address in ${file}.`, 'GATE_ACTOR');
  }
  const [person] = accounts;
  if (person) {
    const why = `"${entry}" in devops.approvers is not what ${person.name} signs in with, so they could not approve`;
    return fail(why, `Write ${person.mail || person.id} in ${file}.`, 'GATE_ACTOR');
  }
  const why = `"${entry}" in devops.approvers is nobody in the organization, so nobody approves under this name`;
  return fail(
    why,
    `Correct it in ${file}: the mail address with which the person signs in, or their id.`,
    'GATE_ACTOR',
  );
}

/** The tracker does not tell this token who exists. */
function unread(own: Connected, entries: readonly string[]): Found {
  const token = own.agent.config.devops ? trackerNamesOf(own.agent.config.devops).token : '';
  const what = `it could not be read whether ${named(entries)} can approve: the board does not tell ${token} about people`;
  return warn(
    what,
    `Check the names by hand, or give ${token} in ${own.agent.id}/secrets.env the scope Identity (Read).`,
  );
}

async function verdictOn(entry: string, own: Connected, me: Person): Promise<Found | 'unread' | undefined> {
  const file = `${own.agent.id}/jvAgent.json`;
  if (isPerson(entry, me)) {
    const fix = `List people in devops.approvers in ${file}.`;
    return fail(`${entry} is the agent itself, whose approvals never count`, fix, 'GATE_ACTOR');
  }
  const accounts = await unlessClosed(own.connections.tracker.accounts(entry.trim()));
  return accounts ? approverFault(entry, accounts, file) : 'unread';
}

/** One finding for each entry that is wrong. */
export async function approvers(own: Connected): Promise<Verdict | readonly Verdict[]> {
  const list = own.agent.devops.approvers;
  const fix = `List ids or mail addresses of people in devops.approvers in ${own.agent.id}/jvAgent.json.`;
  if (!list) return warn('everybody who can move a work item can approve its plan', fix);
  const me = await own.connections.tracker.me();
  const verdicts = await Promise.all(list.map((entry) => verdictOn(entry, own, me)));
  const wrong = verdicts.flatMap((found, index): Found[] =>
    found && found !== 'unread' ? [{ ...found, at: ['devops', 'approvers', index] }] : [],
  );
  const dark = list.filter((_, index) => verdicts[index] === 'unread');
  if (wrong.length + dark.length > 0) return [...wrong, ...(dark.length > 0 ? [unread(own, dark)] : [])];
  return `${list.length === 1 ? 'one approver' : `${list.length} approvers`}: ${named(list)}`;
}
