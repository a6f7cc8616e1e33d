/** The part of a page that changes: the browser reads it again when the platform says that something changed, and once a minute. */
import { html } from 'hono/html';
import type { Html, Viewer } from '../page.ts';
import { second } from './words.ts';

/** What follows the platform: every event of its stream that may change a page, the return to a tab, and the passing of time. */
const again = 'changed from:body throttle:2s, entries from:body throttle:2s, visibilitychange from:document, every 60s';

/** Without script, or without a platform that answers, the page is of the time that stands at its end. */
export function liveMain({ path, now }: Viewer, content: Html): Html {
  return html`<main id="main" tabindex="-1" hx-get="${path}" hx-trigger="${again}" hx-select="#main" hx-target="this" hx-swap="outerMorph">
${content}
<p class="small">As it was at ${second(now, now)}.</p>
</main>`;
}
