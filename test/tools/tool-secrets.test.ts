/** Which secrets reach which tool. */
import { expect, it } from 'vitest';
import { createSecret } from '../../src/agents/secrets.ts';
import { toolSecretsOf, trustedTools } from '../../src/tools/tool-secrets.ts';
import { configOf, devops } from './turn.ts';

const values = { AZDO_PAT: 'pat', GIT_TOKEN: 'git', INSTANCE_API_TOKEN: 'Bearer inst', SMTP_URL: 'smtp', COPY: 'inst' };
const secrets = new Map(Object.entries(values).map(([name, value]) => [name, createSecret(value)]));

it('tokens that lead around the gate are kept back, under another name too', () => {
  expect(toolSecretsOf('report', secrets, configOf({ devops: devops() }))).toEqual({ SMTP_URL: 'smtp' });
});

it('a token that is named for a tool reaches that tool alone', () => {
  const config = configOf({ devops: devops(), toolSecrets: { AZDO_PAT: ['report'] } });
  expect(toolSecretsOf('report', secrets, config)).toEqual({ AZDO_PAT: 'pat', SMTP_URL: 'smtp' });
  expect(toolSecretsOf('other', secrets, config)).toEqual({ SMTP_URL: 'smtp' });
  expect([...trustedTools(config)]).toEqual(['report']);
});

it('an agent without work items and repository has nothing to keep back', () => {
  const config = configOf({ instance: { url: 'https://api.example.com', name: 'Acme' } });
  expect(toolSecretsOf('report', secrets, config)).toEqual(values);
});
