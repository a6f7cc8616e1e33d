/** The maximum number of tokens in a request: text by its bytes, pictures and document pages by the maximum for each. */
import { known } from '../../base/known.ts';
import type { ModelRequest } from './request-schema.ts';

/**
 * A picture is scaled down to at most 3.75 megapixels, at 750 pixels a token (platform.claude.com, build-with-claude/vision).
 * That is the maximum for any file size.
 */
const pictureTokensMax = 5_000;
/** A page is shown as a picture and as 1,500 to 3,000 tokens of text (build-with-claude/pdf-support). */
const pageTokensMax = pictureTokensMax + 3_000;
const pagesMax = 600;
/** The size of a page with only text; used if a file stores its pages in compressed objects. */
const pageBytesMin = 3_000;
/** The largest context of any model (about-claude/models). */
const contextTokensMax = 1_000_000;
/** Measured: 3 to 4 bytes per token in English and code. Other scripts have 2 or 3 bytes and about one token per character. */
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

/** Removes pictures and documents from a list of blocks, at any depth, and counts their tokens. */
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

/** The maximum number of input tokens of a request, as it is sent to the provider. */
export function inputTokensMaxOf(request: ModelRequest): number {
  const parts = [request.system, ...request.messages.map(({ content }) => content)].map(splitMedia);
  const rest = { ...request, system: undefined, messages: request.messages.map(({ role }) => role) };
  const tokens = parts.reduce(
    (sum, { text, tokens: media }) => sum + media + textTokens(JSON.stringify(text) ?? ''),
    textTokens(JSON.stringify(rest)),
  );
  return Math.min(contextTokensMax, Math.ceil(tokens));
}
