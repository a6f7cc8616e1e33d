/** The options of a gateway, given side by side. */
import type { GatewayOptions } from '../../src/engine/gateway/gateway.ts';

export type GatewayParts = GatewayOptions & GatewayOptions['provider'] & GatewayOptions['bounds'];

/** What is given side by side, as the options have it. */
export function gatewayOptions(given: Omit<GatewayParts, 'provider' | 'bounds'>): GatewayOptions {
  const { baseUrl, key, keyName, bodyBytesMax, requestsPerMinuteMax, outputTokensMax, ...rest } = given;
  const bounds = { bodyBytesMax, requestsPerMinuteMax, outputTokensMax };
  return { ...rest, provider: { baseUrl, key, keyName }, bounds };
}
