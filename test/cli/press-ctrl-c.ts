/** Ends a command that waits for Ctrl-C in this process, without the signal: only the listeners that it added last hear it. */
export function pressCtrlC(): void {
  const [onInterrupt, onTerminate] = (['SIGINT', 'SIGTERM'] as const).map((signal) => process.listeners(signal).at(-1));
  if (onTerminate) process.removeListener('SIGTERM', onTerminate);
  if (onInterrupt) process.removeListener('SIGINT', onInterrupt);
  onInterrupt?.('SIGINT');
}
