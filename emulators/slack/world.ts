/** Who and what the emulated Slack knows at each start: two workspaces with an app each, people, channels. The ids never change. */
import { randomBytes } from 'node:crypto';
import type { Channel, SlackApp, SlackUser, Team } from './model.ts';

export interface World {
  teams: Team[];
  users: SlackUser[];
  apps: SlackApp[];
  channels: Channel[];
}

const homeTeam = 'T0JVAGENT';
const globexTeam = 'T0GLOBEX';
const strangeTeam = 'T0STRANGE';

const teams: Team[] = [
  { id: homeTeam, name: 'JV Workspace', domain: 'jv-workspace' },
  { id: globexTeam, name: 'Globex Corporation', domain: 'globex-corporation' },
  { id: strangeTeam, name: 'Elsewhere', domain: 'elsewhere' },
];

const people: SlackUser[] = [
  { id: 'U0ACMEERIN', team: homeTeam, name: 'erin', realName: 'Erin Engineer', mail: 'erin@acme.example.com' },
  { id: 'U0ACMEOSCAR', team: homeTeam, name: 'oscar', realName: 'Oscar Other', mail: 'oscar@acme.example.com' },
  { id: 'U0ACMERITA', team: homeTeam, name: 'rita', realName: 'Rita Release', mail: 'rita@acme.example.com' },
  { id: 'U0GLOBERIN', team: homeTeam, name: 'erin.globex', realName: 'Erin Engineer', mail: 'erin@globex.example.com' },
  { id: 'U0PRODPAT', team: homeTeam, name: 'pat', realName: 'Pat Product', mail: 'pat@example.com' },
  {
    id: 'U0GUESTGUS',
    team: homeTeam,
    name: 'gus',
    realName: 'Gus Guest',
    mail: 'gus@guest.example.com',
    isRestricted: true,
  },
  { id: 'U0LEFTLEE', team: homeTeam, name: 'lee', realName: 'Lee Left', mail: 'lee@acme.example.com', isDeleted: true },
  {
    id: 'U0STRANGER',
    team: strangeTeam,
    name: 'sal',
    realName: 'Sal Stranger',
    mail: 'sal@elsewhere.example.com',
    isStranger: true,
  },
  { id: 'U0GLXERIN', team: globexTeam, name: 'erin', realName: 'Erin Engineer', mail: 'erin@globex.example.com' },
  { id: 'U0GLXOSCAR', team: globexTeam, name: 'oscar', realName: 'Oscar Other', mail: 'oscar@globex.example.com' },
];

/** As the manifest in the documentation asks for. */
const scopes =
  'app_mentions:read assistant:write chat:write channels:history channels:read groups:history groups:read im:history im:read im:write mpim:history files:read files:write reactions:read reactions:write users:read users:read.email'.split(
    ' ',
  );
const events =
  'app_mention message.channels message.groups message.im message.mpim reaction_added app_home_opened agent_session_stopped tokens_revoked app_uninstalled'.split(
    ' ',
  );

const digits = (count: number) =>
  BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString()
    .slice(0, count);

/** An app with tokens that are new at each start, so that tests can prove that none leaks. */
function appOf(name: string, title: string, team: string, code: string): SlackApp {
  return {
    name,
    title,
    team,
    id: `A0${code}`,
    botUser: `U0${code}`,
    botId: `B0${code}`,
    botToken: `xoxb-${digits(12)}-${digits(12)}-${randomBytes(12).toString('hex')}`,
    appToken: `xapp-1-A0${code}-${digits(13)}-${randomBytes(32).toString('hex')}`,
    signingSecret: randomBytes(16).toString('hex'),
    verificationToken: randomBytes(12).toString('hex'),
    scopes: [...scopes],
    events: [...events],
  };
}

const acme = ['U0ACMEERIN', 'U0ACMEOSCAR', 'U0ACMERITA'];
const everybody = [...acme, 'U0GLOBERIN', 'U0PRODPAT'];
const bot = 'U0JVAGENT';
const buildBot = 'U0BUILDBOT';

function channelOf(id: string, team: string, name: string, members: string[], more: Partial<Channel> = {}): Channel {
  return { id, team, name, kind: 'channel', members: new Set(members), messages: [], lastTs: '', ...more };
}

const channels = (): Channel[] => [
  channelOf('C0ACMESUP', homeTeam, 'acme-support', [...acme, 'U0PRODPAT', 'U0GUESTGUS', bot, buildBot]),
  channelOf('C0GLOBSUP', homeTeam, 'globex-support', ['U0GLOBERIN', 'U0PRODPAT', bot]),
  channelOf('C0PRODUCT', homeTeam, 'product', [...everybody, bot, buildBot]),
  channelOf('C0ACMESTAT', homeTeam, 'acme-status', [...acme, 'U0PRODPAT', bot]),
  channelOf('C0GLOBSTAT', homeTeam, 'globex-status', ['U0GLOBERIN', 'U0PRODPAT', bot]),
  channelOf('C0DOCS', homeTeam, 'docs', [...everybody, bot]),
  channelOf('C0LEADS', homeTeam, 'leads', ['U0ACMEERIN', 'U0PRODPAT', bot], { kind: 'group' }),
  channelOf('C0SHARED', homeTeam, 'acme-shared', [...acme, 'U0STRANGER', bot], { isExtShared: true }),
  channelOf('C0RANDOM', homeTeam, 'random', [...everybody, buildBot]),
  channelOf('C0OLD', homeTeam, 'old-project', [...acme, bot], { isArchived: true }),
  channelOf('C0GLXHELP', globexTeam, 'help', ['U0GLXERIN', 'U0GLXOSCAR', 'U0GLOBEXBOT']),
  channelOf('C0GLXSTAT', globexTeam, 'status', ['U0GLXERIN', 'U0GLXOSCAR', 'U0GLOBEXBOT']),
];

/** The people and channels of every start, with apps whose tokens are new. */
export function newWorld(): World {
  const apps = [
    appOf('default', 'Agent', homeTeam, 'JVAGENT'),
    appOf('globex', 'Globex Agent', globexTeam, 'GLOBEXBOT'),
    // Another party's: it posts and hears nothing.
    { ...appOf('build', 'Build Bot', homeTeam, 'BUILDBOT'), events: [] },
  ];
  const handles: Record<string, string> = { default: 'agent', globex: 'agent', build: 'buildbot' };
  const bots = apps.map(({ name, botUser, team, title }): SlackUser => {
    return { id: botUser, team, name: handles[name] ?? name, realName: title, isBot: true };
  });
  return { teams, users: [...people, ...bots].map((user) => ({ ...user })), apps, channels: channels() };
}
