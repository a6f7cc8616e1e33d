/** The value of `-n`: how many lines of a list are shown. */
import { InvalidArgumentError } from 'commander';

export function lineCountOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1 to 999999.');
  return Number(text);
}
