/** What people do on a page: a button that asks once more, for those who may operate. */
import { html } from 'hono/html';
import type { Html, Viewer } from '../page.ts';

export interface Act {
  /** Where its form goes. */
  readonly to: string;
  readonly words: string;
  /** What it does, said before it is done. */
  readonly does: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly isGrave?: boolean;
}

export const resumeOf = (agentId: string): Act => ({
  ...{ to: '/api/resume', words: 'Resume the agent', fields: { agentId } },
  does: `${agentId} begins turns again.`,
});

export const pauseOf = (agentId: string): Act => ({
  ...{ to: '/api/pause', words: 'Pause the agent', fields: { agentId } },
  does: `${agentId} begins no turns, and outgoing changes of its running turns are blocked, until somebody resumes it.`,
});

/** Ends the hold of its instance. */
export const releaseOf = (agentId: string): Act => ({
  ...{ to: `/api/agents/${agentId}/release`, words: 'Release the instance' },
  does: `The platform deploys to the instance of ${agentId} again.`,
});

/** Opens to what it does and the button that does it. */
function actForm({ path, formToken }: Viewer, { to, words, does, fields = {}, isGrave = false }: Act): Html {
  const hidden = Object.entries({ ...fields, formToken, back: path }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<details class="act" id="act-${[to, ...Object.values(fields)].join('-').replace(/\W+/g, '-')}">
<summary>${words}</summary>
<form method="post" action="${to}">${hidden}<p>${does}</p><button class="${isGrave ? 'grave' : ''}">Yes, ${words.toLowerCase()}</button></form>
</details>`;
}

/** Nothing for those who may only look. */
export function actForms(viewer: Viewer, acts: readonly (Act | false | undefined)[]): Html | '' {
  const wanted = acts.filter((act): act is Act => Boolean(act));
  if (viewer.access !== 'operate' || wanted.length === 0) return '';
  return html`<div class="acts">${wanted.map((act) => actForm(viewer, act))}</div>`;
}
