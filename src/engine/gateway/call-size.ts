/** How many tokens a request can have at most: text by its bytes, pictures and pages of documents by the most that one has. */
import { known } from '../../base/known.ts';
import type { ModelRequest } from './request-schema.ts';

/**
 * A picture is scaled down to at most 3.75 megapixels, at 750 pixels a token (platform.claude.com, build-with-claude/vision).
 * Whatever its file's size, that is the most.
 */
const pictureTokensMax = 5_000;
/** A page is shown as a picture and as 1,500 to 3,000 tokens of text (build-with-claude/pdf-support). */
const pageTokensMax = pictureTokensMax + 3_000;
const pagesMax = 600;
/** Where a file hides its pages in compressed objects, about what a page with nothing but text takes. */
const pageBytesMin = 3_000;
/** No model takes more (about-claude/models). */
const contextTokensMax = 1_000_000;
/** Measured in English and code it is 3 to 4 bytes a token; other scripts have 2 or 3 bytes a character, and about a token for each. */
const asciiBytesPerToken = 3;
const otherBytesPerToken = 2;

interface Block {
  type?: unknown;
  source?: { type?: unknown; data?: unknown; content?: unknown };
  content?: unknown;
}

function pagesOf(base64: string): number {
  const bytes = Buffer.from(base64, 'base64');
  const named = bytes.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0;
  return Math.min(pagesMax, named || Math.ceil(bytes.length / pageBytesMin));
}

/** Takes pictures and documents out of a list of blocks, wherever they stand in it, and says how many tokens they have. */
function splitMedia(content: unknown): { text: unknown; tokens: number } {
  if (!Array.isArray(content)) return { text: content, tokens: 0 };
  let tokens = 0;
  const text = content.map((block: Block) => {
    const { type, source, content: inner } = block;
    if (source?.type === 'base64' && typeof source.data === 'string') {
      tokens += type === 'image' ? pictureTokensMax : pageTokensMax * pagesOf(source.data);
      return { type };
    }
    const own = splitMedia(inner);
    const shown = splitMedia(type === 'document' ? source?.content : undefined);
    tokens += own.tokens + shown.tokens;
    return { ...block, content: own.text, ...known({ source: shown.text }) };
  });
  return { text, tokens };
}

function textTokens(text: string): number {
  const ascii = text.replace(/[^\0-\x7f]+/g, '').length;
  return ascii / asciiBytesPerToken + (Buffer.byteLength(text) - ascii) / otherBytesPerToken;
}

/** Of a request as it goes to the provider. */
export function inputTokensMaxOf(request: ModelRequest): number {
  const parts = [request.system, ...request.messages.map(({ content }) => content)].map(splitMedia);
  const rest = { ...request, system: undefined, messages: request.messages.map(({ role }) => role) };
  const tokens = parts.reduce(
    (sum, { text, tokens: media }) => sum + media + textTokens(JSON.stringify(text) ?? ''),
    textTokens(JSON.stringify(rest)),
  );
  return Math.min(contextTokensMax, Math.ceil(tokens));
}
