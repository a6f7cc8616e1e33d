/** The frame of every page: head, the way to the other pages, what the last form did, and the stream that keeps the page fresh. */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { icon, script, style } from '../assets/assets.ts';
import type { Html, Viewer } from '../page.ts';

const links = [
  ['/', 'Overview'],
  ['/items', 'Work items'],
  ['/sessions', 'Sessions'],
  ['/threads', 'Threads'],
  ['/agents', 'Agents'],
  ['/costs', 'Costs'],
  ['/audit', 'Audit log'],
] as const;

/** Named for what it leads to, and marked where it leads to this page or to the list that it is on. */
function navigation({ path }: Viewer): Html {
  const here = path.replace(/\?.*$/, '');
  const isHere = (to: string) => here === to || (to !== '/' && here.startsWith(`${to}/`));
  return html`<nav aria-label="Pages"><ul role="list">
${links.map(([to, words]) => html`<li><a href="${to}" ${isHere(to) ? html`aria-current="page"` : ''}>${words}</a></li>`)}
</ul></nav>`;
}

/** The browser keeps what is unfolded, and htmx adds no style of its own. */
const htmxConfig = JSON.stringify({ includeIndicatorCSS: false, morphIgnore: ['data-htmx-powered', 'open'] });

/** Programs, which have no login, do not end it. */
const logout = ({ formToken }: Viewer) =>
  formToken &&
  html`<form method="post" action="/logout"><input type="hidden" name="formToken" value="${formToken}"><button>Log out</button></form>`;

/** Characters that reorder or hide text, which strangers may put into a title or a log. */
const unseen = /(?![\t\n])[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** `viewer` is undefined for pages that need no login. */
export async function framed(title: string, main: Html, viewer?: Viewer): Promise<HtmlEscapedString> {
  const { told } = viewer ?? {};
  const page = await html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content="${htmxConfig}">
<title>${title} - jvagent</title>
<link rel="icon" href="${icon.path}">
<link rel="stylesheet" href="${style.path}">
${viewer ? html`<script src="${script.path}" defer></script>` : ''}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><a href="/"><b>jvagent</b></a>${viewer ? navigation(viewer) : ''}
${viewer ? html`<span class="access small">${viewer.access === 'view' ? 'You may look' : 'You may operate'}</span>${logout(viewer)}` : ''}</header>
${told ? html`<p class="told ${told.isRefusal ? 'bad' : 'good'}" role="status">${told.text}</p>` : ''}
${main}
${viewer ? html`<div id="events" hidden hx-sse:connect="/api/events"></div>` : ''}
</body>
</html>`;
  return raw(page.replace(unseen, ''));
}
