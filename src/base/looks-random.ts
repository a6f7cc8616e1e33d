/**
 * Distinguishes a machine-made key from names, sentences and addresses for people.
 *
 * People write words, and most words consist of a few pairs of letters: of the letter pairs in English and
 * German text about five in six are listed below, of random letters one in six.
 */
import { limits } from '../limits.ts';

/** The most frequent pairs of letters in English and German. */
const wordPairs = new Set(
  `th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra
  ce li ch ll be ma si om ur ei un el ie da us ab ac ad ag ai am ap av ay bi bo ca ck ct cu di do ec em et ev ex ge ho id il im ir
  ke ki la lo mb mi mo mp na nc ni no ns ol op os ot ow pa pe pi pl po pr rd rs rt sc sh sk so sp ss su ta tr ts tt tu ul um up ut
  vi we wo ye`.split(/\s+/),
);

/** Runs of letters and digits; shorter ones are not significant. */
const runForm = /[A-Za-z0-9]{6,}/g;
/** Ids of projects, tenants and so on, which are not secret (RFC 9562). */
const uuidForm = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const hexForm = /^(?=.*\d)(?=.*[a-f])([0-9a-f]{16,}|[0-9A-F]{16,})$/i;
const wordForm = /^([A-Z]?[a-z]+|[A-Z]+)$/;
/** The maximum share of unusual pairs in text by people; other languages have more of them than English and German. */
const strangeShareMax = 0.42;
const strangeInWordMax = 0.6;
/** A value needs this many characters in random runs; otherwise it is a name with a number in it. */
const randomCharsMin = 10;

/** Whether two neighbouring characters are unusual in words and numbers; a capital before a small letter begins a word. */
function isStrange(left: string, right: string): boolean {
  const isDigit = (char: string) => char <= '9';
  if (isDigit(left) || isDigit(right)) return isDigit(left) !== isDigit(right);
  const isCapital = (char: string) => char <= 'Z';
  if (!isCapital(left) && isCapital(right)) return true;
  return !wordPairs.has((left + right).toLowerCase());
}

function isRandom(run: string): boolean {
  if (hexForm.test(run)) return true;
  const neighbours = [...run].slice(1).filter((char, at) => isStrange(run[at] ?? '', char));
  const shareMax = wordForm.test(run) ? strangeInWordMax : strangeShareMax;
  return neighbours.length > shareMax * (run.length - 1);
}

/** A url without its host, which is not secret. */
function withoutHost(value: string): string {
  if (!URL.canParse(value)) return value;
  const { username, password, pathname, search, hash } = new URL(value);
  return [username, password, pathname, search, hash].join(' ');
}

/** Whether `value` has at least 20 characters and is mostly random. */
export function looksRandom(value: string): boolean {
  if (value.length < limits.randomSecretCharsMin) return false;
  const runs = withoutHost(value).replace(uuidForm, ' ').match(runForm) ?? [];
  return runs.filter(isRandom).join('').length >= randomCharsMin;
}
