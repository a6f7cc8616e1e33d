/**
 * The models that the scripted provider knows, by every id under which the real provider serves them.
 *
 * From the model overview (platform.claude.com/docs/en/about-claude/models) and, for the newest, the ids that Claude Code
 * 2.1.328 uses. Retired models are unknown, as they are at the real provider.
 */

const ids = [
  ...['claude-fable-5', 'claude-fable-5-1', 'claude-fable-5-2'],
  ...['claude-opus-4-5', 'claude-opus-4-5-20251101', 'claude-opus-4-6', 'claude-opus-4-7', 'claude-opus-4-8'],
  ...['claude-opus-5', 'claude-opus-5-5'],
  ...['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-6', 'claude-sonnet-5', 'claude-sonnet-5-5'],
  ...['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'claude-haiku-5-5'],
];

export const isServed = (id: string): boolean => ids.includes(id);
