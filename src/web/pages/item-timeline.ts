/** The way of a work item as a list of phases: when, how long, who; what was done in each is folded. */
import { html } from 'hono/html';
import type { Visit } from '../../views/item-timeline.ts';
import type { ItemView } from '../../views/item-view.ts';
import type { Html } from '../page.ts';
import { line } from './log-lines.ts';
import { lasting, moment, phaseWords, second } from './words.ts';

function visitStep({ phase, from, until, by, how, on, acts }: Visit, at: number, now: number): Html {
  const isOver = on === 'nobody';
  const took = isOver ? '' : `${lasting((until ?? now) - from)}${until === null ? ' so far' : ''}`;
  const who = on === 'people' ? 'waited for people' : 'with the platform';
  const lines = acts.map((act, nth) => line(act, second(act.at, now), `v${at}-${nth}`));
  return html`<li class="step ${on} ${until === null ? 'present' : ''}" ${until === null ? html`aria-current="step"` : ''}>
<h3>${phaseWords(phase)}</h3>
<p>${moment(from, now)}${took ? html` <b>${took}</b> <span class="quiet">${who}</span>` : ''}</p>
${by ? html`<p class="by small">${by} ${how}</p>` : ''}
${acts.length === 0 ? '' : html`<details id="v${at}"><summary>${acts.length} ${acts.length === 1 ? 'step' : 'steps'}</summary><ol class="log" role="list">${lines}</ol></details>`}
</li>`;
}

export function timeline({ visits, ahead }: ItemView, now: number): Html {
  return html`<section aria-labelledby="way"><h2 id="way">Timeline</h2>
<ol class="timeline" role="list">
${visits.map((visit, at) => visitStep(visit, at, now))}
${ahead.map((phase) => html`<li class="step ahead"><h3>${phaseWords(phase)}</h3><p class="quiet">to come</p></li>`)}
</ol></section>`;
}
