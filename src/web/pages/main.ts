/** The part of a page that changes: the browser reads it again when the platform says that something changed, and once a minute. */
import { html } from 'hono/html';
import type { Html, Viewer } from '../page.ts';

/** What follows the platform: every event of its stream that may change a page, the return to a tab, and the passing of time. */
const again = 'changed from:body throttle:2s, entries from:body throttle:2s, visibilitychange from:document, every 60s';

/** Without script the page is what it was when it was opened. */
export function liveMain({ path }: Viewer, content: Html): Html {
  return html`<main id="main" tabindex="-1" hx-get="${path}" hx-trigger="${again}" hx-select="#main" hx-target="this" hx-swap="outerMorph">
${content}
</main>`;
}
