/**
 * Which model runs for what a configuration names, and at what price its calls are booked.
 *
 * a family -> its newest priced model; a priced id -> itself; another id of a known family -> itself, at a bound; else nothing
 */
import { type Price, pricedModels } from './prices.ts';

/** A model that can run. */
export interface Model {
  /** As the provider is asked for it. */
  id: string;
  price: Price;
  /** Whether `price` is a bound, since no price of this model is known. */
  isBound: boolean;
}

interface Name {
  family: string;
  version: readonly number[];
}

/** `claude-sonnet-5-5`, `claude-haiku-4-5-20251001`, and `claude-3-5-sonnet-20241022` as ids were formed before. */
const forms = [
  /^claude-(?<family>[a-z]+)-(?<version>\d{1,2}(?:-\d{1,2})?)(?:-\d{8})?$/,
  /^claude-(?<version>\d{1,2}(?:-\d{1,2})?)-(?<family>[a-z]+)(?:-\d{8})?$/,
];

function nameOf(id: string): Name | undefined {
  for (const form of forms) {
    const { family, version } = form.exec(id)?.groups ?? {};
    if (family !== undefined && version !== undefined) return { family, version: version.split('-').map(Number) };
  }
  return undefined;
}

function isNewer(a: Name, b: Name): boolean {
  const [majorA = 0, minorA = 0] = a.version;
  const [majorB = 0, minorB = 0] = b.version;
  return majorA === majorB ? minorA > minorB : majorA > majorB;
}

interface PricedModel {
  id: string;
  name: Name;
  price: Price;
}

const priced: readonly PricedModel[] = Object.entries(pricedModels).flatMap(([id, price]) => {
  const name = nameOf(id);
  return name ? [{ id, name, price }] : [];
});

const families = [...new Set(priced.map(({ name }) => name.family))];

const ofFamily = (family: string) => priced.filter(({ name }) => name.family === family);

function newestOf(family: string): PricedModel | undefined {
  return ofFamily(family).reduce<PricedModel | undefined>(
    (newest, each) => (newest && !isNewer(each.name, newest.name) ? newest : each),
    undefined,
  );
}

/** Twice the dearest price of the family, kind by kind. */
function boundOf(family: string): Price | undefined {
  const prices = ofFamily(family).map(({ price }) => price);
  if (prices.length === 0) return undefined;
  const twiceDearest = (kind: keyof Price) => 2 * Math.max(...prices.map((price) => price[kind]));
  return { input: twiceDearest('input'), cached: twiceDearest('cached'), output: twiceDearest('output') };
}

/** The model that `name`, a family or an id, stands for; undefined where nothing can run under it. */
export function modelNamed(name: string): Model | undefined {
  const newest = newestOf(name);
  if (newest) return { id: newest.id, price: newest.price, isBound: false };
  const known = priced.find(({ id }) => id === name.replace(/-\d{8}$/, ''));
  if (known) return { id: name, price: known.price, isBound: false };
  const bound = boundOf(nameOf(name)?.family ?? '');
  return bound && { id: name, price: bound, isBound: true };
}

/** What may be named, for a person who named something else. */
export function whatWorks(): string {
  const newest = families.map((family) => newestOf(family)?.id ?? family);
  return `name a family (${families.join(', ')}), an id such as ${newest.join(' or ')}, or another id of the form claude-<family>-<version>`;
}

/** The warning that a model without a known price deserves; undefined for one that has a price. */
export function boundWarning({ id, price, isBound }: Model): string | undefined {
  if (!isBound) return undefined;
  return (
    `No price of ${id} is known: its calls are booked at twice the dearest price of its family ` +
    `(${price.input} USD in, ${price.output} USD out for a million tokens).`
  );
}
