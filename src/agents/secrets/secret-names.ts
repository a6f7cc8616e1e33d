/**
 * What a name in secrets.env says about its value: whether it is a credential, and who must not have it. The only list of these
 * names.
 *
 * It includes ANTHROPIC_API_KEY, HTTPS_PROXY and HTTP_PROXY, which are the platform's own, from its `.env`.
 */
import type { AgentConfig } from '../config/config.ts';
import { trackers } from '../config/devops.ts';

/** Secrets that can bypass an approval: with them a program can move the tile, push the branch or change the instance. */
const gateNames: ReadonlySet<string> = new Set([
  ...Object.values(trackers).map(({ token }) => token),
  'GIT_TOKEN',
  'INSTANCE_API_TOKEN',
]);

/** All names that the platform reads, for those who misspell one. */
export const readNames: readonly string[] = [
  ...Object.values(trackers).flatMap(({ token, organization, project }) => [token, organization, project]),
  ...['GIT_TOKEN', 'GIT_REMOTE', 'INSTANCE_URL', 'INSTANCE_API_TOKEN'],
  ...['MODEL_API_KEY', 'SLACK_BOT_TOKEN', 'SMTP_URL'],
];

const platformForm = /^(MODEL_API_KEY|SMTP_URL|HTTPS?_PROXY|(SLACK|ANTHROPIC)_.*)$/;

/** Urls of which only the password is secret. */
export const isUrlName = (name: string): boolean => /^(SMTP_URL|HTTPS?_PROXY)$/.test(name);

const credentialForm = /(PAT|TOKEN|KEY|SECRET|PASSWORD)$/i;

type Registries = { readonly sandbox: Pick<AgentConfig['sandbox'], 'registries'> };

const isOfRegistry = (name: string, { sandbox }: Registries) =>
  sandbox.registries.some(({ tokenSecret }) => tokenSecret === name);

/**
 * Why a secret is kept from a user's tools and from the engine: `gate` can bypass the gate, `platform` belongs to the platform
 * (model, mail, Slack, package registries). Undefined for every other name.
 */
export function guardOf(name: string, config: Registries): 'gate' | 'platform' | undefined {
  if (gateNames.has(name)) return 'gate';
  return platformForm.test(name) || isOfRegistry(name, config) ? 'platform' : undefined;
}

/** Whether the name says that the whole value is a credential; in a url only the password is one, see `credentials.ts`. */
export function isCredentialName(name: string, config: Registries): boolean {
  return !isUrlName(name) && (guardOf(name, config) !== undefined || credentialForm.test(name));
}
