/**
 * Which Slack apps the platform has, with their tokens: `default` from `.env`, and one for each file `slack/NAME.env`.
 *
 * A faulty file is one app's fault; the others are connected.
 */
import { join } from 'node:path';
import { isLoopbackUrl } from '../../agents/config/forms.ts';
import { type Fault, fault } from '../../agents/fault.ts';
import { readFilesIn } from '../../base/files.ts';
import { known } from '../../base/known.ts';
import { nearest } from '../../base/text/nearest.ts';
import { limits } from '../../limits.ts';
import { readPrivateEnv, type Settings } from '../../settings.ts';

/** The app of an agent that names none. */
export const defaultApp = 'default';

/** Contains tokens: never log it. */
export interface SlackApp {
  readonly name: string;
  readonly botToken: string;
  /** Opens the socket; without it events come by the hook. */
  readonly appToken?: string;
  /** Proves that a hook comes from Slack. */
  readonly signingSecret?: string;
  readonly apiUrl: string;
}

export type SlackAppFault = Fault & { readonly app: string };

export interface SlackApps {
  readonly apps: readonly SlackApp[];
  readonly faults: readonly SlackAppFault[];
}

type SlackSettings = Pick<
  Settings,
  'root' | 'slackBotToken' | 'slackAppToken' | 'slackSigningSecret' | 'slackApiUrl' | 'allowLoopback'
>;

type Tokens = Partial<Record<Name, string>>;

const names = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'] as const;
type Name = (typeof names)[number];

const folderName = 'slack';
const fileForm = /^([a-z0-9][a-z0-9-]*)\.env$/;

type Told = Pick<Fault, 'code' | 'message' | 'fix'> & { line?: number };

const wrong = (message: string, fix: string, line?: number): Told => ({
  ...known({ line }),
  code: 'CONFIG_INVALID',
  message,
  fix,
});

/** What is wrong with an app's tokens themselves. */
function tokenFault({
  SLACK_BOT_TOKEN: bot,
  SLACK_APP_TOKEN: app,
  SLACK_SIGNING_SECRET: secret,
}: Tokens): Told | undefined {
  if (!bot)
    return wrong('SLACK_BOT_TOKEN is not set', "Set it to the app's Bot User OAuth Token, which begins with xoxb-.");
  if (bot.startsWith('xapp-') || app?.startsWith('xoxb-'))
    return wrong(
      "the bot token and the app token are in each other's place",
      'Exchange them: xoxb- is SLACK_BOT_TOKEN, xapp- SLACK_APP_TOKEN.',
    );
  if (app || secret) return undefined;
  return wrong(
    'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so that nothing can be received',
    'Set SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET and the request URL of the app.',
  );
}

const readFaults: Readonly<Record<string, Told>> = {
  mode: { code: 'SECRETS_MODE', message: 'other users can read it', fix: 'Run `chmod 600` on it as its owner.' },
  'not text': wrong('is not UTF-8 text', 'Save it as UTF-8 text.'),
};

const unread: Told = {
  code: 'SECRETS_LINK',
  message: 'must be a small regular file without links',
  fix: 'Replace it with a small regular file that has no other links.',
};

/** The tokens in one file, or what is wrong with it. */
function readAppFile(path: string): Tokens | Told {
  const read = readPrivateEnv(path);
  if ('fault' in read) return readFaults[read.fault] ?? unread;
  const slip = read.slips.find(({ isWrong }) => isWrong);
  if (slip) return wrong(slip.message, slip.fix, slip.line);
  const [name, line] = [...read.lines].find(([each]) => !names.some((one) => one === each)) ?? [];
  if (name === undefined) return read.values;
  const near = nearest(name, [...names]);
  return wrong(
    `${name} is not read here`,
    near ? `Did you mean ${near}?` : `Remove it: only ${names.join(', ')} count.`,
    line,
  );
}

