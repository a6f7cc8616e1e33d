/** What a page of the dashboard is: one view, which people see as HTML and programs read as JSON. */
import type { HtmlEscapedString } from 'hono/utils/html';
import type { ViewSource } from '../views/source.ts';

/** Made by `html` of hono/html, which escapes every value. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What an address names beside the page. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** A program asks: it gets at once what people are shown part by part. */
  readonly isTwin?: boolean;
}

/** Who looks at a page. */
export interface Viewer {
  /** A view token changes nothing: its pages have no forms. */
  readonly access: 'view' | 'operate';
  /** The path of the page that is shown, with its query. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Goes with every form, as the hidden field `formToken`. */
  readonly formToken: string;
  /** What the last form of this viewer did, or why it did nothing; the frame shows it once. */
  readonly told?: { readonly text: string; readonly isRefusal: boolean } | undefined;
}

export interface Page<Data = unknown> {
  /** A pattern of Hono, such as `/items/:agent{.+}/:item{[0-9]+}`. */
  readonly path: string;
  /** The address of its twin for programs. */
  readonly api: string;
  /** Whether it shows a customer's own code, which not everybody who may look has a right to. */
  readonly isForOperators?: true;
  /** Undefined where there is nothing of this name. */
  read(source: ViewSource, asked: Asked): Promise<Data | undefined>;
  title(data: Data): string;
  /** What is in the frame: one `<main>`. */
  html(data: Data, viewer: Viewer): Html;
}
