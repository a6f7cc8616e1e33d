/** Which secrets reach which tool. */
import { expect, it } from 'vitest';
import { createSecret } from '../../src/agents/secrets/secrets.ts';
import { toolSecretsOf, trustedTools } from '../../src/tools/tool-secrets.ts';
import { configOf, devops } from './turn.ts';

const secretsOf = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, createSecret(value)]));

const gate = { AZDO_PAT: 'pat', GIT_TOKEN: 'git', INSTANCE_API_TOKEN: 'Bearer inst' };
const platform = {
  MODEL_API_KEY: 'model',
  SMTP_URL: 'smtp://acme:mail-password@mail.example.com',
  SLACK_BOT_TOKEN: 'slack',
  NPM_READ: 'Basic npm',
};
const copies = { COPY: 'inst', MODEL: 'model', MAIL: 'mail-password', NPM: 'npm', PLATFORM: 'Bearer of-the-platform' };
const own = { CRM_TOKEN: 'crm', REGION: 'eu' };
const secrets = secretsOf({ ...gate, ...platform, ...copies, ...own });
const around = secretsOf({ ANTHROPIC_API_KEY: 'of-the-platform' });
const sandbox = { registries: [{ host: 'packages.example.com', tokenSecret: 'NPM_READ' }] };

it("tokens that lead around the gate and the platform's own are kept back, under another name too", () => {
  const config = configOf({ devops: devops(), sandbox });
  expect(toolSecretsOf('report', secrets, config, around)).toEqual(own);
});

it('one that is named for a tool reaches only that tool', () => {
  const named = { AZDO_PAT: ['report'], SMTP_URL: ['mail'], MODEL_API_KEY: ['ask-model'], NPM_READ: ['packages'] };
  const config = configOf({ devops: devops(), sandbox, toolSecrets: named });
  const { AZDO_PAT } = gate;
  const { SMTP_URL, MODEL_API_KEY, NPM_READ } = platform;
  const givenTo = (tool: string) => toolSecretsOf(tool, secrets, config, around);
  expect(givenTo('report')).toEqual({ AZDO_PAT, ...own });
  expect(givenTo('mail')).toEqual({ SMTP_URL, MAIL: copies.MAIL, ...own });
  expect(givenTo('ask-model')).toEqual({ MODEL_API_KEY, MODEL: copies.MODEL, ...own });
  expect(givenTo('packages')).toEqual({ NPM_READ, NPM: copies.NPM, ...own });
  expect(givenTo('other')).toEqual(own);
  expect([...trustedTools(config)].toSorted()).toEqual(['ask-model', 'mail', 'packages', 'report']);
});

it('one token under two guarded names is given when one of them is named', () => {
  const both = secretsOf({ AZDO_PAT: 'same', GIT_TOKEN: 'same' });
  const config = configOf({ devops: devops(), toolSecrets: { AZDO_PAT: ['report'] } });
  expect(toolSecretsOf('report', both, config)).toEqual({ AZDO_PAT: 'same' });
});

it("an agent without work items and repository has no gate, but still keeps the platform's own tokens back", () => {
  const { COPY } = copies;
  for (const blocks of [{ instance: { url: 'https://api.example.com', name: 'Acme' } }, {}]) {
    const config = configOf({ ...blocks, sandbox });
    expect(toolSecretsOf('report', secrets, config, around)).toEqual({ ...gate, COPY, ...own });
  }
});
