/**
 * What a name in secrets.env says of its value: whether it is a credential, and from whom it is kept. The one list of it.
 *
 * The platform's own name for the model's key, ANTHROPIC_API_KEY, stands here too, though no secrets.env may hold it.
 */
import type { AgentConfig } from '../config/config.ts';
import { trackers } from '../config/devops.ts';

/** With these what was approved can be gone around: the tile moved, the branch pushed, the instance changed. */
const gateNames: ReadonlySet<string> = new Set([
  ...Object.values(trackers).map(({ token }) => token),
  'GIT_TOKEN',
  'INSTANCE_API_TOKEN',
]);

const platformForm = /^(MODEL_API_KEY|SMTP_URL|(SLACK|ANTHROPIC)_.*)$/;

const credentialForm = /(PAT|TOKEN|KEY|SECRET|PASSWORD)$/i;

type Registries = { readonly sandbox: Pick<AgentConfig['sandbox'], 'registries'> };

const isOfRegistry = (name: string, { sandbox }: Registries) =>
  sandbox.registries.some(({ tokenSecret }) => tokenSecret === name);

/**
 * Why a secret is kept from tools of a user and from the engine: `gate` leads around the gate, `platform` is the platform's
 * own (model, mail, Slack, package registries). Undefined for every other name.
 */
export function guardOf(name: string, config: Registries): 'gate' | 'platform' | undefined {
  if (gateNames.has(name)) return 'gate';
  return platformForm.test(name) || isOfRegistry(name, config) ? 'platform' : undefined;
}

/** Whether the whole value is a credential by its name; of SMTP_URL only the password is, see `credentials.ts`. */
export function isCredentialName(name: string, config: Registries): boolean {
  return name !== 'SMTP_URL' && (guardOf(name, config) !== undefined || credentialForm.test(name));
}