const fileNames = (root: string): string[] =>
  readFilesIn(join(root, folderName), {
    isWanted: (name) => name.endsWith('.env'),
    namesMax: limits.slackAppsMax,
    bytesMax: limits.secretsBytesMax,
  })?.map(({ name }) => name) ?? [];

/** The tokens of `.env`; undefined where it names none, so that there is no such app. */
function ownTokens({ slackBotToken, slackAppToken, slackSigningSecret }: SlackSettings): Tokens | undefined {
  const tokens = {
    SLACK_BOT_TOKEN: slackBotToken,
    SLACK_APP_TOKEN: slackAppToken,
    SLACK_SIGNING_SECRET: slackSigningSecret,
  };
  const given: Tokens = known(tokens);
  return Object.keys(given).length > 0 ? given : undefined;
}

/** With the emulators every address must be on this machine, else none may be. */
function addressFault({ slackApiUrl, allowLoopback }: SlackSettings): Told | undefined {
  const isLoopback = slackApiUrl !== undefined && isLoopbackUrl(slackApiUrl);
  if (isLoopback === allowLoopback) return undefined;
  return isLoopback
    ? wrong('SLACK_API_URL is on this machine', 'Remove it, or set JVAGENT_ALLOW_LOOPBACK=1 for the emulators.')
    : wrong(
        'SLACK_API_URL is not on this machine, as all addresses must be',
        "Set it to the emulator's, or remove JVAGENT_ALLOW_LOOPBACK.",
      );
}

/** What `.env` itself says now; the environment can say something else. */
export function tokensInEnv(root: string): Tokens {
  const read = readPrivateEnv(join(root, '.env'));
  return 'values' in read ? read.values : {};
}

/** The settings with new tokens from `.env`, where they had those that stood there at the start. */
export function withNewTokens<T extends SlackSettings>(settings: T, atStart: Tokens): T {
  const now = tokensInEnv(settings.root);
  const newest = (name: Name, given: string | undefined) => (given === atStart[name] ? now[name] : given);
  return {
    ...settings,
    slackBotToken: newest('SLACK_BOT_TOKEN', settings.slackBotToken),
    slackAppToken: newest('SLACK_APP_TOKEN', settings.slackAppToken),
    slackSigningSecret: newest('SLACK_SIGNING_SECRET', settings.slackSigningSecret),
  };
}

/** Reads the apps as the settings and files are now. */
export function readSlackApps(settings: SlackSettings): SlackApps {
  const { root, slackApiUrl: apiUrl = 'https://slack.com/api/' } = settings;
  const apps: SlackApp[] = [];
  const faults: SlackAppFault[] = [];
  const address = addressFault(settings);

  function take(name: string, file: string, tokens: Tokens | Told): void {
    const read = 'message' in tokens ? tokens : (tokenFault(tokens) ?? address);
    const twin = 'message' in tokens ? undefined : apps.find(({ botToken }) => botToken === tokens.SLACK_BOT_TOKEN);
    const found = read ?? (twin && wrong(`has the bot token of the app ${twin.name}`, 'Keep one of the two.'));
    if (found) {
      const { code, message, ...more } = found;
      faults.push({ app: name, ...fault(code, file, message, more) });
      return;
    }
    const {
      SLACK_BOT_TOKEN: botToken = '',
      SLACK_APP_TOKEN: appToken,
      SLACK_SIGNING_SECRET: signingSecret,
    } = tokens as Tokens;
    apps.push(known({ name, botToken, appToken, signingSecret, apiUrl }));
  }

  const own = ownTokens(settings);
  if (own) take(defaultApp, '.env', own);
  for (const fileName of fileNames(root)) {
    const file = `${folderName}/${fileName}`;
    const [, name = fileName] = fileForm.exec(fileName) ?? [];
    const isNamed = fileForm.test(fileName) && name !== defaultApp;
    const misnamed = wrong(
      'has no name for an app',
      `Name it with a-z, 0-9 and dash, and not ${defaultApp}, which is .env itself.`,
    );
    take(name, file, isNamed ? readAppFile(join(root, file)) : misnamed);
  }
  return { apps, faults };
}
