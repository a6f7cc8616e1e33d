/** What a workspace of the demo has in Slack: each customer's status channel, and agents that answer in channels of their own. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulators } from '../../../emulators/start.ts';
import { customerOf, type TenantName } from '../../../emulators/tenants.ts';
import { schemaPathOf } from '../setup/schema-file.ts';

const project = join(import.meta.dirname, '../../..');

/** Ids of the emulated workspace; docs/emulators.md lists them. */
const places = {
  acme: { status: 'C0ACMESTAT', support: 'C0ACMESUP', erin: 'U0ACMEERIN' },
  globex: { status: 'C0GLOBSTAT', support: 'C0GLOBSUP', erin: 'U0GLOBERIN' },
} as const;
const docsChannel = 'C0DOCS';

const mailOf = (tenant: TenantName) => `erin@${tenant}.example.com`;
const peopleOf = (tenant: TenantName) => ({
  [places[tenant].erin]: { person: mailOf(tenant), may: ['reject', 'stop', 'confirm'] },
});

/** Where the work of a customer's code change agent can be followed. */
export const statusOf = (tenant: TenantName) => ({
  statusChannel: places[tenant].status,
  channels: [],
  people: peopleOf(tenant),
});

type Fields = Record<string, unknown>;

/** An agent of a template, with these fields in place of the template's. */
function writeAgent(root: string, id: string, template: string, fields: Fields): void {
  const folder = join(root, id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  cpSync(join(project, 'templates', template), folder, { recursive: true });
  const file = join(folder, 'jvAgent.json');
  const config = { ...(JSON.parse(readFileSync(file, 'utf8')) as Fields), $schema: schemaPathOf(id), ...fields, id };
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

const quick = { enabled: true, debounceMs: 500, maxBatchSize: 5 };

/** An agent that answers in the channel `docs` from the product's own documentation. */
export function writeDocsAgent(root: string): void {
  writeAgent(root, 'docs', 'docs', {
    workDirs: [join(project, 'docs')],
    autoRun: quick,
    slack: { channels: [docsChannel] },
  });
}

/** The token of the customer's instance, as it is at the emulators now. */
export function writeImplSecrets(root: string, { tenants }: Pick<Emulators, 'tenants'>, tenant: TenantName): void {
  const text = `INSTANCE_API_TOKEN=${tenants[tenant].secrets.instanceToken}\n`;
  writeFileSync(join(root, 'impl', tenant, 'secrets.env'), text, { mode: 0o600 });
}

/** An agent that reads a customer's instance, and changes its settings after a confirmation. */
export function writeImplAgent(root: string, emulators: Pick<Emulators, 'tenants'>, tenant: TenantName): void {
  const instance = {
    name: customerOf(tenant),
    url: emulators.tenants[tenant].instanceUrl,
    writePaths: ['/config/*'],
    confirmers: [mailOf(tenant)],
    deploy: { mode: 'off' },
  };
  const slack = { channels: [places[tenant].support], people: peopleOf(tenant) };
  const fields = { name: `Implementation Agent, ${customerOf(tenant)}`, autoRun: quick, slack, instance };
  writeAgent(root, `impl/${tenant}`, 'impl', fields);
  writeImplSecrets(root, emulators, tenant);
}

/** The lines of `.env` that connect the emulated app. */
export function slackLines({ slack, urls }: Emulators): string[] {
  const { botToken, appToken } = slack.app();
  return [`SLACK_BOT_TOKEN=${botToken}`, `SLACK_APP_TOKEN=${appToken}`, `SLACK_API_URL=${urls.slack}/api/`];
}
