/** The small parts of every page: times, links, and texts that hold commands. */
import { html } from 'hono/html';
import { peoplePhases } from '../../status/phase-waits.ts';
import type { Phase } from '../../work-items/phase.ts';
import type { Html } from '../page.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `less than a minute`, `12 min`, `3 h 5 min`, `2 days 4 h`. */
export function lasting(ms: number): string {
  const [days, hours, minutes] = [
    Math.floor(ms / dayMs),
    Math.floor((ms % dayMs) / hourMs),
    Math.floor((ms % hourMs) / minuteMs),
  ];
  if (days > 0) return [`${days} ${days === 1 ? 'day' : 'days'}`, hours > 0 && `${hours} h`].filter(Boolean).join(' ');
  if (hours > 0) return [`${hours} h`, minutes > 0 && `${minutes} min`].filter(Boolean).join(' ');
  return minutes > 0 ? `${minutes} min` : 'less than a minute';
}

/** `14:05 UTC` of the same day, else with its date. */
export function moment(at: number, now: number): Html {
  return timeElement(at, now, 'minute');
}

/** The same to the second, for what happens one after the other. */
export function second(at: number, now: number): Html {
  return timeElement(at, now, 'second');
}

function timeElement(at: number, now: number, to: 'minute' | 'second'): Html {
  const iso = new Date(at).toISOString();
  const isToday = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  const time = iso.slice(11, to === 'minute' ? 16 : 19);
  return html`<time datetime="${iso}">${isToday ? '' : `${iso.slice(0, 10)} `}${time} UTC</time>`;
}

/** With how long ago it was, or how soon it comes. */
export function momentAndAge(at: number, now: number): Html {
  const age = now - at;
  const past = age < minuteMs ? 'just now' : `${lasting(age)} ago`;
  const words = age >= 0 ? past : `in ${lasting(-age)}`;
  return html`${moment(at, now)} <span class="quiet">(${words})</span>`;
}

/** What stands between backticks is a command or a name. A click marks the whole of it, to be copied. */
export function codeText(text: string): Html {
  const parts = text.split(/`([^`\n]+)`/);
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** A page of another system; its address as words where it is none of the web. */
export function outLink(url: string | undefined, words: string): Html | '' {
  if (url === undefined) return '';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return html`${words}: ${url}`;
  return html`<a class="out" href="${url}" rel="noreferrer">${words}</a>`;
}

/** The text with links in the place of addresses that are known. */
export function linkedText(text: string, known: readonly (readonly [url: string | undefined, words: string])[]): Html {
  const [[url, words] = [undefined, ''], ...more] = known;
  if (known.length === 0) return codeText(text);
  const parts = url === undefined ? [text] : text.split(url);
  return html`${parts.map((part, at) => html`${at > 0 ? outLink(url, words) : ''}${linkedText(part, more)}`)}`;
}

const segments = (path: string) => path.split('/').map(encodeURIComponent).join('/');

export const itemHref = (agentId: string, workItemId: number): string => `/items/${segments(agentId)}/${workItemId}`;
export const diffHref = (agentId: string, workItemId: number): string => `${itemHref(agentId, workItemId)}/diff`;
export const sessionHref = (agentId: string, sessionId: string): string =>
  `/sessions/${segments(agentId)}/${encodeURIComponent(sessionId)}`;
export const agentHref = (agentId: string): string => `/agents/${segments(agentId)}`;

/** `$0.03`, and more digits where it is less than a cent. */
export const usd = (amount: number): string => `$${amount.toFixed(amount > 0 && amount < 0.01 ? 4 : 2)}`;

/** The start of a commit's name. */
export const sha = (text: string): Html => html`<code>${text.slice(0, 12)}</code>`;

/** `plan-ready` as `Plan ready`. */
export function phaseWords(phase: string): string {
  const words = phase.replaceAll('-', ' ').replace(/^pr\b/, 'pull request');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const badge = (words: string, tone: 'good' | 'bad' | 'wait' | 'plain' = 'plain'): Html =>
  html`<span class="badge ${tone}">${words}</span>`;

const stateTones = { ready: 'good', running: 'good', failing: 'bad', paused: 'wait', disabled: 'bad' } as const;

/** How an agent is. */
export const stateBadge = (state: keyof typeof stateTones): Html => badge(state, stateTones[state]);

/** Who acts in a phase, as a colour. */
export function phaseBadge(phase: string | null): Html {
  if (phase === null) return badge('Not started');
  if (phase === 'deployed') return badge(phaseWords(phase), 'good');
  if (['failed', 'refused'].includes(phase)) return badge(phaseWords(phase), 'bad');
  return badge(phaseWords(phase), peoplePhases.has(phase as Phase) ? 'wait' : 'plain');
}

/** Shown where a list is empty. */
export const nothing = (words: string): Html => html`<p class="quiet">${words}</p>`;

/** The path with a query; undefined or empty leaves a part out. */
export function withQuery(path: string, parts: Readonly<Record<string, string | number | undefined>>): string {
  const query = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}
