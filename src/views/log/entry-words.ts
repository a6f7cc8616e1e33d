/** One entry of a session's log as people read it: who, what happened, and what more there is to read. */
import { codes, isRefusal, type Refusal } from '../../refusal.ts';
import type { LogEntry } from '../../store/session-log.ts';
import { callWords, toolName } from '../../tools/call-words.ts';
import { effectWords } from './effect-words.ts';
import { valueIn, valueText } from './value-text.ts';

/** How a line is shown where there are colours: what went wrong, what a person decided, and what is only read now and then. */
export type Tone = 'bad' | 'good' | 'quiet';

export interface Words {
  readonly who: string;
  /** What happened; more than one line where somebody said so much. */
  readonly what: string;
  /** What is cut where it is long, such as the answer of a tool. */
  readonly detail?: string;
  readonly tone?: Tone;
}

const platform = 'platform';

/** A code with its reason, and what to do about it. */
function refusalText({ refused, why, fix }: Refusal): string {
  return `${refused}: ${why}${fix ? `\nFix: ${fix}` : ''}`;
}

/** `person/erin` is erin, and `agent/docs` the agent docs. */
export function nameOf(address: string): string {
  const [kind, ...rest] = address.split('/');
  if (kind === 'person') return rest.join('/');
  return kind === 'agent' && rest.length > 0 ? `agent ${rest.join('/')}` : address;
}

const commitId = /\b[0-9a-f]{40}\b/g;
const short = (sha: string) => sha.slice(0, 12);

/** A refusal that our own tools gave is an entry by itself, so that it is not said twice. */
function isOwnRefusal(value: unknown): boolean {
  return isRefusal(value) && Object.hasOwn(codes, value.refused);
}

function result({ kind, tool = '', result }: LogEntry): Words | undefined {
  const value = valueIn(result);
  if (isOwnRefusal(value)) return undefined;
  const text = typeof value === 'string' ? valueText(value) : valueText(value).replace(commitId, short);
  if (kind === 'tool-error') return { who: toolName(tool), what: 'failed', detail: text, tone: 'bad' };
  return { who: toolName(tool), what: 'answered', detail: text, tone: 'quiet' };
}

function refused({ tool = '', input, result, text = '' }: LogEntry): Words {
  const value = valueIn(result);
  const why = isRefusal(value) ? refusalText(value) : valueText(result ?? '');
  const act = tool === '' ? text : callWords(tool, input);
  return { who: platform, what: `refused ${act}`, detail: why, tone: 'bad' };
}

/** `wi-12 push feature/acme-12@<sha>: done`, `later` or `refused` with the code and its reason, or `begins` with its command. */
function effect({ text = '' }: LogEntry): Words {
  const [, kind = '', of = '', outcome = '', why = ''] =
    /^\S+ (\S+) ?(.*?): (done|begins|later|refused)(?:: (.*))?$/s.exec(text) ?? [];
  const words = effectWords(kind, of);
  if (!words) return { who: platform, what: text };
  const { did, todo } = words;
  if (outcome === 'begins') return { who: platform, what: `begins to ${todo}: ${why}` };
  if (outcome === 'done') return { who: platform, what: did, tone: 'good' };
  const reason = why.replace(/^([A-Z_]+), /, '$1: ');
  const what = outcome === 'later' ? `could not ${todo} yet` : `was refused to ${todo}`;
  return { who: platform, what, detail: reason, tone: 'bad' };
}

/** `person/erin: what is the rule?` */
function question({ text = '' }: LogEntry): Words {
  const [, from = '', asked = text] = /^((?:person|agent|slack)\/\S+): (.*)$/s.exec(text) ?? [];
  return { who: nameOf(from) || 'question', what: asked };
}

const said =
  (who: string, before = '', tone?: Tone) =>
  ({ text = '' }: LogEntry): Words => ({ who, what: `${before}${text}`, ...(tone ? { tone } : {}) });

const readers: Readonly<Record<string, (entry: LogEntry) => Words | undefined>> = {
  text: said('model'),
  thinking: ({ text = '' }) => ({ who: 'model', what: 'thinks', detail: text, tone: 'quiet' }),
  'tool-call': ({ tool = '', input }) => ({ who: 'model', what: callWords(tool, input) }),
  'tool-result': result,
  'tool-error': result,
  refused,
  decision: said('decision', '', 'good'),
  effect,
  phase: said(platform, 'the work item is now in '),
  waits: ({ text = '' }) => ({ who: platform, what: 'waits', detail: text }),
  broke: ({ text = '' }) => ({ who: platform, what: 'the turn broke', detail: text, tone: 'bad' }),
  bug: ({ text = '', tool = '' }) => ({ who: toolName(tool), what: 'broke', detail: text, tone: 'bad' }),
  warning: said(platform, 'warning: ', 'bad'),
  memory: said(platform, 'notes: ', 'quiet'),
  question,
  proposal: said(platform),
  reply: said('answer'),
  sent: said(platform, 'sent to ', 'good'),
  unsent: ({ text = '', result }) => ({
    who: platform,
    what: `could not send to ${text}`,
    detail: valueText(result),
    tone: 'bad',
  }),
  ask: said('asks'),
  react: said('reacts'),
  upload: said('sends'),
  'no-reply': said('no answer'),
  ignored: said(platform, 'ignored ', 'quiet'),
  claimed: said(platform, 'takes on '),
  mail: said(platform),
  'ask.failed': said('no answer', '', 'bad'),
  'turn-ended': ({ text = '' }) => ({ who: 'model', what: `the turn ended: ${text.replace(/: done$/, '')}` }),
};

/** Everything in an entry of an unknown kind. */
function unknownEntry({ kind, text = '', tool, input, result }: LogEntry): Words {
  const values = [input, result].filter((value) => value !== undefined).map(valueText);
  return { who: tool ? toolName(tool) : kind, what: text || kind, detail: values.join('\n') };
}

/** Undefined for an entry that says only what another one says too. */
export function wordsOf(entry: LogEntry): Words | undefined {
  return (readers[entry.kind] ?? unknownEntry)(entry);
}
