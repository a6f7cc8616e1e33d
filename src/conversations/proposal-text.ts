/** A proposal, and what became of it, as people read it. */
import { canonicalJson } from '../base/digest.ts';
import { timeText } from '../work-items/time-text.ts';
import type { Proposal, ProposalOutcome, ProposedRequest } from './proposal.ts';

const valueChars = 400;

/** One line of JSON; longer ones end with how much is missing. */
function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= valueChars ? text : `${text.slice(0, valueChars)} ... (${text.length} characters)`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A line for each field of the new value that differs. */
function changesOf(before: unknown, after: unknown, path: string): string[] {
  if (isObject(after) && isObject(before)) {
    return Object.entries(after).flatMap(([name, value]) =>
      changesOf(before[name], value, path === '' ? name : `${path}.${name}`),
    );
  }
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  const name = path === '' ? 'value' : path;
  return [`${name}: ${before === undefined ? 'not set' : valueText(before)} -> ${valueText(after)}`];
}

/** What the request changes about the value that stands there now, a line each. */
export function differenceOf({ request, before }: Pick<Proposal, 'request' | 'before'>): string[] {
  const isMissing = before.status >= 400;
  if (request.method === 'DELETE') return [isMissing ? 'nothing is there now' : `removes ${valueText(before.body)}`];
  if (request.method === 'POST') return [`adds ${valueText(request.body)}`];
  if (isMissing) return [`not there now (${before.status}) -> ${valueText(request.body)}`];
  const changes = changesOf(before.body, request.body, '');
  const { body: now } = before;
  const [pathname = ''] = request.path.split('?', 1);
  const isLeftOut = ([name, value]: [string, unknown]) =>
    !(isObject(request.body) && name in request.body) && !pathname.endsWith(`/${value}`);
  const unnamed = isObject(now) ? Object.entries(now).filter(isLeftOut) : [];
  if (unnamed.length > 0)
    changes.push(`not named by the request, which may remove it: ${unnamed.map(([name]) => name).join(', ')}`);
  return changes.length > 0 ? changes : ['nothing: the value is already the one proposed'];
}

/** `PUT /config/timeout?scope=all`. */
export function requestLine({ method, path, query = {} }: ProposedRequest): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) asked.append(name, String(value));
  return `${method} ${path}${asked.size === 0 ? '' : `${path.includes('?') ? '&' : '?'}${asked}`}`;
}

/** A mail address as it is: as plain words it would be broken apart, since it can be a mention. */
export const nameText = (name: string): string => (name.includes('@') ? `\`${name.replaceAll('`', '')}\`` : name);

/** A block of code that nothing in it can end. */
function block(lines: readonly string[]): string {
  const text = lines.join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** What a person is asked to confirm, whole; as Markdown. */
export function proposalText(proposal: Proposal, { instance, confirmers }: { instance: string; confirmers: string[] }) {
  const { id, agentId, request, why, expiresAt } = proposal;
  const body = request.body === undefined ? [] : [JSON.stringify(request.body, null, 2)];
  const who =
    confirmers.length === 0
      ? 'nobody in Slack, since instance.confirmers is empty'
      : confirmers.map(nameText).join(', ');
  return [
    `**${agentId} proposes a change of ${instance}.** Nothing is sent before it is confirmed.`,
    block([requestLine(request), ...body]),
    'What changes:',
    block(differenceOf(proposal)),
    'Why, in the words of the agent:',
    block([why]),
    `May confirm: ${who}. Open until ${timeText(expiresAt)}. At the terminal: \`jvagent confirm ${agentId} ${id}\`.`,
  ].join('\n\n');
}

/** What became of a confirmed proposal; as Markdown. */
export function outcomeText(proposal: Pick<Proposal, 'request'>, outcome: ProposalOutcome, by: string): string {
  const what = `\`${requestLine(proposal.request)}\`, confirmed by ${nameText(by)},`;
  if (outcome.kind === 'refused') return `${what} was not sent: ${outcome.refusal.why}. ${outcome.refusal.fix}`;
  if (outcome.kind === 'unknown') return `${what} may have been sent, and is not sent again: ${outcome.why}.`;
  const now = block([valueText(outcome.after)]);
  const isRead = outcome.isVerified ? 'was sent, and reading it back shows it' : 'was sent; reading it back shows';
  return `${what} ${isRead}:\n\n${now}`;
}
