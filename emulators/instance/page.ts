/** The page of an instance for people: what runs, whether it is healthy, and its deployments; for readers only, without a token. */
import { html } from 'hono/html';
import type { Deployment } from './deployments.ts';
import type { SettingChange } from './settings.ts';

export interface InstanceFacts {
  name: string;
  /** The commit that runs. */
  version: string;
  healthy: boolean;
  /** Oldest first. */
  deployments: readonly Deployment[];
  settings: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  changes: readonly SettingChange[];
}

/** The settings as they are, and how they came to be so. */
function settingsPart(settings: InstanceFacts['settings'], changes: InstanceFacts['changes']) {
  const rows = Object.entries(settings).map(
    ([key, value]) => html`<li><code>${key}</code>: <code>${JSON.stringify(value)}</code></li>`,
  );
  const past = changes
    .toReversed()
    .map(
      ({ at, method, key, value }) =>
        html`<li>${at}: ${method} <code>${key}</code> ${value === undefined ? '' : html`<code>${JSON.stringify(value)}</code>`}</li>`,
    );
  return html`<h2>Settings</h2>
${rows.length === 0 ? html`<p>There are none.</p>` : html`<ul>${rows}</ul>`}
${past.length === 0 ? '' : html`<h3>Changes</h3><ol>${past}</ol>`}`;
}

/** A whole page. */
export function instancePage({ name, version, healthy, deployments, settings, changes }: InstanceFacts) {
  const rows = deployments
    .toReversed()
    .map(
      ({ sha, status, createdAt, rollbackOf }) =>
        html`<li><code>${sha.slice(0, 12)}</code> ${rollbackOf ? 'rolled back' : 'deployed'}: ${status}, ${createdAt}</li>`,
    );
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${name}</title>
<link rel="icon" href="data:,">
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; }</style></head>
<body><main>
<h1>${name}</h1>
<p>Runs commit <code>${version}</code> and is <strong>${healthy ? 'healthy' : 'not healthy'}</strong>.</p>
<h2>Deployments</h2>
${rows.length === 0 ? html`<p>There are none yet.</p>` : html`<ol>${rows}</ol>`}
${settingsPart(settings, changes)}
</main></body>
</html>`;
}
