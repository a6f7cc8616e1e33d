/** A moment as people read it: to the minute, and in UTC, which is the same for everybody. */

/** `2026-11-20 12:00 UTC`; `at` is milliseconds since 1970. */
export const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
