/** The page of an instance for people: what runs, whether it is healthy, and its deployments; for readers only, without a token. */
import { html } from 'hono/html';
import type { Deployment } from './deployments.ts';

export interface InstanceFacts {
  name: string;
  /** The commit that runs. */
  version: string;
  healthy: boolean;
  /** Oldest first. */
  deployments: readonly Deployment[];
}

/** A whole page. */
export function instancePage({ name, version, healthy, deployments }: InstanceFacts) {
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
</main></body>
</html>`;
}
