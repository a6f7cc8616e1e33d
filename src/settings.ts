/** The platform's settings: a private `.env` in the workspace under the environment, read once; the only reader of process.env. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { type ReadFault, readRegularFile } from './base/files.ts';
import { known } from './base/known.ts';
import { limits } from './limits.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url({ protocol: /^https?$/ });
const token = z.string().min(1);

const settingsSchema = z.object({
  ANTHROPIC_API_KEY: token.optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  SLACK_BOT_TOKEN: token.optional(),
  SLACK_APP_TOKEN: token.optional(),
  SLACK_SIGNING_SECRET: token.optional(),
  SLACK_API_URL: url.optional(),
  JVAGENT_PORT: port.default(7460),
  JVAGENT_HOOK_PORT: port.default(7461),
  JVAGENT_API_TOKEN: token.optional(),
  JVAGENT_VIEW_TOKEN: token.optional(),
  JVAGENT_HOOK_KEY: token.optional(),
  JVAGENT_SANDBOX_UID: z.coerce.number().int().min(1).max(0x7fff_ffff).default(20_001),
  JVAGENT_WORKERS_MAX: z.coerce.number().int().min(1).default(limits.workersMax),
  JVAGENT_ALLOW_LOOPBACK: z.enum(['0', '1']).default('0'),
  JVAGENT_CRASH_AT: z.string().optional(),
});

/** Tokens stand here in the clear: never log a Settings value. */
export interface Settings {
  /** The workspace, absolute. */
  readonly root: string;
  /** What `~` stands for in an agent's configuration. */
  readonly home: string;
  readonly anthropicApiKey: string | undefined;
  readonly anthropicBaseUrl: string | undefined;
  /** PostgreSQL; undefined is SQLite. */
  readonly databaseUrl: string | undefined;
  readonly slackBotToken: string | undefined;
  readonly slackAppToken: string | undefined;
  readonly slackSigningSecret: string | undefined;
  readonly slackApiUrl: string | undefined;
  readonly port: number;
  readonly hookPort: number;
  readonly apiToken: string | undefined;
  readonly viewToken: string | undefined;
  readonly hookKey: string | undefined;
  /** The user that sandboxes get when we are started as root. */
  readonly sandboxUid: number;
  /** Worker processes at once. */
  readonly workersMax: number;
  /** Outside urls may be loopback, and then all of them must be. */
  readonly allowLoopback: boolean;
  /** Crash points that tests arm, see base/crash-points.ts. */
  readonly crashAt: string | undefined;
}

/** Why a file with secrets was not read: besides the reader's own faults, it is not ours alone, or has a second name. */
type PrivateFault = ReadFault | 'mode' | 'linked';

/** Reads a dotenv file that must be regular, ours, closed to group and world, and have one name. */
export function readPrivateEnv(path: string): { values: Record<string, string> } | { fault: PrivateFault } {
  const read = readRegularFile(path, limits.secretsBytesMax);
  if ('fault' in read) return read;
  if ((read.stat.mode & 0o077) !== 0 || read.stat.uid !== process.geteuid?.()) return { fault: 'mode' };
  if (read.stat.nlink !== 1) return { fault: 'linked' };
  const values = Object.entries(parseEnv(read.bytes.toString('utf8')));
  return { values: Object.fromEntries(values.map(([name, value]) => [name, value ?? ''])) };
}

function readDotEnv(root: string): Record<string, string> | Refusal {
  const read = readPrivateEnv(join(root, '.env'));
  if ('values' in read) return read.values;
  if (read.fault === 'missing') return {};
  if (read.fault === 'mode') {
    return refuse('SECRETS_MODE', '.env of the workspace is open to others', 'Run `chmod 600 .env` as the owner.');
  }
  return refuse(
    'SECRETS_LINK',
    `.env of the workspace: ${read.fault}`,
    'Make .env a small regular file with one link.',
  );
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

/**
 * `root` (from --root) wins over JVAGENT_ROOT and the present folder; a name in the environment wins over `.env`.
 * SECRETS_MODE or SECRETS_LINK for a `.env` that is not private, CONFIG_INVALID naming each bad setting, never its value.
 */
export function readSettings(from: { env?: Environment; root?: string | undefined } = {}): Settings | Refusal {
  const env = withoutEmpty(from.env ?? process.env);
  const root = resolve(from.root ?? env.JVAGENT_ROOT ?? '.');
  const dotEnv = readDotEnv(root);
  if (isRefusal(dotEnv)) return dotEnv;
  const parsed = settingsSchema.safeParse({ ...withoutEmpty(dotEnv), ...env });
  if (!parsed.success) {
    const why = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return refuse('CONFIG_INVALID', why, 'Fix the named setting in .env or the environment.');
  }
  const given = parsed.data;
  return {
    root,
    home: env.HOME ?? homedir(),
    anthropicApiKey: given.ANTHROPIC_API_KEY,
    anthropicBaseUrl: given.ANTHROPIC_BASE_URL,
    databaseUrl: given.DATABASE_URL,
    slackBotToken: given.SLACK_BOT_TOKEN,
    slackAppToken: given.SLACK_APP_TOKEN,
    slackSigningSecret: given.SLACK_SIGNING_SECRET,
    slackApiUrl: given.SLACK_API_URL,
    port: given.JVAGENT_PORT,
    hookPort: given.JVAGENT_HOOK_PORT,
    apiToken: given.JVAGENT_API_TOKEN,
    viewToken: given.JVAGENT_VIEW_TOKEN,
    hookKey: given.JVAGENT_HOOK_KEY,
    sandboxUid: given.JVAGENT_SANDBOX_UID,
    workersMax: given.JVAGENT_WORKERS_MAX,
    allowLoopback: given.JVAGENT_ALLOW_LOOPBACK === '1',
    crashAt: given.JVAGENT_CRASH_AT,
  };
}

/** The whole environment of a program we start, to which its caller adds what it needs: where programs are, and plain English output. */
export function programEnvironment(env: Environment = process.env): Record<string, string> {
  return { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };
}

/** That of a further process of our own, which finds what Node already made of the sources (nodejs.org/api/module.html). */
export function ownEnvironment(env: Environment = process.env): Record<string, string> {
  return { ...programEnvironment(env), ...known({ NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE || undefined }) };
}
