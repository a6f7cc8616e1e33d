/** The process log for operators: one JSON line per event on stderr. Events of a session go to the session's log instead. */
import { createRequire } from 'node:module';
import type { DestinationStream, LogFn, Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

export type Log = Pick<Logger, Level>;

const require = createRequire(import.meta.url);

function open(name: string, level: string, to: DestinationStream | undefined): Log {
  const { pino }: typeof import('pino') = require('pino');
  return pino({ name, level, base: { name } }, to ?? pino.destination({ fd: 2, sync: true }));
}

/**
 * A logger with the name of its process; `level` is one of pino's, `silent` for tests. Lines go to `to`, or to stderr without it.
 * The library is loaded with the first event: most workers have none.
 */
export function createLog(name: string, level = 'info', to?: DestinationStream): Log {
  let opened: Log | undefined;
  const at = (which: Level): LogFn =>
    ((...event: Parameters<LogFn>) => {
      opened ??= open(name, level, to);
      opened[which](...event);
    }) as LogFn;
  return { fatal: at('fatal'), error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
