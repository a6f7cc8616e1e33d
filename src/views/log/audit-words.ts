/** One entry of the audit log as people read it: who did what, or was refused it. */
import { codes } from '../../refusal.ts';
import type { AuditEntry } from '../../store/audit-chain.ts';
import { effectWords } from './effect-words.ts';
import { nameOf, type Words } from './entry-words.ts';

const permitCharsShown = 8;

const isCode = (code: string): code is keyof typeof codes => Object.hasOwn(codes, code);

/** What is done about a refusal with this code, where the code is one of ours. */
const fixOf = (code: string) => (isCode(code) ? `Fix: ${codes[code]}` : '');

/** What people and the lifecycle did, by the name of the event; a command has its own name. */
const eventWords: Readonly<Record<string, string>> = {
  found: 'took up the work item',
  'found-approved': 'took up the work item, which was approved without a plan',
  'plan-submitted': 'handed in a plan',
  'plan-stale': 'found that the plan is out of date',
  'question-asked': 'asked a question',
  answered: 'answered the question',
  approved: 'approved the plan',
  rejected: 'turned the plan down',
  'change-made': 'handed in a change',
  'effect-done': 'went on with the work item',
  'effect-refused': 'could not go on as planned',
  'turn-fell-short': 'ended a turn without its result',
  'already-deployed': 'found the merge on the instance',
  restored: 'came back from a backup',
  steered: 'was told to change the work',
  'fell-behind': 'fell behind the target branch',
  unbarred: 'may move on the board again',
  merged: 'merged the pull request',
  'pull-request-closed': 'closed the pull request',
  moved: 'moved the work item on the board',
  gone: 'took the work item away',
  'gave-up': 'gave up',
  'gate-refused': 'approve the plan',
  'cancelled-by': 'cancelled the work item',
  'retried-by': 'let the work item go on',
  'rolled-back-by': 'took the deployment back',
  pause: 'paused the agent',
  resume: 'ended the pause of the agent',
  trust: 'trusted the configuration of the agent',
  release: 'ended the hold on the instance',
  restore: 'restored a backup',
  propose: 'proposed a change of the instance',
  confirm: 'confirmed the change of the instance',
  decline: 'declined the change of the instance',
  expire: 'let the proposed change of the instance run out of time',
  'conversation-write': 'sent the confirmed change to the instance',
};

/** Events that people make, of which nobody notes who it was. */
const byPeople = new Set(['answered', 'rejected', 'merged', 'pull-request-closed', 'moved', 'gone']);

export function auditWords(entry: AuditEntry): Words {
  const { actor, action, outcome, permit, target, sessionId, agentId } = entry;
  const who = actor === 'platform' && byPeople.has(action) ? 'people' : nameOf(actor);
  const effect = effectWords(action);
  const to = target === sessionId || target === `agent/${agentId}` ? '' : ` ${target}`;
  const todo = `${effect?.todo ?? eventWords[action] ?? action}${to}`;
  const [, how, code = '', more = ''] = /^(refused|later)(?: ([A-Z_]+))?(.*)$/s.exec(outcome) ?? [];
  if (how === 'later') return { who, what: `could not ${todo} yet`, detail: `${code}${more}`, tone: 'bad' };
  if (how) {
    const detail = [`${code}${more}`, fixOf(code)].filter(Boolean).join('\n');
    return { who, what: `was refused: ${todo}`, detail, tone: 'bad' };
  }
  if (outcome === 'intended') return { who, what: `is about to ${todo}`, tone: 'quiet' };
  const under = permit ? ` (permit ${permit.slice(0, permitCharsShown)})` : '';
  if (outcome === 'done') return { who, what: `${effect?.did ?? todo}${under}` };
  return { who, what: `${todo} (${outcome.replace(' to ', ', now ')})` };
}
