/** A moment as people read it. */

/** `2026-11-20 12:00 UTC`; `at` is milliseconds since 1970. Minutes are enough, and UTC is the same for everybody. */
export const momentText = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
