/** The frame of every page: head, and what the last form did. */
import { html } from 'hono/html';
import type { Html, Viewer } from '../page.ts';

/** `viewer` is undefined for pages that need no login. */
export function framed(title: string, main: Html, viewer?: Viewer): Html {
  const { told } = viewer ?? {};
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - jvagent</title>
</head>
<body>
${told ? html`<p role="status">${told.text}</p>` : ''}
${main}
</body>
</html>`;
}
