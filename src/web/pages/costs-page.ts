/** What turns cost by week: which agent, and which phase of the work. */
import { html } from 'hono/html';
import { type CostsView, readCosts, weekChoices } from '../../views/costs-view.ts';
import type { Html, Page } from '../page.ts';
import { costPlot } from './cost-plot.ts';
import { agentChoice, listForm } from './list-parts.ts';
import { liveMain } from './main.ts';
import { nothing, phaseWords, usd } from './words.ts';

function filters({ agentId, choices, weeks }: CostsView): Html {
  const options = weekChoices.map(
    (count) => html`<option value="${count}" ${count === weeks.length ? 'selected' : ''}>${count}</option>`,
  );
  return listForm(
    '/costs',
    html`${agentChoice(choices, agentId, 'Agent and those below it')}
<label>Weeks <select name="weeks">${options}</select></label>`,
  );
}

function content(view: CostsView): Html {
  const { agentId, weeks, usd: all, agents, phases, usdWithoutPhase } = view;
  const named = phases.map(({ name, ...rest }) => ({ ...rest, name: phaseWords(name) }));
  const first = weeks[0];
  const head = html`<h1>${usd(all)} <span class="quiet">in ${weeks.length} weeks, from ${first}${agentId ? `, ${agentId}` : ''}</span></h1>
${filters(view)}`;
  if (agents.length === 0) return html`${head}${nothing('No turn cost anything in these weeks.')}`;
  const earlier =
    usdWithoutPhase >= 0.01
      ? nothing(`${usd(usdWithoutPhase)} were spent before costs were kept by phase, and are not in here.`)
      : '';
  return html`${head}
<section aria-labelledby="by-agent"><h2 id="by-agent">By agent and week</h2>${costPlot('by-agent', 'Agent', agents, view)}</section>
<section aria-labelledby="by-phase"><h2 id="by-phase">By phase and week</h2>${earlier}${phases.length === 0 ? '' : costPlot('by-phase', 'Phase', named, view)}</section>
<p class="small quiet">Weeks begin on Monday, UTC, and are named by that day. At the terminal: <code>jvagent costs --by agent,week</code></p>`;
}

export const costsPage: Page<CostsView> = {
  path: '/costs',
  api: '/api/costs',
  read: (source, { query }) => readCosts(source, query),
  title: ({ usd: all, weeks }) => `${usd(all)} in ${weeks.length} weeks`,
  html: (view, viewer) => liveMain(viewer, content(view)),
};
