/** How each Slack app is connected, for everybody who asks: the platform writes it, commands read it. */
import type { Refusal } from '../../refusal.ts';
import type { Db } from '../database/schema.ts';
import { jsonText, parsed, withoutNulls } from '../rows.ts';

export interface SlackAppState {
  readonly app: string;
  readonly team?: string;
  readonly botUser?: string;
  /** `dead`: it is not tried again before a person has done something. */
  readonly state: 'connected' | 'connecting' | 'dead';
  readonly fault?: Refusal;
  /** Whether Slack shows its threads as sessions of an agent, as found at connecting. */
  readonly hasSessions?: boolean;
  /** Since when, milliseconds since 1970. */
  readonly at: number;
}

export interface SlackAppStates {
  list(): Promise<SlackAppState[]>;
  set(state: Omit<SlackAppState, 'at'>): Promise<void>;
  /** A node has a connection of the app: that another one cannot connect it says nothing of the app. */
  isConnected(app: string): Promise<void>;
  /** Forgets all apps but these. */
  keepOnly(apps: readonly string[]): Promise<void>;
}

/** Stands in `features` of an app whose threads are sessions in Slack. */
const sessionsFeature = 'sessions';

/** Whether Slack shows the app's threads as sessions of an agent. */
export async function hasSessionsIn(trx: Db, app: string): Promise<boolean> {
  const row = await trx.selectFrom('slack_apps').select('features').where('app', '=', app).executeTakeFirst();
  return row?.features === sessionsFeature;
}

/** Slack does not take them after all; asked again at the next connecting. */
export async function noSessionsIn(trx: Db, app: string): Promise<void> {
  await trx.updateTable('slack_apps').set({ features: null }).where('app', '=', app).execute();
}

export function createSlackAppStates(db: Db, now: () => number): SlackAppStates {
  return {
    async list() {
      const rows = await db.selectFrom('slack_apps').selectAll().orderBy('app').execute();
      return rows.map(({ app, team, bot_user: botUser, state, fault, at }) => ({
        ...{ app, state, at },
        ...withoutNulls({ team, botUser, fault: parsed<Refusal>(fault) }),
      }));
    },
    async set({ app, team, botUser, state, fault, hasSessions }) {
      const set = {
        ...{ state, fault: jsonText(fault), at: now() },
        // Who it is stays known while it is not connected.
        ...(team === undefined || botUser === undefined ? {} : { team, bot_user: botUser }),
        ...(hasSessions === undefined ? {} : { features: hasSessions ? sessionsFeature : null }),
      };
      await db
        .insertInto('slack_apps')
        .values({ app, team: null, bot_user: null, features: null, ...set })
        .onConflict((conflict) => conflict.column('app').doUpdateSet(set))
        .execute();
    },
    async isConnected(app) {
      const other = db.updateTable('slack_apps').where('app', '=', app).where('state', '=', 'connecting');
      await other.set({ state: 'connected', fault: null, at: now() }).execute();
    },
    async keepOnly(apps) {
      const others = db.deleteFrom('slack_apps');
      await (apps.length > 0 ? others.where('app', 'not in', apps) : others).execute();
    },
  };
}
