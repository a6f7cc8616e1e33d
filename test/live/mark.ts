/** The mark on everything that the live kit makes, by which it knows its own things again. */
import { randomBytes } from 'node:crypto';

const prefix = 'jvagent-live';

/** The name of one run: a tag, a folder of branches and the first word of messages, `jvagent-live-3f9c2a`. */
export const newRun = (): string => `${prefix}-${randomBytes(3).toString('hex')}`;

/** Whether a tag or a branch begins with the name of any run. */
export const isMarked = (text: string): boolean => /^jvagent-live-[0-9a-f]{6}(?![0-9a-z])/.test(text);

/** Whether the first words of a text name a run, whatever the product or Slack put before them. */
export const namesRun = (text: string): boolean => /\bjvagent-live-[0-9a-f]{6}(?![0-9a-z])/.test(text.slice(0, 40));

/** Where branches of any run begin. */
export const branchesOfAll = `${prefix}-`;
