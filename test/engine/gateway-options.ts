/** The options of a gateway, given side by side. */
import type { GatewayOptions } from '../../src/engine/gateway/gateway.ts';
import { direct } from '../outbound/direct.ts';

export type GatewayParts = GatewayOptions & GatewayOptions['provider'] & GatewayOptions['bounds'];

/** What is given side by side, as the options have it; the provider is reached directly. */
export function gatewayOptions(given: Omit<GatewayParts, 'provider' | 'bounds' | 'fetch'>): GatewayOptions {
  const { baseUrl, key, keyName, bodyBytesMax, requestsPerMinuteMax, outputTokensMax, ...rest } = given;
  const bounds = { bodyBytesMax, requestsPerMinuteMax, outputTokensMax };
  return { ...rest, provider: { baseUrl, key, keyName, fetch: direct.fetch }, bounds };
}
