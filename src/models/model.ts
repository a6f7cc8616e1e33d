/**
 * Which model runs for a configured name, and at which price its calls are charged.
 *
 * a family -> its newest priced model; a priced id -> itself; another id of a known family -> itself, at an upper bound; else
 * nothing
 */
import { type Price, pricedModels } from './prices.ts';

/** A model that can run. */
export interface Model {
  /** The id for the provider. */
  id: string;
  price: Price;
  /** Whether `price` is an upper bound, because the price of this model is not known. */
  isBound: boolean;
}

interface Name {
  family: string;
  version: readonly number[];
}

/** `claude-sonnet-5-5`, `claude-haiku-4-5-20251001`, and `claude-3-5-sonnet-20241022`, the older form of ids. */
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

/** Names that mean the newest model of a family. */
export const families: readonly string[] = [...new Set(priced.map(({ name }) => name.family))];

const ofFamily = (family: string) => priced.filter(({ name }) => name.family === family);

function newestOf(family: string): PricedModel | undefined {
  return ofFamily(family).reduce<PricedModel | undefined>(
    (newest, each) => (newest && !isNewer(each.name, newest.name) ? newest : each),
    undefined,
  );
}

/** Twice the highest price in the family, for each kind of token. */
function boundOf(family: string): Price | undefined {
  const prices = ofFamily(family).map(({ price }) => price);
  if (prices.length === 0) return undefined;
  const twiceDearest = (kind: keyof Price) => 2 * Math.max(...prices.map((price) => price[kind]));
  return { input: twiceDearest('input'), cached: twiceDearest('cached'), output: twiceDearest('output') };
}

/** The model for `name`, which is a family or an id; undefined if no model can run under this name. */
export function modelNamed(name: string): Model | undefined {
  const newest = newestOf(name);
  if (newest) return { id: newest.id, price: newest.price, isBound: false };
  const known = priced.find(({ id }) => id === name.replace(/-\d{8}$/, ''));
  if (known) return { id: name, price: known.price, isBound: false };
  const bound = boundOf(nameOf(name)?.family ?? '');
  return bound && { id: name, price: bound, isBound: true };
}

/** Which names are valid, for error texts. */
export function validModelNames(): string {
  const newest = families.map((family) => newestOf(family)?.id ?? family);
  return `name a family (${families.join(', ')}), an id such as ${newest.join(' or ')}, or another id of the form claude-<family>-<version>`;
}

/** The warning for a model without a known price; undefined for a model with one. */
export function boundWarning({ id, price, isBound }: Model): string | undefined {
  if (!isBound) return undefined;
  return (
    `The price of ${id} is not known: its calls are charged at twice the highest price of its family ` +
    `(${price.input} USD in, ${price.output} USD out per million tokens).`
  );
}
