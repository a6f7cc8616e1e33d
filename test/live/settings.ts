/** The private file that names the systems of a live test, and what of it is missing. */
import { basename } from 'node:path';
import { z } from 'zod';
import { azureDevOps } from '../../src/agents/azure-remote.ts';
import { outsideUrl } from '../../src/agents/config/forms.ts';
import { type CodeHostFault, type CodeHostPlace, codeHostPlaceOf, type Provider } from '../../src/agents/provider.ts';
import { known } from '../../src/base/known.ts';
import type { NamedSecret } from '../../src/base/redact.ts';
import { nearest } from '../../src/base/text/nearest.ts';
import { outboundNames } from '../../src/outbound/settings.ts';
import { readPrivateEnv } from '../../src/settings.ts';

/** Ends a run before it has changed anything; its message is all that a person sees. */
export class Stop extends Error {}

const filled = z.string().min(1);

const schema = z.strictObject({
  AZDO_URL: outsideUrl.default(azureDevOps),
  AZDO_ORG: filled.optional(),
  AZDO_PROJECT: filled.optional(),
  AZDO_PAT: filled.optional(),
  GIT_REMOTE: outsideUrl.optional(),
  GIT_TOKEN: filled.optional(),
  GIT_PROVIDER: z.enum(['github', 'azure-repos']).optional(),
  GIT_API_URL: outsideUrl.optional(),
  INSTANCE_URL: outsideUrl.optional(),
  INSTANCE_API_TOKEN: filled.optional(),
  SLACK_BOT_TOKEN: filled.optional(),
  SLACK_APP_TOKEN: filled.optional(),
  SLACK_CHANNEL: filled.optional(),
  SLACK_API_URL: outsideUrl.default('https://slack.com/api/'),
  ...outboundNames,
});

/** Contains tokens: never print it. */
export type LiveSettings = z.output<typeof schema> & {
  /** The name of the file, as a person is told of it. */
  file: string;
};

const readFaults: Readonly<Record<string, string>> = {
  mode: 'other users can read it. Run `chmod 600` on it as its owner',
  'not text': 'it is not UTF-8 text. Save it as UTF-8 text',
};

/** Throws a Stop for a remote whose token could not be sent anywhere. */
function checked(settings: LiveSettings): LiveSettings {
  const place = settings.GIT_REMOTE === undefined ? undefined : codeHostOf(settings);
  if (place && 'why' in place) throw new Stop(`${settings.file}: ${place.why}. ${place.fix}`);
  return settings;
}

/** Empty settings where there is no such file. Throws a Stop for a file that is not private, or says what nobody can mean. */
export function readLiveSettings(path: string): LiveSettings {
  const file = basename(path);
  const read = readPrivateEnv(path);
  if ('fault' in read) {
    if (read.fault === 'missing') return { ...schema.parse({}), file };
    const why = readFaults[read.fault] ?? 'it must be a small regular file without links';
    throw new Stop(`${file} was not read: ${why}.`);
  }
  const slip = read.slips.find(({ isWrong }) => isWrong);
  if (slip) throw new Stop(`${file}, line ${slip.line}: ${slip.message}. ${slip.fix}`);
  const names = Object.keys(schema.shape);
  const [unknown, line] = [...read.lines].find(([name]) => !names.includes(name)) ?? [];
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    throw new Stop(
      `${file}, line ${line}: ${unknown} is not a name of this file.${near ? ` Did you mean ${near}?` : ''}`,
    );
  }
  const given = Object.fromEntries(Object.entries(read.values).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return checked({ ...parsed.data, file });
  const [{ path: at, message } = { path: [], message: '' }] = parsed.error.issues;
  throw new Stop(`${file}, line ${read.lines.get(String(at[0])) ?? 1}: ${at.join('.')}: ${message}`);
}

/** A system that facts may need. */
export type Need = 'board' | 'repos' | 'github' | 'slack' | 'instance';

const named: Readonly<Record<Need, readonly (keyof LiveSettings)[]>> = {
  board: ['AZDO_ORG', 'AZDO_PROJECT', 'AZDO_PAT'],
  repos: ['GIT_REMOTE', 'GIT_TOKEN'],
  github: ['GIT_REMOTE', 'GIT_TOKEN'],
  slack: ['SLACK_BOT_TOKEN', 'SLACK_CHANNEL'],
  instance: ['INSTANCE_URL', 'INSTANCE_API_TOKEN'],
};

/** Which code host a system is, if it is one. */
const providers: Readonly<Partial<Record<Need, Provider>>> = { repos: 'azure-repos', github: 'github' };

/** Where the remote is, by the product's own rules. */
export function codeHostOf({ GIT_REMOTE, GIT_PROVIDER, GIT_API_URL }: LiveSettings): CodeHostPlace | CodeHostFault {
  const git = known({ provider: GIT_PROVIDER, apiUrl: GIT_API_URL });
  return codeHostPlaceOf({ config: { git }, locations: known({ remote: GIT_REMOTE }) });
}

export const needs = Object.keys(named) as readonly Need[];

/** Why the settings do not name a system; undefined for one that they name. */
export function missingFor(settings: LiveSettings, need: Need): string | undefined {
  const without = named[need].filter((name) => settings[name] === undefined);
  if (without.length > 0) return `${settings.file} does not set ${without.join(', ')}`;
  const place = providers[need] && codeHostOf(settings);
  return place && 'provider' in place && place.provider !== providers[need]
    ? `GIT_REMOTE is not at ${need === 'github' ? 'GitHub' : 'Azure Repos'}`
    : undefined;
}

/** What a person is told who has named no system. */
export const needed = ({ file }: LiveSettings): string =>
  `${file} names no system, so that nothing was tried. Make an empty project that nobody needs, and write into ${file}, which only you may
read (chmod 600):

  AZDO_ORG=...       the organization at dev.azure.com
  AZDO_PROJECT=...   the empty project
  AZDO_PAT=...       a token for work items, read and write
  GIT_REMOTE=...     an empty repository on GitHub or Azure Repos
  GIT_TOKEN=...      a token for its code and its pull requests

docs/live.md names Slack and the instance too, and says what is written to them.`;

/** The tokens, to be hidden in whatever a system quotes. */
export function secretsIn(settings: LiveSettings): NamedSecret[] {
  const names = ['AZDO_PAT', 'GIT_TOKEN', 'INSTANCE_API_TOKEN', 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] as const;
  return names.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [{ name, value }];
  });
}
